"""What can be said from a handful of seeds: means, paired comparisons, counts of wins.

Values are paired by seed: two constraints under one seed share initial weights, data and noise, so their
difference varies less than either of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from lipschitz_trainers.analyses import sentences
from lipschitz_trainers.analyses.power import seeds_needed

Side = Literal["a", "b"]


class Summary(NamedTuple):
    """Mean and sample standard deviation of the finite values; NaN where there are too few."""

    mean: float
    std: float
    n: int


def summary(values: Sequence[float]) -> Summary:
    """Return mean, standard deviation (n - 1 in the denominator) and count of the finite values.

    Example:
        >>> summary([1.0, 2.0, 3.0, float("nan")])
        Summary(mean=2.0, std=1.0, n=3)
    """
    finite = np.array([value for value in values if math.isfinite(value)], dtype=float)
    mean = float(finite.mean()) if finite.size else math.nan
    std = float(finite.std(ddof=1)) if finite.size > 1 else math.nan
    return Summary(mean, std, int(finite.size))


def sign_test(wins: int, losses: int) -> float:
    """Return the exact two-sided p-value of so many wins and losses if both were equally likely.

    Example:
        >>> round(sign_test(100, 77), 3)  # two-sided against one-sided in the WGAN-GP paper, appendix C
        0.098
    """
    return float(stats.binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0


def win_share(wins: int, losses: int) -> tuple[float, float]:
    """Return the exact 95 % interval (Clopper and Pearson 1934) of the probability to win; all without a game.

    Example:
        >>> [round(end, 3) for end in win_share(100, 77)]
        [0.489, 0.639]
    """
    if not wins + losses:
        return 0.0, 1.0
    low, high = stats.binomtest(wins, wins + losses).proportion_ci(0.95)
    return float(low), float(high)


@dataclass(frozen=True)
class PairedComparison:
    """Two constraints on the same seeds.

    Attributes:
        n: pairs used.
        dropped: pairs left out because a member is not finite.
        mean_a: mean of the first over the pairs used; NaN without pairs.
        mean_b: mean of the second.
        difference: mean of a - b.
        standardized: d_z, the difference over the standard deviation of the differences; infinite if every
            seed differs by the same amount, NaN for fewer than two pairs.
        low: lower end of the t-interval of the difference; None for fewer than two pairs or without spread.
        high: upper end.
        p_value: of the two-sided paired t-test (without spread: of the sign test); None for fewer than two
            pairs.
        decided: the interval excludes 0 (without spread: the sign test rejects).
        seeds_needed: seeds at which an effect of the size seen here would be found with the wanted power;
            None if there is no effect or no way to tell, ``SEEDS_CAP + 1`` for more than that.
        lower_is_better: which direction wins.
        confidence: of the interval.
    """

    n: int
    dropped: int
    mean_a: float
    mean_b: float
    difference: float
    standardized: float
    low: float | None
    high: float | None
    p_value: float | None
    decided: bool
    seeds_needed: int | None
    lower_is_better: bool
    confidence: float

    @property
    def relative(self) -> float:
        """The difference as a share of the second's mean; NaN if that is 0."""
        return self.difference / abs(self.mean_b) if self.mean_b else math.nan

    @property
    def leader(self) -> Side | None:
        """Who is ahead on the mean, decided or not; None at a tie or without pairs."""
        if math.isnan(self.difference) or self.difference == 0:
            return None
        return "a" if (self.difference < 0) == self.lower_is_better else "b"

    @property
    def winner(self) -> Side | None:
        """The leader, if the lead is decided."""
        return self.leader if self.decided else None

    def sentence(self, name_a: str, name_b: str, metric: str) -> str:
        """Return the outcome in plain English."""
        return sentences.paired(self, name_a, name_b, metric)


def paired_comparison(
    a: Sequence[float],
    b: Sequence[float],
    *,
    lower_is_better: bool,
    confidence: float = 0.95,
    power: float = 0.8,
) -> PairedComparison:
    r"""Compare two constraints by the values they reached on the same seeds.

    The interval is $\bar d \pm t^*_{n-1}\, s_d / \sqrt n$ over the differences $d_i = a_i - b_i$. If all of
    them are equal there is no spread to build it from (a t-test would claim certainty from two seeds): the
    exact sign test decides instead, which needs 6 seeds at 95%.

    Args:
        a: one value a seed.
        b: the other's values, in the same order of seeds.
        lower_is_better: which direction wins.
        confidence: of the interval.
        power: with which `PairedComparison.seeds_needed` is counted.

    Raises:
        ValueError: a and b differ in length.

    Example:
        >>> paired_comparison([1.0, 2.0, 3.0], [2.1, 2.9, 4.0], lower_is_better=True).winner
        'a'
    """
    if len(a) != len(b):
        raise ValueError(
            f"values are paired by seed, so both need the same number; got {len(a)} and {len(b)}."
        )
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if math.isfinite(x) and math.isfinite(y)]
    first, second = np.array(pairs, dtype=float).reshape(-1, 2).T
    differences = first - second
    center, spread, n = summary(differences.tolist())
    # Equal differences of floats still vary by rounding, which must not pass for a tiny spread.
    rounding = 16 * np.finfo(float).eps * float(np.abs([first, second]).max(initial=0.0))
    spread, center = (0.0 if spread <= rounding else spread), (0.0 if abs(center) <= rounding else center)
    low = high = p_value = needed = None
    standardized = math.nan
    if n >= 2 and spread > 0:
        standardized = center / spread
        error = spread / math.sqrt(n)
        margin = float(stats.t.ppf(0.5 + confidence / 2, n - 1)) * error
        low, high = center - margin, center + margin
        p_value = 2 * float(stats.t.sf(abs(center) / error, n - 1))
        needed = seeds_needed(standardized, confidence=confidence, power=power)
    elif n >= 2:
        standardized = math.copysign(math.inf, center) if center else 0.0
        p_value = sign_test(n, 0) if center else 1.0
        needed = next(k for k in itertools.count(2) if sign_test(k, 0) < 1 - confidence) if center else None
    return PairedComparison(
        n=n,
        dropped=len(a) - n,
        mean_a=summary(first.tolist()).mean,
        mean_b=summary(second.tolist()).mean,
        difference=center,
        standardized=standardized,
        low=low,
        high=high,
        p_value=p_value,
        decided=p_value is not None and p_value < 1 - confidence,
        seeds_needed=needed,
        lower_is_better=lower_is_better,
        confidence=confidence,
    )
