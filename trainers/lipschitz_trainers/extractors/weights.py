"""Files of weights: read without running code in them, written whole or not at all, made once."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.extras import import_extra

FOLDER = "extractors"
"""Where weights lie in the folder for data."""

Weights: TypeAlias = dict[str, Tensor]
"""Tensors by name."""

_log = logging.getLogger(__name__)


def read_weights(path: Path | str) -> Weights:
    """Read the tensors of a file; nothing in it is run.

    Raises:
        DataError: it cannot be read, or holds anything but tensors by name.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    # A damaged file fails wherever its reader first stumbles: zip, pickle, or storage sizes.
    except (OSError, RuntimeError, EOFError, ValueError, LookupError, pickle.UnpicklingError) as error:
        raise DataError(
            f"{path}: expected the weights of a network, got a file that cannot be read "
            f"({type(error).__name__}); get it again."
        ) from error
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise DataError(f"{path}: expected tensors by name, got something else; get the file again.")
    return found


def write_weights(path: Path, weights: Weights) -> None:
    """Write tensors so that a crash leaves the old file or the new one.

    Raises:
        OSError: there is no room, or no permission.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        torch.save(dict(weights), partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def made_once(path: Path, make: Callable[[], Weights], fits: Weights) -> Weights:
    """Return the tensors of a file, which is made where it is missing or damaged.

    Of several processes that need the same file one makes it, the others wait. Where the file cannot be kept, what was
    made is returned all the same, with a warning in the log.

    Args:
        path: the file.
        make: returns the tensors; takes long.
        fits: tensors of the names and shapes that are wanted.
    """
    with _only_one(path):
        if path.exists():
            try:
                return _required(path, read_weights(path), fits)
            except DataError as error:
                _log.warning("%s It is made anew.", error)
        weights = make()
        try:
            write_weights(path, weights)
        except (OSError, RuntimeError) as error:  # torch has its own error for a folder that is gone
            _log.warning("%s cannot be kept and will be made again (%s).", path, error)
    return weights


def _required(path: Path, found: Weights, fits: Weights) -> Weights:
    shapes, wanted = ({name: value.shape for name, value in weights.items()} for weights in (found, fits))
    if shapes != wanted:
        raise DataError(f"{path}: expected the weights of another network.")
    return found


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Let one process in at a time; all of them where no lock can be had."""
    filelock = import_extra("filelock", package="filelock", needed_for="files shared by processes")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(f"{path}.lock")
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        _log.warning("%s cannot be locked (%s).", path, error)
        yield
        return
    try:
        yield
    finally:
        lock.release()
