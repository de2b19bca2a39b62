"""Where data files lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from lipschitz_trainers.data.extras import import_extra

FOLDER_VARIABLE = "LIPSCHITZ_DATA"
"""The environment variable that names the folder with one folder per dataset."""


def data_folder() -> Path:
    """Return the folder that holds one folder per dataset.

    It is what the environment variable ``LIPSCHITZ_DATA`` names, or else the platform's folder for caches, such as
    ``~/.cache/lipschitz``. It need not exist.

    Raises:
        MissingExtraError: the variable is not set, and pooch, which knows the platform's folder, is not installed.

    Example:
        >>> data_folder().is_absolute()
        True
    """
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    pooch = import_extra("pooch", package="pooch", needed_for="the default folder of data files")
    return Path(pooch.os_cache("lipschitz")).absolute()


def absent_paths(expected: str, *paths: str | None) -> list[str]:
    """Return a message for each path, of those given, at which there is nothing.

    Args:
        expected: what should be there, for the messages.
        paths: files or folders; None for what is not given.

    Example:
        >>> [message.split(" (looked")[0] for message in absent_paths("a text file", "nowhere.txt", None)]
        ['nowhere.txt: expected a text file, got no such file']
    """
    return [
        f"{path}: expected {expected}, got no such file (looked in {Path.cwd()}); give a path that exists."
        for path in paths
        if path is not None and not Path(os.path.expanduser(path)).exists()
    ]
