"""Gradients of a critic's scores with respect to its input, sample by sample, through torch.func.

Norms are over all non-batch axes of a sample (and over all leaves, where it is a pytree). The results are
differentiable with respect to the critic's parameters: autograd reaches parameters captured by the closure.
"""

from __future__ import annotations

import math
import weakref
from typing import Any, Literal, TypeAlias, cast, get_args

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.modules.batchnorm import _NormBase as Normalizer  # pyright: ignore[reportPrivateUsage]

from lipschitz import trees
from lipschitz.checks import coupled_layers, coupled_now, samples_are_independent
from lipschitz.critic import Critic, named_layers, scores_of
from lipschitz.errors import BatchError, CoupledSamplesError, CriticError, FieldError, LipschitzError
from lipschitz.trees import Tree
from lipschitz.zero_free import zero_free

Engine: TypeAlias = Literal["auto", "vmap", "batched", "loop"]
"""How per-sample gradients are computed.

``"auto"`` is ``"vmap"``; where that has no rule for one of the critic's layers, ``"batched"``, provided that a
constraint's `prepare` has checked on an example that the critic treats samples independently.
"""

DUAL_ORDER: dict[float, float] = {2: 2.0, 1: math.inf, math.inf: 1.0}
"""Order of the gradient norm for each norm of the input space."""


def input_gradients(
    critic: Critic, points: Tree, *condition: Tensor, engine: Engine = "auto", chunk_size: int | None = None
) -> Tree:
    """Return the gradient of each sample's score with respect to that sample.

    Args:
        critic: maps ``(points, *condition)`` to scores of shape (B,) or (B, 1), or to a `CriticOutput`.
        points: floating-point tensor of shape (B, ...), or a pytree of such.
        *condition: per-sample entries passed to the critic after the points.
        engine: ``"vmap"`` (every sample alone, the reference), ``"batched"`` (gradient of the sum of scores:
            the same for critics that treat samples independently), ``"loop"`` (one call a sample).
        chunk_size: with vmap, how many samples at once, to save memory.

    Returns:
        Gradients, shaped like `points`.

    Raises:
        BatchError: the points are no floating-point batch.
        CriticError: the critic does not return one score a sample, or cannot be evaluated sample by sample.
        CoupledSamplesError: it holds a layer that couples samples.
        FieldError: the engine is unknown.

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
    if engine == "batched":
        return _batched(critic, points, condition, size)
    if engine == "loop":
        return _loop(critic, points, condition, size)
    if engine == "vmap":
        return _vmapped(critic, points, condition, chunk_size)
    return _automatic(critic, points, condition, chunk_size, size)


def gradient_norms(
    critic: Critic,
    points: Tree,
    *condition: Tensor,
    norm: float = 2,
    engine: Engine = "auto",
    chunk_size: int | None = None,
) -> Tensor:
    """Return the norm of each sample's gradient, shape (B,): the critic's slope at that sample.

    Args:
        critic: as for `input_gradients`.
        points: as for `input_gradients`.
        *condition: as for `input_gradients`.
        norm: norm of the INPUT space, 2, 1 or inf; the gradient is measured in the dual norm (2, inf, 1).
        engine: as for `input_gradients`.
        chunk_size: as for `input_gradients`.

    Returns:
        Norms in float32 at least; their derivative at a zero gradient is 0.

    Raises:
        FieldError: the norm is none of the three; otherwise as `input_gradients`.

    Example:
        >>> gradient_norms(lambda x: x @ torch.tensor([3.0, 4.0]), torch.zeros(2, 2))
        tensor([5., 5.])
    """
    if norm not in DUAL_ORDER:
        raise FieldError(f"norm must be 2, 1 or inf (the norm of the input space), got {norm!r}.")
    gradients = input_gradients(critic, points, *condition, engine=engine, chunk_size=chunk_size)
    return trees.sample_norms(gradients, DUAL_ORDER[norm])


def _automatic(
    critic: Critic, points: Tree, condition: tuple[Any, ...], chunk_size: int | None, size: int
) -> Tree:
    if not isinstance(critic, nn.Module) or samples_are_independent(critic) is not True:
        return _vmapped(critic, points, condition, chunk_size)
    # Some layers have no rule under autocast only, so the mode is remembered with the critic.
    autocast = torch.is_autocast_enabled(trees.leaves(points)[0].device.type)
    if autocast not in _without_vmap.setdefault(critic, set()):
        try:
            return _vmapped(critic, points, condition, chunk_size)
        except CoupledSamplesError:
            raise
        except CriticError:
            gradients = _batched(critic, points, condition, size)
            _without_vmap[critic].add(autocast)
            return gradients
    return _batched(critic, points, condition, size)


_without_vmap: weakref.WeakKeyDictionary[nn.Module, set[bool]] = weakref.WeakKeyDictionary()


def _vmapped(critic: Critic, points: Tree, condition: tuple[Any, ...], chunk_size: int | None) -> Tree:
    if isinstance(critic, nn.Module):
        coupled = coupled_now(critic)
        if coupled:  # without this, some of them give wrong numbers and no error
            raise CoupledSamplesError(coupled[0].explain())

    def score(sample: Tree, *entries: Any) -> Tensor:
        single = trees.map_leaves(_as_batch_of_one, (sample, *entries))
        with zero_free(critic):
            return scores_of(critic(*single), 1)[0]

    try:
        return vmap(grad(score), randomness="different", chunk_size=chunk_size)(points, *condition)
    except (RuntimeError, ValueError) as error:
        if isinstance(error, (LipschitzError, torch.OutOfMemoryError)):
            raise
        raise _explain(critic, points, condition, error) from error


def _as_batch_of_one(leaf: Tensor) -> Tensor:
    return leaf.unsqueeze(0)


def _batched(critic: Critic, points: Tree, condition: tuple[Any, ...], size: int) -> Tree:
    # Running statistics are handed in as inputs: torch.func refuses to update captured buffers in place, and
    # points of a penalty should not enter them anyway.
    tracked = _tracked_buffers(critic)

    def total(batch: Tree, buffers: dict[str, Tensor]) -> Tensor:
        with zero_free(critic):
            raw = (
                functional_call(cast(nn.Module, critic), buffers, (batch, *condition))
                if buffers
                else critic(batch, *condition)
            )
            return scores_of(raw, size).sum()

    return grad(total)(points, tracked)


def _tracked_buffers(critic: Critic) -> dict[str, Tensor]:
    """Return copies of the running statistics that a forward pass of this critic would update in place."""
    if not isinstance(critic, nn.Module):
        return {}
    return {
        f"{path}.{name}" if path else name: buffer.detach().clone()
        for path, module in named_layers(critic)
        if module.training and isinstance(module, Normalizer)
        for name, buffer in module.named_buffers(recurse=False)
    }


def _loop(critic: Critic, points: Tree, condition: tuple[Any, ...], size: int) -> Tree:
    def one(i: int) -> Tree:
        def pick(leaf: Tensor) -> Tensor:
            return leaf[i : i + 1]

        sample, *entries = cast("tuple[Any, ...]", trees.map_leaves(pick, (points, *condition)))
        return _batched(critic, sample, tuple(entries), 1)

    parts = [one(i) for i in range(size)]
    return trees.map_leaves(lambda *pieces: torch.cat(pieces), *parts)


def _explain(critic: Critic, points: Tree, condition: tuple[Any, ...], error: Exception) -> Exception:
    """Turn an error from inside vmap into one that names the layer, where the reason is known."""
    if isinstance(critic, nn.Module):
        coupled = coupled_layers(critic)
        if coupled:
            return CoupledSamplesError(coupled[0].explain())
    try:
        with torch.no_grad():
            critic(points, *condition)
    except Exception:
        return CriticError(
            f"the critic cannot be evaluated on points of shape {trees.describe(points)}: "
            f"{type(error).__name__}: {error}"
        )
    return CriticError(
        f"the critic could not be evaluated sample by sample: {type(error).__name__}: {error}\n"
        f"If every sample's score depends on that sample alone, pass engine='batched' (constraints do so by "
        f"themselves once prepare(critic, example) has checked it); engine='loop' always works and is slow."
    )
