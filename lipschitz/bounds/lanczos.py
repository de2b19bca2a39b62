"""Upper bounds of largest eigenvalues by the Lanczos method, with a stated failure probability.

Power iteration and Ritz values approach the largest eigenvalue from BELOW: no certificates. But the same run also
excludes eigenvalues above some threshold. With v_0 uniform on the unit sphere and u the eigenvector of the largest
eigenvalue m, the numbers c_j = <v_j, u> obey the recurrence of the run,

    b_j c_{j+1} = (m - a_j) c_j - b_{j-1} c_{j-1},

so c_j = p_j(m) c_0 with the Lanczos polynomials p_j. As |c_j| <= 1, m is impossible where |p_j(m)| > 1 / |c_0|, and
c_0 is tiny only with tiny probability (van Dorsselaer, Hochstenbach, van der Vorst 2000, Computing probabilistic
bounds for extreme eigenvalues of symmetric matrices with the Lanczos method, section 3; Hochstenbach 2013 for
singular values). Neither orthogonality of the v_j nor exact a_j, b_j is needed, only that every step obeys the
recurrence up to rounding, which is accounted for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from lipschitz.trees import linalg

FAILURE = 1e-12
"""Probability, over the random start, that a bound is too small: a thousand of them fail with 1e-9 at most."""

STARTS = 2
"""Independent starts; a bound fails only if every one of them does, so each may be less unlikely than `FAILURE`."""

ROUNDING = 1e-13
"""Error of one Lanczos step in float64, relative to the largest eigenvalue (about 450 units in the last place)."""

STEPS_BETWEEN_LOOKS = 8


@dataclass
class _Run:
    """Coefficients of one start's recurrence."""

    diagonal: list[float] = field(default_factory=list[float])
    beside: list[float] = field(default_factory=list[float])

    def excludes(self, value: float, overlap: float) -> bool:
        """Return whether an eigenvalue `value` whose eigenvector overlaps the start contradicts this run."""
        p_before, p, error_before, error, beside_before = 0.0, 1.0, 0.0, 0.0, 0.0
        for diagonal, beside in zip(self.diagonal, self.beside, strict=True):
            p_next = (value - diagonal) * p - beside_before * p_before
            # What rounding errors of the steps so far can have added to c_{j+1}: the same recurrence, with a source.
            error_next = (value - diagonal) * error - beside_before * error_before + 1.0
            if p_next <= 0:  # at or below the largest Ritz value, which is no bound
                return False
            if overlap * p_next - ROUNDING * value * error_next > 1.000001 * beside:
                return True
            if beside == 0:
                return False
            p_before, p, error_before, error = p, p_next / beside, error, error_next / beside
            beside_before = beside
        return False

    def is_above_ritz_values(self, value: float) -> bool:
        """Return whether every eigenvalue of the tridiagonal matrix is below `value` (Sturm sequence)."""
        ratio, beside_before = math.inf, 0.0
        for diagonal, beside in zip(self.diagonal, self.beside, strict=True):
            ratio = value - diagonal - beside_before**2 / ratio
            if ratio <= 0:
                return False
            beside_before = beside
        return True


def largest_eigenvalue(
    apply: Callable[[Tensor], Tensor], size: int, ceiling: float, tolerance: float, max_steps: int = 1000
) -> float:
    """Return an upper bound of the largest eigenvalue of a positive semidefinite map.

    Args:
        apply: maps float64 rows, shape (`STARTS`, size), each to its image under the map.
        size: dimension of the space.
        ceiling: an upper bound known already, finite.
        tolerance: stop when the bound is within this factor, minus 1, of a lower bound.
        max_steps: stop in any case; the bound is then valid and less tight.

    Returns:
        The bound. It is too small with probability at most `FAILURE`, over the start drawn from a fixed generator
        of its own. Rounding of the steps is included.

    Example:
        >>> scales = torch.linspace(0, 3, 5000, dtype=torch.float64)
        >>> bound = largest_eigenvalue(lambda rows: rows * scales, 5000, ceiling=100.0, tolerance=1e-3)
        >>> 3.0 <= bound <= 3.003
        True
    """
    if ceiling == 0:
        return 0.0
    # The density of a coordinate of a uniform point of the sphere is at most sqrt(size / (2 pi)).
    overlap = FAILURE ** (1 / STARTS) / math.sqrt(2 * size / math.pi)
    generator = torch.Generator().manual_seed(0)
    now: Tensor = torch.randn(STARTS, size, generator=generator, dtype=torch.float64)
    now = now / _lengths(now)
    before, beside = torch.zeros_like(now), torch.zeros(STARTS, 1, dtype=torch.float64)
    runs, best = [_Run() for _ in range(STARTS)], ceiling
    for step in range(1, max_steps + 1):
        image = apply(now) - beside * before
        diagonal = linalg.vecdot(image, now).unsqueeze(1)
        image = image - diagonal * now
        beside = _lengths(image)
        for i, run in enumerate(runs):
            run.diagonal.append(float(diagonal[i]))
            run.beside.append(float(beside[i]))
        exhausted = min(run.beside[-1] for run in runs) <= ROUNDING * best
        if exhausted or step % STEPS_BETWEEN_LOOKS == 0 or step == max_steps:
            reached = max(_threshold(run.is_above_ritz_values, best) for run in runs)
            best = min(best, max(_threshold(partial(run.excludes, overlap=overlap), best) for run in runs))
            if exhausted or best <= (1 + tolerance) * reached:
                break
        before, now = now, image / beside
    return best


def _lengths(rows: Tensor) -> Tensor:
    return linalg.vector_norm(rows, dim=1, keepdim=True)


def _threshold(is_above: Callable[[float], bool], high: float) -> float:
    """Return where a monotone predicate begins to hold, from above, to 1e-9 relative; `high` where it never does."""
    if not is_above(high):
        return high
    low = 0.0
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return high
