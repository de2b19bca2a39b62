"""Follows a critic's forward pass, on a copy, and returns how its scores came from its input."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DataParallel, DistributedDataParallel
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize
from torch.utils import _pytree as pytree

from lipschitz import trees
from lipschitz.bounds.layers import followed_by_rule, stated_rule
from lipschitz.bounds.nodes import Linear, Node, Source, scaled
from lipschitz.bounds.randomness import followed_randomness
from lipschitz.bounds.recorder import Recorder
from lipschitz.bounds.traced import Traced
from lipschitz.critic import Critic, named_layers
from lipschitz.errors import BoundError, CriticError, LipschitzError
from lipschitz.scrap import scrap_copy
from lipschitz.trees import Tree
from lipschitz.undisturbed import undisturbed

_cache: Any = parametrize  # its cache has no public handle

WRAPPERS: Any = (DataParallel, DistributedDataParallel)


def traced_output(critic: Critic, points: Tree, condition: tuple[Any, ...]) -> Any:
    """Call a critic with traced points and return what it returns.

    Args:
        critic: a module is copied and its copy called, in the mode it is in; anything else is called itself.
        points: floating-point tensors.
        condition: held fixed.

    Raises:
        BoundError: the critic cannot be copied or called, or does something with its input that cannot be followed.
        CriticError: it has lazy layers without weights yet.
    """
    if isinstance(critic, nn.Module):
        _require_weights(critic)
    recorder = Recorder()
    leaves = trees.leaves(points)
    cached = _cached_weights()
    device = leaves[0].device
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        stack.enter_context(torch.autocast(device.type, enabled=False))
        stack.enter_context(undisturbed(critic, device))
        stack.enter_context(torch.compiler.set_stance("force_eager"))
        called = _watched_copy(critic, recorder) if isinstance(critic, nn.Module) else critic
        if cached is not None:
            _use_cached(cached, critic, called)
        values = [leaf.detach().clone() for leaf in leaves]
        if device.type == "mps" and isinstance(called, nn.Module):  # has no float64
            called, values = called.cpu(), [value.cpu() for value in values]
            condition = trees.map_leaves(Tensor.cpu, condition)
        traced = _traced_leaves(values, recorder)
        inputs = pytree.tree_unflatten(traced, pytree.tree_structure(points))
        try:
            with followed_randomness(recorder):
                return called(inputs, *condition)
        except LipschitzError:
            raise
        except Exception as error:
            raise BoundError(
                f"{recorder.where()} cannot be followed on an input of shape {trees.describe(points)}: "
                f"{type(error).__name__}: {error}"
            ) from error


def unwrapped(critic: Critic) -> Critic:
    """Return the critic inside data-parallel and compiled wrappers."""
    found: Any = critic
    while isinstance(found, WRAPPERS) or hasattr(found, "_orig_mod"):
        found = found.module if isinstance(found, WRAPPERS) else found._orig_mod
    return found


def _require_weights(critic: nn.Module) -> None:
    for path, layer in named_layers(critic):
        for tensor in (*layer.parameters(recurse=False), *layer.buffers(recurse=False)):
            if is_lazy(tensor):
                raise CriticError(
                    f"{f'layer {path!r}' if path else 'the layer'} ({type(layer).__name__}) is lazy and has no weights "
                    f"yet; run one forward pass first."
                )


def _cached_weights() -> dict[Any, Any] | None:
    """Return what `parametrize.cached()` holds, without history, or `None` outside of it."""
    if not _cache._cache_enabled:
        return None
    kept: dict[Any, Any] = _cache._cache
    return {key: None if weight is None else weight.detach() for key, weight in kept.items()}


def _use_cached(cached: dict[Any, Any], critic: Critic, called: Critic) -> None:
    """Let the copy use the weights the critic is used with: inside `undisturbed`, which puts the cache back."""
    if isinstance(critic, nn.Module) and isinstance(called, nn.Module):
        own = {id(a): id(b) for a, b in zip(critic.modules(), called.modules(), strict=True)}
        cached.update({(own[key[0]], *key[1:]): each for key, each in list(cached.items()) if key[0] in own})
    _cache._cache_enabled, _cache._cache = 1, cached


def _traced_leaves(leaves: list[Tensor], recorder: Recorder) -> list[Traced]:
    """Trace the leaves of the input as parts of one vector, so that their norms add up as those of a tree do."""
    sizes = [leaf.numel() for leaf in leaves]
    source = Source((sum(sizes),))
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return [
        Traced.around(leaf, _part(source, start, tuple(leaf.shape)), recorder)
        for leaf, start in zip(leaves, starts, strict=True)
    ]


def _part(source: Source, start: int, shape: tuple[int, ...]) -> Node:
    def part(value: Tensor) -> Tensor:
        return value[start : start + math.prod(shape)].reshape(shape)

    return Linear(shape, (source,), part, part, scaled(1.0), merges=0)


def _watched_copy(critic: nn.Module, recorder: Recorder) -> nn.Module:
    """Return a copy that tells the recorder which layer is being called, and uses the rules stated for layers."""
    try:
        watched = scrap_copy(critic)
    except Exception as error:
        raise BoundError(
            f"the critic cannot be copied ({type(error).__name__}: {error}), and is not to be changed by bounding it; "
            f"pass a critic that copy.deepcopy can copy."
        ) from error
    for path, layer in named_layers(watched):
        rule = stated_rule(layer)
        if isinstance(layer, torch.jit.ScriptModule):
            raise BoundError(
                f"{f'layer {path!r}' if path else 'the critic'} is compiled with TorchScript (torch.jit.script or "
                f"trace), where bounds cannot follow it; pass the nn.Module it was made from."
            )
        if rule is not None:
            layer.forward = followed_by_rule(layer, rule, recorder, path)

        def enter(module: nn.Module, inputs: Any, path: str = path) -> None:
            recorder.path.append((path, type(module).__name__))

        def leave(module: nn.Module, inputs: Any, output: Any) -> None:
            recorder.path.pop()

        layer.register_forward_pre_hook(enter, prepend=True)
        layer.register_forward_hook(leave)
    return watched
