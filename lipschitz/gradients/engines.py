"""The three ways to compute per-sample gradients, none of which checks or chooses anything.

``graph`` says whether the result will be differentiated with respect to the critic's parameters.
"""

from __future__ import annotations

import importlib
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad
from torch.func import vmap as transform
from torch.nn.modules.batchnorm import _NormBase as Normalizer  # pyright: ignore[reportPrivateUsage]

from lipschitz import trees
from lipschitz.critic import Critic, has_layer, named_layers, scores_of
from lipschitz.double_backward import double_backward
from lipschitz.trees import Tree

_functorch: Any = importlib.import_module(
    "torch._C._functorch"
)  # no public way to ask for an active transform


def vmap(critic: Critic, points: Tree, condition: tuple[Any, ...], *, graph: bool) -> Tree:
    """Return every sample's gradient alone: ``vmap(grad)`` over batches of one. The reference."""
    device = _device(points)

    def score(sample: Tree, *entries: Any) -> Tensor:
        single = trees.map_leaves(_as_batch_of_one, (sample, *entries))
        with double_backward(critic, device, graph=graph):
            return scores_of(critic(*single), 1)[0]

    wanted = torch.is_grad_enabled()
    # With gradients enabled: a weight first computed without would stay, without a graph, in the cache of
    # parametrizations that training puts around a step.
    with torch.enable_grad():
        found = transform(grad(score), randomness="different")(points, *condition)
    return found if wanted else trees.map_leaves(torch.Tensor.detach, found)


def batched(critic: Critic, points: Tree, condition: tuple[Any, ...], *, graph: bool) -> Tree:
    """Return the gradient of the summed scores: the per-sample gradients where samples are independent."""
    if torch.compiler.is_compiling() or inside_transform():

        def total(batch: Tree) -> Tensor:
            return _total(critic, batch, condition, graph=graph)

        return grad(total)(points)
    # Outside of compiled code and other transforms, autograd itself does the same with less overhead.
    with torch.enable_grad():
        watched = trees.map_leaves(_watched, points)
        score = _total(critic, watched, condition, graph=graph)
        if not score.requires_grad:  # it depends on nothing
            return trees.map_leaves(torch.zeros_like, points)
        found = torch.autograd.grad(score, trees.leaves(watched), create_graph=graph, materialize_grads=True)
    return trees.rebuild(points, found)


def loop(critic: Critic, points: Tree, condition: tuple[Any, ...], *, graph: bool) -> Tree:
    """Return the gradients from one call a sample."""

    def one(i: int) -> Tree:
        sample, *entries = part(points, condition, slice(i, i + 1))
        return batched(critic, sample, tuple(entries), graph=graph)

    return joined([one(i) for i in range(trees.leaves(points)[0].shape[0])])


def part(points: Tree, condition: tuple[Any, ...], rows: slice) -> tuple[Any, ...]:
    """Return some rows of points and conditions."""

    def pick(leaf: Tensor) -> Tensor:
        return leaf[rows]

    return cast("tuple[Any, ...]", trees.map_leaves(pick, (points, *condition)))


def joined(parts: list[Tree]) -> Tree:
    """Return trees of gradients as one, row after row."""
    if len(parts) == 1:
        return parts[0]
    return trees.map_leaves(lambda *pieces: torch.cat(pieces), *parts)


def inside_transform() -> bool:
    """Return whether a transform of torch.func is being computed around this call."""
    return _functorch.maybe_current_level() is not None


def _total(critic: Critic, points: Tree, condition: tuple[Any, ...], *, graph: bool) -> Tensor:
    buffers = _tracked_buffers(critic)
    with double_backward(critic, _device(points), graph=graph):
        if buffers:
            raw = functional_call(cast(nn.Module, critic), buffers, (points, *condition))
        else:
            raw = critic(points, *condition)
    return scores_of(raw, trees.leaves(points)[0].shape[0]).sum()


def _tracked_buffers(critic: Critic) -> dict[str, Tensor]:
    """Return copies of the running statistics that a forward pass of this critic would update in place.

    They are handed in as inputs: torch.func refuses to update captured buffers, and points of a penalty should not
    enter them anyway.
    """
    if not isinstance(critic, nn.Module) or not has_layer(critic, Normalizer):
        return {}
    return {
        f"{path}.{name}" if path else name: buffer.detach().clone()
        for path, module in named_layers(critic)
        if isinstance(module, Normalizer) and module.training
        for name, buffer in module.named_buffers(recurse=False)
    }


def _watched(leaf: Tensor) -> Tensor:
    # A view of its own: whatever else depends on the points (a condition, say) is a constant here.
    return leaf.view_as(leaf) if leaf.requires_grad else leaf.detach().requires_grad_(True)


def _as_batch_of_one(leaf: Tensor) -> Tensor:
    return leaf.unsqueeze(0)


def _device(points: Tree) -> torch.device:
    return trees.leaves(points)[0].device
