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

LOG2 = math.log(2)


@dataclass(frozen=True)
class Divergence:
    """One f-divergence; every function maps each entry of a tensor.

    A critic's score v is any real number, high for samples taken to be real; T = g(v) is in the domain of f*.

    Attributes:
        f: the convex function, for u > 0.
        derivative: f', for u > 0: the optimal T where u = p / q.
        conjugate: f*, on its domain.
        activation: g, increasing, from all numbers into that domain.
        conjugate_of_activation: f*(g(v)), in a form that overflows only where its value does.
    """

    f: Function
    derivative: Function
    conjugate: Function
    activation: Function
    conjugate_of_activation: Function


DIVERGENCES: Mapping[DivergenceName, Divergence] = {
    "kl": Divergence(
        f=lambda u: u * u.log(),
        derivative=lambda u: 1 + u.log(),
        conjugate=lambda t: (t - 1).exp(),
        activation=lambda v: v,
        conjugate_of_activation=lambda v: (v - 1).exp(),
    ),
    "reverse_kl": Divergence(
        f=lambda u: -u.log(),
        derivative=lambda u: -1 / u,
        conjugate=lambda t: -1 - (-t).log(),
        activation=lambda v: -(-v).exp(),
        conjugate_of_activation=lambda v: v - 1,
    ),
    "pearson": Divergence(
        f=lambda u: (u - 1).square(),
        derivative=lambda u: 2 * (u - 1),
        conjugate=lambda t: t.square() / 4 + t,
        activation=lambda v: v,
        conjugate_of_activation=lambda v: v.square() / 4 + v,
    ),
    "neyman": Divergence(
        f=lambda u: (1 - u).square() / u,
        derivative=lambda u: 1 - u.pow(-2),
        conjugate=lambda t: 2 - 2 * (1 - t).sqrt(),
        activation=lambda v: -(-v).expm1(),
        conjugate_of_activation=lambda v: -2 * (-v / 2).expm1(),
    ),
    "squared_hellinger": Divergence(
        f=lambda u: (u.sqrt() - 1).square(),
        derivative=lambda u: 1 - u.rsqrt(),
        conjugate=lambda t: t / (1 - t),
        activation=lambda v: -(-v).expm1(),
        conjugate_of_activation=lambda v: v.expm1(),
    ),
    "jensen_shannon": Divergence(
        f=lambda u: u * u.log() - (u + 1) * ((u + 1) / 2).log(),
        derivative=lambda u: (2 * u / (1 + u)).log(),
        conjugate=lambda t: -(2 - t.exp()).log(),
        activation=lambda v: LOG2 + logsigmoid(v),
        conjugate_of_activation=lambda v: softplus(v) - LOG2,
    ),
    "gan": Divergence(
        f=lambda u: u * u.log() - (u + 1) * (u + 1).log(),
        derivative=lambda u: (u / (1 + u)).log(),
        conjugate=lambda t: -torch.log(-t.expm1()),
        activation=lambda v: logsigmoid(v),
        conjugate_of_activation=lambda v: softplus(v),
    ),
    "total_variation": Divergence(
        f=lambda u: (u - 1).abs() / 2,
        derivative=lambda u: (u - 1).sign() / 2,
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
