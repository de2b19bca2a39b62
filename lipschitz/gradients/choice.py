"""Which engine computes the gradients of a critic, and what happens where one fails."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.checks import (
    CoupledLayer,
    coupled_layers,
    coupled_now,
    coupling_found,
    samples_are_independent,
)
from lipschitz.critic import Critic
from lipschitz.errors import CoupledSamplesError, CriticError, LipschitzError
from lipschitz.function_critic import FunctionCritic
from lipschitz.gradients import engines
from lipschitz.probe import UnprobedError, first_coupled_layer
from lipschitz.trees import Tree
from lipschitz.undisturbed import undisturbed

logger = logging.getLogger("lipschitz")

Engine: TypeAlias = Literal["auto", "vmap", "batched", "loop"]
"""How per-sample gradients are computed.

``"vmap"`` takes every sample alone and is the reference. ``"batched"`` takes the gradient of the summed scores: the
same where samples are independent, with less overhead and for layers that vmap has no rule for. ``"loop"`` calls the
critic once a sample: slow. ``"auto"`` probes a module as `lipschitz.checks` does, when it first sees it and again now
and then: batched where the probe finds no coupling, vmap where it cannot tell, the loop as a last resort.
"""

RECHECKS = frozenset(10**k for k in range(3, 12))
"""Calls at which a critic is probed again: what it does may have changed, and the cost is lost in a thousand calls."""

Compute: TypeAlias = Callable[..., Tree]
"""One of `lipschitz.gradients.engines`."""


def choose_engine(critic: Critic, points: Tree, *condition: Tensor) -> Literal["vmap", "batched", "loop"]:
    """Return the engine that ``"auto"`` uses for this critic, found by trying it on these points.

    Args:
        critic: as for `lipschitz.input_gradients`; left as it is.
        points: a batch, shape (B, ...), or a pytree.
        *condition: per-sample entries.

    Raises:
        CoupledSamplesError: it couples the samples of a batch, so no engine is right.
        CriticError: no engine can evaluate it.

    Example:
        >>> choose_engine(nn.Linear(2, 1), torch.zeros(4, 2))
        'batched'
    """
    with undisturbed(critic, trees.leaves(points)[0].device):
        compute = engine_for("auto", critic, points, condition)
        if compute is engines.batched:
            return "batched"
        if compute is engines.loop:
            return "loop"
        try:
            explained_vmap(critic, points, condition, graph=True)
        except CoupledSamplesError:
            raise
        except CriticError:
            vmap_or_loop(critic, points, condition, graph=True)
            return "loop"
        return "vmap"


def engine_for(engine: Engine, critic: Critic, points: Tree, condition: tuple[Any, ...]) -> Compute:
    """Return the function that computes gradients, refusing critics for which it would be wrong.

    Raises:
        CoupledSamplesError: the critic couples the samples of a batch (``"batched"`` is never refused).
    """
    if engine == "batched":
        return engines.batched
    _refuse_coupled(critic, points, condition)
    independent = _independent(critic, points, condition)
    if engine == "loop":
        return engines.loop
    if engine == "vmap":
        return explained_vmap
    if independent:
        return engines.batched
    return engines.loop if _must_loop(critic) else vmap_or_loop


def explained_vmap(critic: Critic, points: Tree, condition: tuple[Any, ...], *, graph: bool) -> Tree:
    """Return gradients by vmap; its errors say what to do.

    Raises:
        CriticError: the critic cannot be evaluated sample by sample.
    """
    try:
        return engines.vmap(critic, points, condition, graph=graph)
    except (RuntimeError, ValueError) as error:
        if isinstance(error, (LipschitzError, torch.OutOfMemoryError)):
            raise
        raise _explain(critic, points, condition, error) from error


def vmap_or_loop(critic: Critic, points: Tree, condition: tuple[Any, ...], *, graph: bool) -> Tree:
    """Return gradients by vmap, or where that fails from one call a sample, if the batch as a whole agrees."""
    if not isinstance(critic, nn.Module):
        _probe_function(critic, points, condition)
    try:
        return explained_vmap(critic, points, condition, graph=graph)
    except CoupledSamplesError:
        raise
    except CriticError as reason:
        if not _one_by_one_is_right(critic, points, condition):
            raise
        logger.warning(
            "gradients of this critic are computed one sample at a time, which is slow: vmap cannot evaluate it (%s) "
            "and only an nn.Module that can be copied is probed thoroughly for independence of its samples.",
            str(reason).split("\n", 1)[0],
        )
        if isinstance(critic, nn.Module):
            _looped.add(critic)
        return engines.loop(critic, points, condition, graph=graph)


def _one_by_one_is_right(critic: Critic, points: Tree, condition: tuple[Any, ...]) -> bool:
    """Return whether samples seem independent: to the probe, as far as it goes, and on these very points."""
    try:
        with undisturbed(critic, trees.leaves(points)[0].device):
            alone, together, again = (
                _flat(compute(critic, points, condition, graph=False))
                for compute in (engines.loop, engines.batched, engines.batched)
            )
    except (RuntimeError, ValueError):
        return False  # one sample at a time it does not work either
    return not (_differ(alone, together) or _differ(together, again))


_code_calls: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
_coupled_code: weakref.WeakSet[Any] = weakref.WeakSet()


def _probe_function(critic: Critic, points: Tree, condition: tuple[Any, ...]) -> None:
    """Refuse a function that couples samples: vmap would be silently wrong for it.

    What is known of a function is kept by its code, since a lambda in a loop is another function every time; so it
    is probed at the first call and the tenth as well.
    """
    code = getattr(critic, "__code__", None)
    device = trees.leaves(points)[0].device
    if code is None or torch.compiler.is_compiling() or engines.inside_transform() or device.type == "meta":
        return
    calls = _code_calls[code] = _code_calls.get(code, 0) + 1
    if calls not in RECHECKS | {1, 10, 100} and code not in _coupled_code:
        return
    module = FunctionCritic(critic)
    with undisturbed(module, device):
        try:
            found = first_coupled_layer(module, _example(points, condition), copied=False)
        except UnprobedError:
            return
    _coupled_code.discard(code)
    if found is not None:
        _coupled_code.add(code)
        fix = "compute what it takes from the batch (statistics, a decision) from each sample alone"
        raise CoupledSamplesError(CoupledLayer(found, "a function", fix).explain())


_calls: weakref.WeakKeyDictionary[nn.Module, int] = weakref.WeakKeyDictionary()
_looped: weakref.WeakSet[nn.Module] = weakref.WeakSet()


def _must_loop(critic: Critic) -> bool:
    return isinstance(critic, nn.Module) and not torch.compiler.is_compiling() and critic in _looped


def _refuse_coupled(critic: Critic, points: Tree, condition: tuple[Any, ...]) -> None:
    """Refuse by type, at every call, since a layer may have been replaced; and what a probe has found to couple."""
    if not isinstance(critic, nn.Module):
        return
    by_type = coupled_now(critic)
    if by_type:
        raise CoupledSamplesError(by_type[0].explain())
    if samples_are_independent(critic) is False and not coupled_layers(critic):
        _probe(critic, points, condition)


def _independent(critic: Critic, points: Tree, condition: tuple[Any, ...]) -> bool:
    """Return whether probing found that the critic treats samples independently; probe it where that is due.

    Raises:
        CoupledSamplesError: it does not; no engine but the batched one may go on.
    """
    if not isinstance(critic, nn.Module):
        return False
    verdict = samples_are_independent(critic)
    device = trees.leaves(points)[0].device
    if torch.compiler.is_compiling() or engines.inside_transform() or device.type == "meta":
        return verdict is True  # nothing can be probed here
    calls = _calls[critic] = _calls.get(critic, 0) + 1
    if calls in RECHECKS or (verdict is None and calls == 1):
        if coupled_layers(critic):
            return False  # batch normalization in evaluation mode: independent now, but training would couple
        _probe(critic, points, condition)
        verdict = samples_are_independent(critic)
    return verdict is True


def _probe(critic: nn.Module, points: Tree, condition: tuple[Any, ...]) -> None:
    found = coupling_found(critic, _example(points, condition))
    if found is not None:
        raise CoupledSamplesError(found.explain())


def _example(points: Tree, condition: tuple[Any, ...]) -> Batch:
    fixed: Any = trees.map_leaves(Tensor.detach, (points, condition))
    return Batch(real=fixed[0], condition=fixed[1])


def _flat(gradients: Tree) -> Tensor:
    return torch.cat([leaf.flatten().double() for leaf in trees.leaves(gradients)])


def _differ(a: Tensor, b: Tensor) -> bool:
    return not torch.allclose(a, b, rtol=1e-3, atol=1e-6, equal_nan=True)


def _explain(critic: Critic, points: Tree, condition: tuple[Any, ...], error: Exception) -> Exception:
    """Turn an error from inside vmap into one that names the layer, where the reason is known."""
    if isinstance(critic, nn.Module):
        coupled = coupled_layers(critic)
        if coupled:
            return CoupledSamplesError(coupled[0].explain())
    try:
        with torch.no_grad(), undisturbed(critic, trees.leaves(points)[0].device):
            critic(points, *condition)
    except Exception:
        return CriticError(
            f"the critic cannot be evaluated on points of shape {trees.describe(points)}: "
            f"{type(error).__name__}: {error}"
        )
    return CriticError(
        f"the critic could not be evaluated sample by sample: {type(error).__name__}: {error}\n"
        f"If every sample's score depends on that sample alone, pass engine='batched' (an nn.Module that can be "
        f"copied is probed for that, and needs nothing); engine='loop' always works and is slow."
    )
