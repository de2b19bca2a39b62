"""A critic from the user's own code, named as ``MODULE:CALLABLE``."""

from __future__ import annotations

import importlib
import operator
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from torch import nn

from lipschitz import ConfigError
from lipschitz.errors import did_you_mean


def critic_from(target: str) -> nn.Module:
    """Import a critic from the current folder or an installed package.

    Args:
        target: ``package.module:name`` of a module (an `nn.Module`), or of what returns one when called without
            arguments.

    Raises:
        ConfigError: there is no such thing, it fails, or it returns something else.
    """
    module, colon, name = target.partition(":")
    if not colon or not module or not name:
        raise ConfigError(f"name the critic as MODULE:CALLABLE, such as critics:make_critic, got {target!r}.")
    with _from_here():
        found = _named(_module(module), name, target)
        if isinstance(found, nn.Module):
            return found
        if not callable(found):
            raise ConfigError(
                f"{target} is {type(found).__name__}; expected a function or class that returns the critic."
            )
        try:
            critic = found()
        except Exception as error:
            raise ConfigError(
                f"{target}() failed: {_first_line(error)}. It is called without arguments; write a function without "
                f"any that returns the critic."
            ) from error
    if not isinstance(critic, nn.Module):
        raise ConfigError(f"{target}() returned {type(critic).__name__}; expected a torch.nn.Module.")
    return critic


@contextmanager
def _from_here() -> Generator[None]:
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        yield
    finally:
        if here in sys.path:
            sys.path.remove(here)


def _module(name: str) -> Any:
    if name.endswith(".py") or os.sep in name:
        dotted = name.removesuffix(".py").replace(os.sep, ".").strip(".")
        raise ConfigError(f"name the module as Python imports it, {dotted!r}, not as the file {name!r}.")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise ConfigError(f"importing {name!r} failed: {_first_line(error)}.") from error
        files = [file.removesuffix(".py") for file in os.listdir() if file.endswith(".py")]
        raise ConfigError(
            f"there is no module {name!r} in {os.getcwd()} or among the installed packages.{did_you_mean(name, files)}"
        ) from error
    except Exception as error:
        raise ConfigError(f"importing {name!r} failed: {_first_line(error)}.") from error


def _named(module: Any, name: str, target: str) -> Any:
    try:
        return operator.attrgetter(name)(module)
    except AttributeError as error:
        known = [
            known for known, value in vars(module).items() if callable(value) and not known.startswith("_")
        ]
        raise ConfigError(
            f"module {module.__name__!r} has no {name!r} (asked for as {target}).{did_you_mean(name, known)}"
        ) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0].rstrip('.')}"
