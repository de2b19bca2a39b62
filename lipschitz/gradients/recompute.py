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
from lipschitz.critic import Critic
from lipschitz.gradients.choice import Compute
from lipschitz.trees import Tree
from lipschitz.undisturbed import autocast_dtype, uncached

_random: Any = torch.random  # its functions have no complete type annotations


def recomputed(compute: Compute, critic: Critic, points: Tree, condition: tuple[Any, ...]) -> Tree:
    """Return ``compute(critic, points, condition)``, keeping nothing but the result for the backward pass.

    Differentiable once, with respect to whatever the critic's slopes depend on, registered as a parameter or not.
    """
    plan = _Plan(compute, critic, points, condition)
    with torch.enable_grad():
        found = trees.leaves(compute(critic, points, condition, graph=True))
    variables = _variables(found)
    values = [leaf.detach() for leaf in found]
    if not variables:
        return trees.rebuild(points, values)
    node: Any = _Recomputed  # its `apply` has no complete type annotations
    return trees.rebuild(points, cast("tuple[Tensor, ...]", node.apply(plan, values, *variables)))


def _variables(results: list[Tensor]) -> list[Tensor]:
    """Return the leaves of a graph."""
    seen: set[Any] = set()
    open_nodes: list[Any] = [result.grad_fn for result in results if result.grad_fn is not None]
    variables: list[Tensor] = []
    while open_nodes:
        node = open_nodes.pop()
        if node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            variables.append(node.variable)
        open_nodes += [following for following, _ in node.next_functions if following is not None]
    return variables


class _Plan:
    """What to compute, under the conditions at this moment: autocast, random state."""

    def __init__(self, compute: Compute, critic: Critic, points: Tree, condition: tuple[Any, ...]) -> None:
        self.compute, self.critic, self.points, self.condition = compute, critic, points, condition
        self.device = trees.leaves(points)[0].device
        self.autocast = autocast_dtype(self.device)
        self.random = torch.get_rng_state()
        cuda = self.device.type == "cuda"
        self.device_random = torch.cuda.get_rng_state(self.device) if cuda else None

    def again(self) -> list[Tensor]:
        devices = [self.device] if self.device_random is not None else []
        with (
            _random.fork_rng(devices=devices),
            torch.enable_grad(),
            torch.autocast(self.device.type, self.autocast) if self.autocast else nullcontext(),
            uncached(),  # the graph of a cached weight can be gone through only once
            _power_iterations_rest(self.critic),
        ):
            torch.set_rng_state(self.random)
            if self.device_random is not None:
                torch.cuda.set_rng_state(self.device_random, self.device)
            return trees.leaves(self.compute(self.critic, self.points, self.condition, graph=True))


class _Recomputed(torch.autograd.Function):
    """Node of the graph that stands for the whole computation."""

    @staticmethod
    def forward(ctx: Any, plan: _Plan, values: list[Tensor], *variables: Tensor) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Hand on what has been computed, keeping no graph."""
        ctx.plan = plan
        ctx.save_for_backward(*variables)  # notices those changed in between
        return tuple(values)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Any, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Compute again, with a graph this time, and go back through it."""
        variables: tuple[Tensor, ...] = ctx.saved_tensors
        outputs = ctx.plan.again()
        wanted = [(out, up) for out, up in zip(outputs, upstream, strict=True) if out.requires_grad]
        found = cast(
            "tuple[Any, ...]",
            torch.autograd.grad(
                [out for out, _ in wanted], variables, [up for _, up in wanted], allow_unused=True
            ),
        )
        return (None, None, *found)


@contextmanager
def _power_iterations_rest(critic: Critic) -> Generator[None]:
    """Use the weights of the first computation: in training mode spectral normalization would take another step."""
    resting: list[nn.Module] = []
    for module in critic.modules() if isinstance(critic, nn.Module) else ():
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
