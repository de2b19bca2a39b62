"""Whether a folder can take a run: it is free, or holds the beginning of this very run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lipschitz import ConfigError
from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.config.run_file import load_run
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.running.build import NOT_IN_FINGERPRINT, fingerprint
from lipschitz_trainers.training.checkpoints import CheckpointFolder

CONFIG = "config.yaml"
RESULT = "result.json"

SHOWN = 3
"""Differences between two configurations that are spelled out."""


def make_folder(folder: Path) -> None:
    """Create a folder and those above it.

    Raises:
        ConfigError: that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        files = [path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()]
        if files:
            raise ConfigError(f"{files[0]} is a file; name a folder, or one that can be created.") from error
        raise ConfigError(f"cannot create the folder {folder}: {error.strerror}; choose another.") from error


def require_usable(config: RunConfig, folder: Path, *, resume: bool) -> None:
    """Refuse a folder whose content this run would spoil.

    Args:
        config: the run.
        folder: where it is to go; need not exist.
        resume: whether it may continue what is there.

    Raises:
        ConfigError: there is a run and it is not to be resumed, it has another configuration, or it is already
            beyond the last iteration asked for.
    """
    checkpoints = CheckpointFolder(folder / "checkpoints")
    begun = any((folder / name).exists() for name in (CONFIG, RESULT, "metrics.jsonl")) or checkpoints.paths()
    if begun and not resume:
        raise ConfigError(
            f"{folder} already holds a run; continue it with --resume, or choose another folder."
        )
    earlier = _config_in(folder)
    if earlier is not None and fingerprint(earlier) != fingerprint(config):
        changes = list(_differences(to_plain(earlier), to_plain(config)))
        more = f", and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
        raise ConfigError(
            f"{folder} holds a run of another configuration ({', '.join(changes[:SHOWN])}{more}); resume it with "
            f"the settings it was started with, or choose another folder."
        )
    reached = checkpoints.newest_iteration()
    if reached is not None and reached > config.steps:
        raise ConfigError(
            f"{folder} holds a run that is already at generator iteration {reached}, beyond steps={config.steps}; "
            f"ask for at least as many steps, or choose another folder."
        )


def _config_in(folder: Path) -> RunConfig | None:
    """Return the configuration of the run in a folder; `None` where it cannot be told."""
    if not (folder / CONFIG).exists():
        return None
    try:
        return load_run(folder / CONFIG)
    except ConfigError:
        return None  # cut off by a crash; a checkpoint, if there is one, knows what it belongs to


def _differences(earlier: Any, now: Any, path: str = "") -> Iterator[str]:
    if isinstance(earlier, Mapping) and isinstance(now, Mapping) and earlier.get("name") == now.get("name"):
        for key in dict.fromkeys([*earlier, *now]):
            if path or key not in NOT_IN_FINGERPRINT:
                yield from _differences(earlier.get(key), now.get(key), f"{path}.{key}" if path else key)
    elif earlier != now:
        yield f"{path} was {_shown(earlier)}, is {_shown(now)}"


def _shown(value: Any) -> str:
    return str(value["name"]) if isinstance(value, Mapping) and "name" in value else str(value)
