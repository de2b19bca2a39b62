"""Some of an experiment's variants, by patterns of their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase


def selected(names: Sequence[str], patterns: Iterable[str]) -> list[str]:
    """Return the names that fit any of the patterns, in their own order.

    Args:
        names: of variants.
        patterns: as of files: ``*`` stands for anything, ``?`` for one character, ``[ab]`` for one of these.

    Example:
        >>> selected(["small-clip", "small-gp", "large-gp"], ["small-*", "large-gp"])
        ['small-clip', 'small-gp', 'large-gp']
        >>> selected(["small-clip", "small-gp", "large-gp"], ["*-gp"])
        ['small-gp', 'large-gp']
    """
    wanted = list(patterns)
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)]
