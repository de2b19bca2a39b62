"""The seeds of an experiment or a profile: their number, or a list."""

from __future__ import annotations

from typing import Any

from lipschitz_trainers.config.faults import Fault, faulty, refusal
from lipschitz_trainers.config.wording import shown


def parse_seeds(value: Any) -> tuple[int, ...]:
    """Return seeds from their number (0, 1, ...) or their list.

    Raises:
        ValidationError: it is neither, or a seed is listed twice.

    Example:
        >>> parse_seeds(3), parse_seeds([7, 5])
        ((0, 1, 2), (7, 5))
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            raise refusal(f"must be >= 1, got {value}")
        return tuple(range(value))
    if not isinstance(value, (list, tuple)) or not value:
        raise refusal(f"must be a number of seeds or a list of seeds, got {shown(value)}")
    faults: list[Fault] = []
    for i, seed in enumerate(value):
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
            faults.append(Fault((i,), f"must be a whole number >= 0, got {shown(seed)}"))
        elif seed in value[:i]:
            faults.append(Fault((i,), f"the seed {seed} is listed twice"))
    if faults:
        raise faulty(faults)
    return tuple(value)
