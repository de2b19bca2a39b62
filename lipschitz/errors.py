"""Every error a user can meet, in one taxonomy.

All derive from `LipschitzError`, so ``except lipschitz.LipschitzError`` catches them all. A message says what
was expected, what was got, and what to do now.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


class LipschitzError(Exception):
    """Base of every error this framework raises on purpose."""


class FieldError(LipschitzError, ValueError):
    """A hyper-parameter has the wrong type or lies outside its range."""


class BatchError(LipschitzError, ValueError):
    """A `Batch` (or points handed to a gradient function) does not have the required form."""


class CriticError(LipschitzError, ValueError):
    """The critic cannot be used as it stands (wrong output shape, nothing to constrain, ...)."""


class CoupledSamplesError(CriticError):
    """The critic mixes the samples of a batch, so a per-sample penalty has no meaning."""


class BoundError(LipschitzError, ValueError):
    """No certified bound on the Lipschitz constant can be given for this critic or layer."""


class CompositionError(LipschitzError, ValueError):
    """Constraints that contradict each other were combined."""


class UnknownNameError(LipschitzError, LookupError):
    """No constraint, dataset, network ... is registered under this name."""


class PluginError(LipschitzError):
    """A plugin could not be loaded, or registers something invalid."""


class LawError(LipschitzError, AssertionError):
    """A constraint breaks one of the laws of `lipschitz.Constraint` (raised by `check_constraint`)."""


class PenaltyError(LipschitzError, ValueError):
    """What was handed in is no penalty: it cannot be called, raises, or gives no scalar."""


class DataError(LipschitzError, ValueError):
    """A data set is missing, unreadable, or holds values that cannot be trained on."""


class ConfigError(LipschitzError, ValueError):
    """A configuration is not well-formed; lists every problem with its file and line."""


class CheckpointError(LipschitzError):
    """A checkpoint is missing, damaged, or belongs to another configuration."""


class TrainingError(LipschitzError):
    """Training cannot go on (a loss is not finite, shapes of generator and data differ, ...)."""


class MissingExtraError(LipschitzError, ImportError):
    """An optional dependency is needed; the message says which extra to install."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the closest known name, or an empty string.

    Example:
        >>> did_you_mean("spectral_nrom", ["spectral_norm", "weight_clipping"])
        " Did you mean 'spectral_norm'?"
    """
    by_spelling = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), list(by_spelling), n=1, cutoff=0.6)
    return f" Did you mean {by_spelling[close[0]]!r}?" if close else ""


def named(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return what a fixed table holds under `name`.

    Raises:
        UnknownNameError: nothing; the message lists all names and the closest one.
    """
    if name not in table:
        raise unknown_name(kind, name, table)
    return table[name]


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Build the error for a name nobody registered, with the closest one and all there are."""
    names = sorted(known)
    listed = ", ".join(names) if names else "none at all (is a plugin missing? see `lipschitz plugins`)"
    kinds = f"{kind[:-2]}es" if kind.endswith("sis") else f"{kind}s"
    return UnknownNameError(
        f"unknown {kind} {name!r}.{did_you_mean(name, names)} Registered {kinds}: {listed}."
    )
