r"""The f-divergences of f-GANs: generators, conjugates, output activations and optimal critics.

:math:`D_f(P, Q) = E_Q f(p / q)` for a convex f. With the conjugate :math:`f^*(t) = \sup_u (u t - f(u))`, every
function T with values in the domain of f* gives a lower bound :math:`E_P T - E_Q f^*(T) \le D_f(P, Q)`, tight at
:math:`T = f'(p / q)`.

Sources: Nguyen, Wainwright, Jordan 2010, arXiv 0809.0853; Nowozin, Cseke, Tomioka 2016, arXiv 1606.00709.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

DivergenceName: TypeAlias = Literal[
    "kl",
    "reverse_kl",
    "pearson",
    "neyman",
    "squared_hellinger",
    "jensen_shannon",
    "gan",
    "total_variation",
]
"""Names of `DIVERGENCES`."""

Function: TypeAlias = Callable[[Tensor], Tensor]
FunctionOfTwo: TypeAlias = Callable[[Tensor, Tensor], Tensor]

LOG2 = math.log(2)


@dataclass(frozen=True)
class Divergence:
    """One f-divergence; every function maps each entry of a tensor.

    A critic's score v is any real number, high for samples taken to be real; T = g(v) is in the domain of f*. Densities
    and their ratio u = p / q are given by logarithms: they themselves under- and overflow where products are finite.

    Attributes:
        integrand: q f(p / q), of log p and log q; overflows only where its value does.
        derivative_at_log: f' at u, of log u: the optimal T.
        conjugate: f*, on its domain.
        activation: g, increasing, from all numbers into that domain.
        conjugate_of_activation: f*(g(v)), in a form that overflows only where its value does.
        powers: every a for which q f(p / q) has a term p^a q^(1 - a), up to logarithms of u.

    Example:
        >>> kl = DIVERGENCES["kl"]
        >>> kl.integrand(torch.tensor(-1e4), torch.tensor(-1e6))
        tensor(0.)
        >>> float(kl.f(torch.tensor(1.0)))
        0.0
    """

    integrand: FunctionOfTwo
    derivative_at_log: Function
    conjugate: Function
    activation: Function
    conjugate_of_activation: Function
    powers: tuple[float, ...] = (0.0, 1.0)

    def f(self, u: Tensor) -> Tensor:
        """Return the convex function at u > 0."""
        return self.integrand(u.log(), torch.zeros_like(u))

    def derivative(self, u: Tensor) -> Tensor:
        """Return f' at u > 0."""
        return self.derivative_at_log(u.log())


def _squared_distance(p: Tensor, q: Tensor, over: Tensor, power: float = 1.0) -> Tensor:
    """Return (p^power - q^power)^2 / over, all by logarithms."""
    difference = power * (p - q).abs()
    return (2 * (power * torch.maximum(p, q) + (-torch.expm1(-difference)).log()) - over).exp()


DIVERGENCES: Mapping[DivergenceName, Divergence] = {
    "kl": Divergence(
        integrand=lambda p, q: p.exp() * (p - q),
        derivative_at_log=lambda r: 1 + r,
        conjugate=lambda t: (t - 1).exp(),
        activation=lambda v: v,
        conjugate_of_activation=lambda v: (v - 1).exp(),
    ),
    "reverse_kl": Divergence(
        integrand=lambda p, q: q.exp() * (q - p),
        derivative_at_log=lambda r: -(-r).exp(),
        conjugate=lambda t: -1 - (-t).log(),
        activation=lambda v: -(-v).exp(),
        conjugate_of_activation=lambda v: v - 1,
    ),
    "pearson": Divergence(
        integrand=lambda p, q: _squared_distance(p, q, over=q),
        derivative_at_log=lambda r: 2 * r.expm1(),
        conjugate=lambda t: t.square() / 4 + t,
        activation=lambda v: v,
        conjugate_of_activation=lambda v: v.square() / 4 + v,
        powers=(0.0, 1.0, 2.0),
    ),
    "neyman": Divergence(
        integrand=lambda p, q: _squared_distance(p, q, over=p),
        derivative_at_log=lambda r: -(-2 * r).expm1(),
        conjugate=lambda t: 2 - 2 * (1 - t).sqrt(),
        activation=lambda v: -(-v).expm1(),
        conjugate_of_activation=lambda v: -2 * (-v / 2).expm1(),
        powers=(-1.0, 0.0, 1.0),
    ),
    "squared_hellinger": Divergence(
        integrand=lambda p, q: _squared_distance(p, q, over=torch.zeros_like(p), power=0.5),
        derivative_at_log=lambda r: -(-r / 2).expm1(),
        conjugate=lambda t: t / (1 - t),
        activation=lambda v: -(-v).expm1(),
        conjugate_of_activation=lambda v: v.expm1(),
        powers=(0.0, 0.5, 1.0),
    ),
    "jensen_shannon": Divergence(
        integrand=lambda p, q: p.exp() * (LOG2 + logsigmoid(p - q)) + q.exp() * (LOG2 + logsigmoid(q - p)),
        derivative_at_log=lambda r: LOG2 + logsigmoid(r),
        conjugate=lambda t: -(2 - t.exp()).log(),
        activation=lambda v: LOG2 + logsigmoid(v),
        conjugate_of_activation=lambda v: softplus(v) - LOG2,
    ),
    "gan": Divergence(
        integrand=lambda p, q: p.exp() * logsigmoid(p - q) + q.exp() * logsigmoid(q - p),
        derivative_at_log=lambda r: logsigmoid(r),
        conjugate=lambda t: -torch.log(-t.expm1()),
        activation=lambda v: logsigmoid(v),
        conjugate_of_activation=lambda v: softplus(v),
    ),
    "total_variation": Divergence(
        integrand=lambda p, q: (p.exp() - q.exp()).abs() / 2,
        derivative_at_log=lambda r: r.sign() / 2,
        conjugate=lambda t: t,
        activation=lambda v: v.tanh() / 2,
        conjugate_of_activation=lambda v: v.tanh() / 2,
    ),
}
"""By name.

With u = p / q, the optimal score is log u for ``reverse_kl``, ``jensen_shannon`` and ``gan``, 1 + log u for ``kl``,
2 log u for ``neyman``, log(u) / 2 for ``squared_hellinger``, 2 (u - 1) for ``pearson``, and infinite for
``total_variation``. ``jensen_shannon`` is twice the Jensen-Shannon divergence, and ``gan`` that minus log 4: not 0 for
equal distributions.

Activations are those of Nowozin et al., table 6, but for the sign of v in ``reverse_kl``, ``neyman`` and
``squared_hellinger``: there they decrease, here scores are high for real samples in all of them.
"""
