"""Does something after the last weights bound the scores, such as a sigmoid?

A critic estimates a Wasserstein distance by scores without bounds; a squashed output vanishes in its flat parts,
and the slope there with it. By values: the output of the last layer with weights is scaled, and the scores must
follow. So normalization inside the critic, which bounds nothing for good, is not blamed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.critic import named_layers
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.subject import Subject
from lipschitz.diagnosis.tracing import Call, calls, innermost
from lipschitz.probing import differ

SMALL, LARGE = 1e5, 1e7
"""Factors at which the scores are compared: from one to the other they must grow."""

GROWTH = 1.5
"""Growth from `SMALL` to `LARGE` below which scores count as bounded; a logarithm has 2, a linear function 100."""


def saturating_output(subject: Subject) -> Iterator[Finding]:
    """Report scores that stay within bounds whatever the last weights are."""
    random = subject.alive()
    recorded = list(innermost(calls(random.critic, random.call)))
    paths = [path for path, layer in named_layers(random.critic) if _has_weights(layer)]
    last = next((i for i in reversed(range(len(recorded))) if _matters(random, recorded[i], paths)), None)
    if last is None:
        return
    path = recorded[last].path
    large = torch.stack([_scores(random, path, sign * LARGE) for sign in (1, -1)])
    small = torch.stack([_scores(random, path, sign * SMALL) for sign in (1, -1)])
    grows = (large.abs() > GROWTH * small.abs()) & ((large - small).abs() > 1e-6)
    share = float(grows.double().mean())
    if share > 0.9 or not large.isfinite().all():
        return
    blamed = _first_bounded(random, recorded[last:], path)
    low, high = float(large.min()), float(large.max())
    if share < 0.1:
        range_ = f"keeps all scores within [{low:.3g}, {high:.3g}]"
    elif share < 0.75:
        range_ = f"bounds the scores {'below' if high > -low else 'above'}"
    else:
        return
    what = subject.name(blamed) if blamed else "the end of the forward pass"
    yield Finding(
        code="saturating_output",
        layer=blamed,
        severity="warning",
        message=f"{what} {range_}, so slopes vanish in its flat parts and the scores cannot "
        f"estimate a Wasserstein distance.",
        fix="remove it; objectives that want probabilities take unbounded scores too "
        "(binary_cross_entropy_with_logits)",
    )


def _has_weights(layer: nn.Module) -> bool:
    return any(parameter.is_floating_point() for parameter in layer.parameters(recurse=False)) or hasattr(
        layer, "parametrizations"
    )


def _matters(subject: Subject, call: Call, paths: list[str]) -> bool:
    """Return whether a layer has weights, and the scores depend on its output."""
    inner = call.path not in paths or not call.path or "parametrizations" in call.path
    if inner:
        return False
    # In both directions: the scores may all lie where something flat follows.
    now = _scores(subject, call.path, 1.0)
    return any(differ(_scores(subject, call.path, factor), now) for factor in (3.0, -3.0))


def _scores(subject: Subject, path: str, factor: float) -> Tensor:
    with _scaled(subject, path, factor), torch.no_grad():
        return subject.scores()


@contextmanager
def _scaled(subject: Subject, path: str, factor: float) -> Generator[None]:
    """Multiply the output of a layer inside."""

    def times(leaf: Any) -> Any:
        return leaf * factor if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf

    def scale(layer: nn.Module, given: Any, output: Any) -> Any:
        return trees.map_leaves(times, output)

    handle: Any = subject.critic.get_submodule(path).register_forward_hook(scale)
    try:
        yield
    finally:
        handle.remove()


def _first_bounded(subject: Subject, later: list[Call], path: str) -> str:
    """Return the first layer after `path` whose output does not follow; empty if that happens in between layers."""
    outputs: list[dict[str, Call]] = []
    for factor in (SMALL, LARGE):
        with _scaled(subject, path, factor):
            outputs.append({call.path: call for call in innermost(calls(subject.critic, subject.call))})
    for call in later[1:]:
        small, large = (found.get(call.path) for found in outputs)
        if small is None or large is None or not small.outputs or not large.outputs:
            continue
        before, after = small.outputs[0].abs(), large.outputs[0].abs()
        if float((after > GROWTH * before).double().mean()) <= 0.75:
            return call.path
    return ""
