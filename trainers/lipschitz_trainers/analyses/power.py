"""How many seeds a paired comparison needs."""

from __future__ import annotations

import math
from bisect import bisect_left

from scipy import stats

SEEDS_CAP = 1000
"""More seeds than this are not counted out; ``SEEDS_CAP + 1`` stands for all of them."""


def power_of_paired_t(effect: float, n: int, *, confidence: float = 0.95) -> float:
    r"""Return the chance that the two-sided paired t-test over n pairs finds a standardized effect.

    With $\nu = n - 1$ degrees of freedom and critical value $t^*$, the statistic follows the noncentral t
    distribution with noncentrality $\delta = d_z\sqrt{n}$; both tails beyond $\pm t^*$ count.

    Args:
        effect: $d_z$, the mean of the differences over their standard deviation; the sign does not matter.
        n: pairs, at least 2.
        confidence: one minus the level of the test.

    References:
        Cohen, *Statistical Power Analysis for the Behavioral Sciences*, 2nd edition, 1988, chapter 2.
    """
    critical = float(stats.t.ppf(0.5 + confidence / 2, n - 1))
    shift = abs(effect) * math.sqrt(n)
    beyond = stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift)
    # Far out the series behind nct gives NaN; there the statistic is beyond t* with certainty.
    return float(beyond) if math.isfinite(beyond) else 1.0


def seeds_needed(effect: float, *, confidence: float = 0.95, power: float = 0.8) -> int | None:
    """Return the smallest number of pairs at which `power_of_paired_t` reaches `power`.

    Returns:
        At least 2; ``SEEDS_CAP + 1`` for "more than `SEEDS_CAP`"; None without an effect.

    Example:
        >>> seeds_needed(0.5)
        34
    """
    if not math.isfinite(effect) or effect == 0:
        return None
    candidates = range(2, SEEDS_CAP + 1)
    place = bisect_left(candidates, power, key=lambda n: power_of_paired_t(effect, n, confidence=confidence))
    return candidates[place] if place < len(candidates) else SEEDS_CAP + 1
