"""What flows back from a penalty: whether the critic learns from it, whether it stays finite, whom else it reaches."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.growth import Growth
from lipschitz.testing.identify.samples import Samples, apart, signs

STEEP = 3.0
"""Gradient used, in multiples of the root: every penalty costs something there."""


@dataclass(frozen=True)
class Backward:
    """What was seen after ``penalty.backward()``.

    Attributes:
        share: gradient that reached the critic, in parts of what the penalty's values say it should be.
        finite_at_zero: whether a critic with zero gradient gets finite numbers.
        leak: largest gradient that reached the fake samples.
        failure: why there is no backward pass at all, or nothing.
    """

    share: float
    finite_at_zero: bool
    leak: float
    failure: str = ""


def backward(penalty: Penalty, growth: Growth) -> Backward:
    """Look at gradients of a penalty on a steep, a flat and a curved critic."""
    steep = STEEP * (growth.root or 1.0)
    try:
        return Backward(_share(penalty, steep), _finite_at_zero(penalty), _leak(penalty, steep))
    except RuntimeError as error:  # of autograd: what the function itself raises is a PenaltyError
        return Backward(0.0, True, 0.0, str(error).splitlines()[0])


def _share(penalty: Penalty, steep: float) -> float:
    form = penalty.form
    critic = penalty.critic(steep * signs(form))
    value = penalty(critic, apart(form))
    if not value.requires_grad:
        return 0.0
    torch.autograd.backward(value)
    gradient = critic.slopes.grad
    if gradient is None:
        return 0.0
    got = float((gradient * critic.slopes).sum().detach())
    step = 1e-3
    higher, lower = (penalty.of_linear_critic(steep * (1 + s)) for s in (step, -step))
    return got / ((higher - lower) / (2 * step))


def _finite_at_zero(penalty: Penalty) -> bool:
    form = penalty.form
    critic = penalty.critic(torch.zeros(form.features, dtype=form.dtype))
    value = penalty(critic, apart(form))
    if not bool(value.isfinite()):
        return False
    if not value.requires_grad:
        return True
    torch.autograd.backward(value)
    gradient = critic.slopes.grad
    return gradient is None or bool(gradient.isfinite().all())


def _leak(penalty: Penalty, steep: float) -> float:
    """Return what reaches fake samples that still hang on a generator; only a curved critic shows it."""
    form = penalty.form
    critic = penalty.critic(steep * signs(form), curvature=steep)
    samples = apart(form)
    weight = torch.ones_like(samples.fake, requires_grad=True)
    value = penalty(critic, Samples(samples.real, samples.fake * weight))
    if not value.requires_grad:
        return 0.0
    torch.autograd.backward(value)
    return 0.0 if weight.grad is None else float(weight.grad.abs().max())
