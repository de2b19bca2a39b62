"""Read a text file, or say in one clear sentence why that is not possible."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

from lipschitz_trainers.config.problems import Problem, ProblemsError


def read_text(source: Path | Traversable) -> str:
    """Return the text of a UTF-8 file.

    Raises:
        ConfigError: it does not exist, is a folder, may not be read, or holds something else than UTF-8 text.
    """
    try:
        return source.read_bytes().decode("utf-8")
    except FileNotFoundError:
        reason = "there is no such file"
    except IsADirectoryError:
        reason = "is a folder; name the YAML file in it"
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 text (byte {error.object[error.start]:#04x} at position {error.start})"
    except (OSError, ValueError) as error:
        reason = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    raise ProblemsError((Problem(str(source), None, "", reason),))
