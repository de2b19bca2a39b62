"""`input_gradients` and `gradient_norms`: what everyone calls."""

from __future__ import annotations

import math
from typing import Any, get_args

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.critic import Critic, unwrapped
from lipschitz.errors import BatchError, FieldError
from lipschitz.gradients.choice import Engine, engine_for
from lipschitz.gradients.chunks import chunk_within, in_chunks
from lipschitz.trees import Tree
from lipschitz.undisturbed import autocast_dtype

DUAL_ORDER: dict[float, float] = {2: 2.0, 1: math.inf, math.inf: 1.0}
"""Order of the gradient norm for the usual norms of the input space."""


def dual_order(norm: float) -> float:
    """Return q with 1/p + 1/q = 1: the order in which gradients are measured where the input space has norm p.

    Args:
        norm: p, from 1 to infinity.

    Raises:
        FieldError: there is no such norm.

    Example:
        >>> dual_order(2), dual_order(1), dual_order(1.5)
        (2.0, inf, 3.0)
    """
    if not norm >= 1:
        raise FieldError(f"norm must be from 1 to inf (the norm of the input space), got {norm!r}.")
    return DUAL_ORDER[norm] if norm in DUAL_ORDER else norm / (norm - 1)


def input_gradients(
    critic: Critic,
    points: Tree,
    *condition: Tensor,
    engine: Engine = "auto",
    chunk_size: int | None = None,
    memory_budget: float | None = None,
) -> Tree:
    """Return the gradient of each sample's score with respect to that sample.

    Args:
        critic: maps ``(points, *condition)`` to scores of shape (B,) or (B, 1), or to a `CriticOutput`.
        points: floating-point tensor of shape (B, ...), or a pytree of such.
        *condition: per-sample entries passed to the critic after the points.
        engine: ``"vmap"`` (every sample alone, the reference), ``"batched"`` (gradient of the sum of scores:
            the same for critics that treat samples independently), ``"loop"`` (one call a sample), or ``"auto"``:
            what is right for this critic and fastest, see `lipschitz.gradients.choose_engine`.
        chunk_size: how many samples at once, to save memory. What a chunk needs for its derivative is not kept
            but computed again when it is wanted.
        memory_budget: instead of a chunk size, the memory in MiB that the graph of a chunk may take.

    Returns:
        Gradients, shaped like `points`.

    Raises:
        BatchError: the points are no floating-point batch.
        CriticError: the critic does not return one score a sample, or cannot be evaluated sample by sample.
        CoupledSamplesError: it holds a layer that couples samples.
        FieldError: the engine is unknown, or a chunk size or budget not positive.

    Example:
        >>> input_gradients(lambda x: x @ torch.tensor([3.0, 4.0]), torch.zeros(2, 2))
        tensor([[3., 4.],
                [3., 4.]])
    """
    if engine not in get_args(Engine):
        raise FieldError(f"engine must be one of {', '.join(get_args(Engine))}, got {engine!r}.")
    size = trees.batch_size(points, "points")
    if size == 0:
        raise BatchError("points hold no sample; at least one is needed.")
    trees.require_floating(points, "points")
    for i, entry in enumerate(condition):
        if trees.batch_size(entry, f"condition[{i}]") != size:
            got = trees.describe(entry)
            raise BatchError(f"condition[{i}] must have one entry per sample ({size}), got {got}.")
    for name, value in (("chunk_size", chunk_size), ("memory_budget", memory_budget)):
        if value is not None and not 0 < value < math.inf:
            raise FieldError(f"{name} must be positive and finite, got {value!r}.")
    if chunk_size is not None and not isinstance(chunk_size, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FieldError(f"chunk_size must be a whole number of samples, got {chunk_size!r}.")
    critic = unwrapped(critic)
    if _made_in_inference_mode(points):
        limits = {"chunk_size": chunk_size, "memory_budget": memory_budget}
        return _outside_inference_mode(critic, (points, *condition), engine=engine, **limits)
    if autocast_dtype(trees.leaves(points)[0].device) is torch.float16:
        limits = {"chunk_size": chunk_size, "memory_budget": memory_budget}
        return _in_single_precision(critic, (points, *condition), engine=engine, **limits)
    graph = torch.is_grad_enabled()
    compute = engine_for(engine, critic, points, condition)
    if memory_budget is not None:
        within = chunk_within(memory_budget, critic, points, condition, graph=graph)
        chunk_size = within if chunk_size is None else min(chunk_size, within)
    if chunk_size is not None and chunk_size < size:
        return in_chunks(compute, chunk_size, critic, points, condition, graph=graph)
    return compute(critic, points, condition, graph=graph)


def _made_in_inference_mode(points: Tree) -> bool:
    if torch.compiler.is_compiling():
        return False
    return torch.is_inference_mode_enabled() or any(leaf.is_inference() for leaf in trees.leaves(points))


def _outside_inference_mode(critic: Critic, inputs: tuple[Any, ...], **options: Any) -> Tree:
    wanted = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    with torch.inference_mode(False), torch.set_grad_enabled(wanted):
        return input_gradients(critic, *trees.map_leaves(torch.clone, inputs), **options)


def _in_single_precision(critic: Critic, inputs: tuple[Any, ...], **options: Any) -> Tree:
    # A gradient is not scaled on its way to the points as a loss is: in float16 it overflows at 65,504 and vanishes
    # below 6e-8, and the derivative of the penalty becomes NaN. bfloat16 has the range of float32.
    def single(leaf: Tensor) -> Tensor:
        return leaf.float() if leaf.is_floating_point() else leaf

    with torch.autocast(trees.leaves(inputs)[0].device.type, enabled=False):
        return input_gradients(critic, *trees.map_leaves(single, inputs), **options)


def gradient_norms(
    critic: Critic,
    points: Tree,
    *condition: Tensor,
    norm: float = 2,
    engine: Engine = "auto",
    chunk_size: int | None = None,
    memory_budget: float | None = None,
) -> Tensor:
    """Return the norm of each sample's gradient, shape (B,): the critic's slope at that sample.

    Args:
        critic: as for `input_gradients`.
        points: as for `input_gradients`.
        *condition: as for `input_gradients`.
        norm: norm of the INPUT space, p from 1 to inf; the gradient is measured in the dual norm, q = p / (p - 1).
        engine: as for `input_gradients`.
        chunk_size: as for `input_gradients`.
        memory_budget: as for `input_gradients`.

    Returns:
        Norms in float32 at least; their derivative at a zero gradient is 0.

    Raises:
        FieldError: the norm is below 1; otherwise as `input_gradients`.

    Example:
        >>> gradient_norms(lambda x: x @ torch.tensor([3.0, 4.0]), torch.zeros(2, 2))
        tensor([5., 5.])
    """
    order = dual_order(norm)
    gradients = input_gradients(
        critic, points, *condition, engine=engine, chunk_size=chunk_size, memory_budget=memory_budget
    )
    return _norms(gradients, order)


def _norms(gradients: Tree, order: float) -> Tensor:
    if order in DUAL_ORDER:
        return trees.sample_norms(gradients, order)
    # Powers under- and overflow: each sample is measured in units of its largest entry, a constant here, since the
    # derivative of a norm does not depend on the length of its argument.
    unit = trees.sample_norms(gradients, math.inf).detach()
    unit = torch.where(unit > 0, unit, 1.0)

    def scaled(leaf: Tensor) -> Tensor:
        return leaf.to(unit.dtype) / unit.reshape(-1, *[1] * (leaf.ndim - 1))

    return unit * trees.sample_norms(trees.map_leaves(scaled, gradients), order)
