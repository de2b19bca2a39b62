"""How a penalty grows with the gradient: its power, its root, on which side of the root it costs, its value at 0.

Measured on linear critics whose gradient has the same absolute value m in every coordinate. Every norm, over
whichever axes, is then a multiple of m, so ``penalty = |steepness * (m - root)| ** power`` or one half of it, for
right and wrong penalties alike; which norm it is comes later, in `reductions`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from lipschitz.testing.identify.calls import Penalty
from lipschitz.trees import linalg

Sides = Literal["both", "above", "signed"]
"""Where the excess counts: both signs, above the root only, or with its sign (a square is missing)."""

LARGEST = 1e6
"""Magnitude from which the search for the root goes down."""

SMALLEST = 1e-4
"""Magnitude at which the search ends: a root still not seen is 0."""


@dataclass(frozen=True)
class Growth:
    """A penalty as a function of the magnitude m of the gradient's coordinates.

    Attributes:
        power: 2 as it should be, or 1.
        sides: where the excess over the root counts.
        steepness: of the penalty's power-th root, per unit of m.
        root: the m that costs nothing, 0 for a penalty of the norm itself.
        zero: the m that a zero gradient is taken for: a constant under the root makes it positive.
    """

    power: int
    sides: Sides
    steepness: float
    root: float
    zero: float

    def excess(self, magnitudes: Tensor) -> Tensor:
        """Return the power-th root of the penalty for other magnitudes, of any shape, with its sign."""
        seen = (magnitudes.square() + self.zero**2).sqrt()
        # The root was found where the gradient is large: what a zero is taken for is already part of it.
        excess = self.steepness * (seen - self.root)
        return excess.clamp(min=0.0) if self.sides == "above" else excess

    def cost(self, excess: Tensor) -> Tensor:
        """Return the penalty for an `excess`."""
        if self.power == 2:
            return excess.square()
        return excess if self.sides == "signed" else excess.abs()


def growth(penalty: Penalty) -> Growth | None:
    """Measure a penalty's growth; `None` if it follows no known law.

    Example:
        >>> from lipschitz.testing.identify.forms import Form
        >>> from lipschitz.testing.identify.samples import Samples
        >>> def mean_square(critic, real, fake):
        ...     return critic.slopes.square().sum()
        >>> growth(Penalty(mean_square, Form((4,))))
        Growth(power=2, sides='both', steepness=2.0, root=0.0, zero=0.0)
    """
    straight = line(penalty)
    if straight is None:
        return None
    power, steepness, root = straight.power, straight.steepness, straight.root
    at_zero = penalty.of_linear_critic(0.0)
    if root == 0:
        zero = 0.0 if math.isnan(at_zero) else abs(at_zero) ** (1 / power) / steepness
        return Growth(power, "both", steepness, 0.0, _rounded(zero, 1.0))
    sides = _sides(penalty, power, steepness, root)
    if sides is None:
        return None
    if sides == "above":
        zero = _constant_under_the_root(penalty, power, root)
    elif math.isnan(at_zero):
        zero = 0.0
    else:
        drop = at_zero / steepness if sides == "signed" else -(abs(at_zero) ** (1 / power)) / steepness
        zero = root + drop
    return Growth(power, sides, steepness, root, _rounded(zero, root))


@dataclass(frozen=True)
class Line:
    """The straight line that the power-th root of a penalty follows where the gradient is large."""

    power: int
    steepness: float
    root: float


def line(penalty: Penalty) -> Line | None:
    """Measure the power, the steepness and the root only; `None` if the penalty follows no known law."""
    near, far = penalty.of_linear_critic(LARGEST), penalty.of_linear_critic(2 * LARGEST)
    if not (0 < near < far < math.inf):
        return None
    exponent = math.log2(far / near)
    power = round(exponent)
    if power not in (1, 2) or abs(exponent - power) > 0.05:
        return None

    def through(m: float, low: float, high: float) -> tuple[float, float]:
        low, high = (max(0.0, value) ** (1 / power) for value in (low, high))
        return ((high - low) / m, m * (2 - high / (high - low))) if high > low else (0.0, math.inf)

    def around(m: float) -> tuple[float, float]:
        return through(m, penalty.of_linear_critic(m), penalty.of_linear_critic(2 * m))

    m = LARGEST
    steepness, root = far_steepness, _ = through(m, near, far)
    while abs(root) <= 1e-3 * m:  # too far away to tell its distance from 0
        m /= 100
        if m < SMALLEST:
            return Line(power, far_steepness, 0.0)
        steepness, root = around(m)
    if root < 0:
        return Line(power, far_steepness, 0.0)
    steepness, root = around(2 * root)
    return Line(power, steepness, root) if steepness > 0 and 0 < root < math.inf else None


def _sides(penalty: Penalty, power: int, steepness: float, root: float) -> Sides | None:
    """Return what the penalty does below its root."""
    depths = (0.3, 0.6, 0.9)
    got = [penalty.of_linear_critic(part * root) for part in depths]
    unit = (steepness * root) ** power
    mirrored = [(1 - part) ** power * unit for part in depths]
    # A constant under the root makes small gradients look larger: a tenth of the target at most.
    laws: dict[Sides, list[float]] = {"both": mirrored, "above": [0.0] * len(depths)}
    if power == 1:
        laws["signed"] = [-value for value in mirrored]
    for sides, expected in laws.items():
        if all(abs(a - b) <= 0.03 * unit for a, b in zip(got, expected, strict=True)):
            return sides
    return None


def _constant_under_the_root(penalty: Penalty, power: int, root: float) -> float:
    """Return what a one-sided penalty takes a zero gradient for, although it costs nothing there.

    With a constant c under the root the excess is ``steepness * (sqrt(m^2 + c) - root)``, to first order a line
    plus ``c / (2 m)``: least squares tells how much of that there is, and how certainly.
    """
    multiples = torch.tensor([1.02, 1.05, 1.1, 1.2, 1.4, 1.8, 2.6, 4.2], dtype=torch.float64)
    heights = torch.tensor(
        [max(0.0, penalty.of_linear_critic(float(k) * root)) ** (1 / power) for k in multiples],
        dtype=torch.float64,
    )
    terms = torch.stack([multiples, -torch.ones_like(multiples), 0.5 / multiples], dim=1)
    solution: Any = linalg.lstsq(terms, heights[:, None]).solution[:, 0]
    noise = float((terms @ solution - heights).square().sum() / (len(multiples) - 3))
    spread = math.sqrt(noise * float(linalg.inv(terms.T @ terms)[2, 2]))
    constant, certain = float(solution[2] / solution[0]), float(spread / solution[0])
    return root * math.sqrt(constant) if constant > max(6 * certain, 0.0) else 0.0


def _rounded(zero: float, unit: float) -> float:
    """Return 0 for what is rounding."""
    return zero if zero > 1e-5 * unit else 0.0
