"""How a value inside a critic came from its input: a graph of linear and other steps, and what bounds it.

Every node is a function of the whole input batch, laid out as one vector in the norm p; its Lipschitz constant is one
between p-norms. A critic that treats samples independently has the same constant on a batch as on one sample.
Linear steps are kept as maps, so that a run of them is bounded as one map: a convolution and the pooling behind it,
or a residual branch without activation, cost no more than what they do together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from lipschitz.bounds.linear_map import LinearMap

Combine: TypeAlias = Callable[[float, Sequence[float]], float]
"""From the norm p and the bounds of a step's arguments to the bound of its result."""


@dataclass(frozen=True, eq=False)
class Source:
    """The input: all leaves of the batch laid end to end."""

    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Linear:
    """An affine step; constants are left out.

    Attributes:
        shape: of the result.
        inputs: one or more nodes.
        apply: the linear part, on float64 tensors.
        absolute: `apply` with the absolute values of the matrix's entries, or upper bounds of them.
        combine: bound of the result from bounds of the inputs; `None` for a step of one input means its operator
            norm, computed from `one`.
        one: a smaller map with the same norm, such as the convolution of one image for one of a batch.
        merges: how much there is to gain from bounding the step together with its neighbours: 0 for a
            rearrangement, 1 for a map, 2 where several inputs meet.
    """

    shape: tuple[int, ...]
    inputs: tuple[Node, ...]
    apply: Callable[..., Tensor]
    absolute: Callable[..., Tensor]
    combine: Combine | None = None
    one: LinearMap | None = None
    merges: int = 1


@dataclass(frozen=True, eq=False)
class Nonlinear:
    """A step with a Lipschitz constant of its own.

    Attributes:
        shape: of the result.
        inputs: its arguments; none for random numbers.
        combine: bound of the result from bounds of the inputs.
        slopes: smallest and largest slope, for a function of each entry.
    """

    shape: tuple[int, ...]
    inputs: tuple[Node, ...]
    combine: Combine
    slopes: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Unknown:
    """A step without a bound; an error only where the scores depend on it."""

    shape: tuple[int, ...]
    message: str


Node: TypeAlias = Source | Linear | Nonlinear | Unknown


def scaled(factor: float) -> Combine:
    """Combine for a step of one input with this constant in every norm."""
    return lambda norm, bounds: factor * bounds[0]


def joined(norm: float, bounds: Sequence[float]) -> float:
    """Combine for values laid side by side: the p-norm of their bounds."""
    if norm == math.inf:
        return max(bounds)
    return sum(bound**norm for bound in bounds) ** (1 / norm)


def added(norm: float, bounds: Sequence[float]) -> float:
    """Combine for a sum: the triangle inequality."""
    return sum(bounds)
