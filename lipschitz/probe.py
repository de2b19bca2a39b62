"""The probe behind `lipschitz.checks`: change some samples and see whether others notice.

Compares values AND gradients, at the real batch size, on a deep copy: in training mode with redrawn parameters
and points, then as the critic stands on the example's own points. A zero-initialised gate, a statistic outside the
graph, groups of a few samples, or batch normalization that happens to be in evaluation mode each fool something
simpler. Conditions of the other samples change too.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.utils import _pytree as pytree

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.critic import named_layers, scores_of
from lipschitz.errors import CriticError
from lipschitz.probing import as_found, differ, kept_samples, others_replaced
from lipschitz.scrap import redraw, scrap_copy
from lipschitz.seeding import fixed_seed
from lipschitz.trees import Tree
from lipschitz.undisturbed import autocast_dtype, uncached, uncompiled


class UnprobedError(Exception):
    """The probe cannot tell; the message says why."""


def first_coupled_layer(critic: nn.Module, example: Batch, *, copied: bool = True) -> str | None:
    """Return the path of the first layer that couples samples, `""` if only the whole does, `None` if none.

    Args:
        critic: left as it is, buffers, mode and random state included.
        example: gives shapes, dtypes, device, batch size and conditions.
        copied: work on copies; otherwise parameters are not redrawn, and the caller puts back what changes.

    Raises:
        UnprobedError: the critic cannot be copied, or its output is not finite or not repeatable.
        CriticError: it has parameters without a shape yet.
    """
    if any(isinstance(parameter, UninitializedParameter) for parameter in critic.parameters()):
        raise CriticError("the critic has lazy layers without weights yet; run one forward pass first.")
    told: list[str] = []
    for redrawn in (True, False):
        try:
            scrap = scrap_copy(critic) if copied else critic
        except Exception as error:
            raise UnprobedError(f"it cannot be copied ({type(error).__name__}: {error})") from error
        # In full precision and without caches: what a step around this does must not blur what is compared.
        with fixed_seed(0, [example.device]), _full_precision(example.device), uncached(), uncompiled(scrap):
            if redrawn and copied:
                redraw(scrap.train())
            for layer in scrap.modules() if copied else ():
                if isinstance(layer, nn.RReLU):  # draws for negative entries only: for whom depends on others
                    layer.eval()
            points, condition = _at_least_two(example, redrawn=redrawn)
            reason = _unsuitable(scrap, points, condition)
            if reason:
                told.append(reason)
                continue
            for kept in kept_samples(trees.batch_size(points, "example")):
                others, changed = others_replaced(points, condition, kept, noise=redrawn)
                if _notices(scrap, points, others, condition, changed, kept):
                    return _locate(scrap, points, others, condition, changed, kept)
    if len(told) == 2:  # neither setting could be looked at
        raise UnprobedError(told[-1])
    return None


def _full_precision(device: torch.device) -> Any:
    return torch.autocast(device.type, enabled=False) if autocast_dtype(device) else nullcontext()


def _unsuitable(critic: nn.Module, points: Tree, condition: tuple[Any, ...]) -> str:
    """Return why nothing can be learned from this setting, or an empty string."""
    everything = torch.ones(trees.batch_size(points, "example"), dtype=torch.bool)
    scores, slopes = _evaluate(critic, points, condition, everything)
    if not all(bool(values.isfinite().all()) for values in (scores, *trees.leaves(slopes))):
        return "its scores or gradients are not finite"
    if differ(scores, _evaluate(critic, points, condition, everything)[0]):
        return "it gives other scores for the same samples, from a source of randomness of its own"
    return ""


def _at_least_two(example: Batch, *, redrawn: bool) -> tuple[Tree, tuple[Any, ...]]:
    def double(leaf: Tensor) -> Tensor:
        return leaf if example.size > 1 else torch.cat([leaf, leaf])

    def redraw(leaf: Tensor) -> Tensor:
        return torch.randn_like(double(leaf))

    points = trees.map_leaves(redraw if redrawn else double, example.real)
    return points, trees.map_leaves(double, example.condition)


def _notices(
    critic: nn.Module,
    points: Tree,
    others: Tree,
    condition: tuple[Any, ...],
    changed: tuple[Any, ...],
    kept: Tensor,
) -> bool:
    before, slope_before = _evaluate(critic, points, condition, kept)
    after, slope_after = _evaluate(critic, others, changed, kept)
    if differ(before, after):
        return True
    for a, b in zip(trees.leaves(slope_before), trees.leaves(slope_after), strict=True):
        mask = kept.to(a.device)
        if differ(a[mask], b[mask]) or differ(b[~mask], torch.zeros_like(b[~mask]), scale=b.abs().max()):
            return True
    return False


def _evaluate(
    critic: nn.Module, points: Tree, condition: tuple[Any, ...], kept: Tensor
) -> tuple[Tensor, Tree]:
    """Return the scores of the kept samples and the gradient of their sum with respect to all samples."""
    size = kept.shape[0]

    def kept_sum(batch: Tree) -> tuple[Tensor, Tensor]:
        scores = scores_of(critic(batch, *condition), size)
        chosen = scores[kept.to(scores.device)]
        return chosen.sum(), chosen

    def watch(leaf: Tensor) -> Tensor:
        return leaf.detach().requires_grad_(True)

    watched = trees.map_leaves(watch, points)
    with as_found(critic, trees.leaves(watched)[0].device), torch.enable_grad():
        total, chosen = kept_sum(watched)
        # autograd rather than torch.func: layers that update buffers in place must be probed too.
        if not total.requires_grad:  # it depends on nothing
            return chosen.detach(), [torch.zeros_like(leaf) for leaf in trees.leaves(watched)]
        slopes = torch.autograd.grad(total, trees.leaves(watched), materialize_grads=True)
    return chosen.detach(), list(slopes)


def _locate(
    critic: nn.Module,
    points: Tree,
    others: Tree,
    condition: tuple[Any, ...],
    changed: tuple[Any, ...],
    kept: Tensor,
) -> str:
    """Return the path of the innermost first layer whose output for the kept samples changes."""
    runs: list[dict[str, tuple[list[Tensor], Tensor]]] = []
    for batch, entries in ((points, condition), (others, changed)):
        # Filled in the order in which layers finish: those inside a layer before the layer itself.
        seen: dict[str, tuple[list[Tensor], Tensor]] = {}
        handles: list[Any] = [
            layer.register_forward_hook(_recorder(seen, path), with_kwargs=True)
            for path, layer in named_layers(critic)
            if path
        ]
        with as_found(critic, trees.leaves(batch)[0].device), torch.no_grad():
            critic(batch, *entries)
        for handle in handles:
            handle.remove()
        runs.append(seen)

    def differs(a: Tensor, b: Tensor) -> bool:
        if a.shape != b.shape or a.shape[:1] != kept.shape:
            return False
        mask = kept.to(a.device)
        return differ(a[mask], b[mask])

    for path, (given, output) in runs[0].items():
        given_then, output_then = runs[1].get(path, (given, output))
        if differs(output, output_then):
            # With other inputs already, it was no layer but the code that called this one.
            innocent = any(differs(a, b) for a, b in zip(given, given_then, strict=False))
            return _caller(critic, path) if innocent else path
    return ""


def _caller(critic: nn.Module, path: str) -> str:
    """Return the path of the module around that may have code of its own between layers."""
    while "." in path:
        path = path.rpartition(".")[0]
        if not isinstance(critic.get_submodule(path), nn.Sequential | nn.ModuleList | nn.ModuleDict):
            return path
    return ""


def _recorder(seen: dict[str, tuple[list[Tensor], Tensor]], path: str) -> Any:
    def record(module: nn.Module, inputs: Any, named: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim > 0 and path not in seen:
            given = [leaf for leaf in pytree.tree_leaves((inputs, named)) if isinstance(leaf, Tensor)]
            # Copies, since a later layer may work in place; so may this one, which then has its output as input.
            seen[path] = (
                [leaf.detach().clone() for leaf in given if leaf is not output],
                output.detach().clone(),
            )

    return record
