"""Whether the critic's optimizer still goes where the gradient says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lipschitz.errors import LipschitzError
from lipschitz_trainers.metrics.base import Evaluation, Metric


@dataclass(frozen=True, kw_only=True)
class UpdateCosine(Metric):
    """Cosine between the critic's last step and minus the gradient it was taken for, over all parameters together.

    Adam's step follows an average of gradients. Arjovsky et al. (2017, arXiv 1701.07875, section 4) saw the cosine turn
    negative when training became unstable: the average pointed uphill. Of optimizers without momentum it is positive.
    The step is that of the optimizer, before any projection, and without weight decay.

    Keys: ``update_cosine``; NaN before the first step, just after a run was resumed, and where a gradient is zero or
    not finite.
    """

    name = "update_cosine"
    by_default = False

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the cosine.

        Raises:
            LipschitzError: nobody knows how this kind of optimizer steps.
        """
        pairs = list(steps_and_gradients(evaluation.critic_optimizer))
        if not pairs:
            return {self.name: math.nan}
        step, gradient = (torch.cat([pair[i].flatten().double() for pair in pairs]) for i in (0, 1))
        length = step.norm() * gradient.norm()
        return {self.name: float(step @ gradient / length) if length > 0 else math.nan}


def steps_and_gradients(optimizer: torch.optim.Optimizer | None) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield, for each parameter with a gradient, minus its last step over the learning rate, and the gradient.

    Computed from what the optimizer keeps: nothing has to be recorded while training.

    Args:
        optimizer: Adam, AdamW, RMSprop or SGD, after a step and before the gradients are cleared; None for none.

    Raises:
        LipschitzError: it is another one.
    """
    if optimizer is None:
        return
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            state: dict[str, Any] = optimizer.state.get(parameter, {})
            if parameter.grad is not None:
                yield _step(optimizer, group, state, parameter.grad), parameter.grad


def _step(
    optimizer: torch.optim.Optimizer, group: dict[str, Any], state: dict[str, Any], gradient: Tensor
) -> Tensor:
    match optimizer:
        case torch.optim.Adam():
            beta1, beta2 = group["betas"]
            done = float(state["step"])
            mean = state["exp_avg"] / (1 - beta1**done)
            return mean / ((state["exp_avg_sq"] / (1 - beta2**done)).sqrt() + group["eps"])
        case torch.optim.RMSprop() if group["momentum"] == 0 and not group["centered"]:
            return gradient / (state["square_avg"].sqrt() + group["eps"])
        case torch.optim.SGD() if group["momentum"] == 0:
            return gradient
        case torch.optim.SGD() if not group["nesterov"]:
            return state["momentum_buffer"]
        case _:
            raise LipschitzError(
                f"update_cosine knows the steps of Adam, AdamW, RMSprop and SGD in their usual forms, got "
                f"{type(optimizer).__name__}; leave the metric out."
            )
