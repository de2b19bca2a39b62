"""Gradients whose graph is dropped and computed again when it is wanted."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.utils import parametrize
from torch.nn.utils.spectral_norm import SpectralNorm as OldSpectralNorm

from lipschitz import trees
from lipschitz.gradients.choice import Compute
from lipschitz.trees import Tree
from lipschitz.undisturbed import autocast_dtype

_random: Any = torch.random  # its functions have no complete type annotations


def recomputed(compute: Compute, critic: nn.Module, points: Tree, condition: tuple[Any, ...]) -> Tree:
    """Return ``compute(critic, points, condition)``, keeping nothing but the result for the backward pass.

    Differentiable once, with respect to the critic's parameters.
    """
    parameters = [parameter for parameter in critic.parameters() if parameter.requires_grad]
    plan = _Plan(compute, critic, points, condition)
    node: Any = _Recomputed  # its `apply` has no complete type annotations
    return trees.rebuild(points, cast("tuple[Tensor, ...]", node.apply(plan, *parameters)))


class _Plan:
    """What to compute, under the conditions at this moment: autocast, random state."""

    def __init__(self, compute: Compute, critic: nn.Module, points: Tree, condition: tuple[Any, ...]) -> None:
        self.compute, self.critic, self.points, self.condition = compute, critic, points, condition
        self.device = trees.leaves(points)[0].device
        kind = self.device.type
        self.autocast = autocast_dtype(self.device)
        self.random = torch.get_rng_state()
        self.device_random = torch.cuda.get_rng_state(self.device) if kind == "cuda" else None

    def first(self) -> tuple[Tensor, ...]:
        # With gradients enabled: a weight computed without would stay in a cache of parametrizations around this.
        with torch.enable_grad():
            found = self.compute(self.critic, self.points, self.condition, graph=False)
        return tuple(leaf.detach() for leaf in trees.leaves(found))

    def again(self) -> list[Tensor]:
        devices = [self.device] if self.device_random is not None else []
        with (
            _random.fork_rng(devices=devices),
            torch.enable_grad(),
            torch.autocast(self.device.type, self.autocast) if self.autocast else nullcontext(),
            _power_iterations_rest(self.critic),
        ):
            torch.set_rng_state(self.random)
            if self.device_random is not None:
                torch.cuda.set_rng_state(self.device_random, self.device)
            return trees.leaves(self.compute(self.critic, self.points, self.condition, graph=True))


class _Recomputed(torch.autograd.Function):
    """Node of the graph that stands for the whole computation."""

    @staticmethod
    def forward(ctx: Any, plan: _Plan, *parameters: Tensor) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Compute without keeping a graph."""
        ctx.plan = plan
        ctx.save_for_backward(*parameters)  # notices parameters changed in between
        return plan.first()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Any, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Compute again, with a graph this time, and go back through it."""
        parameters: tuple[Tensor, ...] = ctx.saved_tensors
        outputs = ctx.plan.again()
        wanted = [(out, up) for out, up in zip(outputs, upstream, strict=True) if out.requires_grad]
        if not wanted:
            return (None, *[None] * len(parameters))
        found = cast(
            "tuple[Any, ...]",
            torch.autograd.grad(
                [out for out, _ in wanted], parameters, [up for _, up in wanted], allow_unused=True
            ),
        )
        return (None, *found)


@contextmanager
def _power_iterations_rest(critic: nn.Module) -> Generator[None]:
    """Use the weights of the first computation: in training mode spectral normalization would take another step."""
    resting: list[nn.Module] = []
    for module in critic.modules():
        hooks: dict[int, Any] = vars(module)["_forward_pre_hooks"]
        if any(isinstance(hook, OldSpectralNorm) for hook in hooks.values()):
            resting.append(module)
        elif isinstance(module, parametrize.ParametrizationList):
            resting += list(module.modules())
    resting = [module for module in resting if module.training]
    for module in resting:
        module.training = False
    try:
        yield
    finally:
        for module in resting:
            module.training = True
