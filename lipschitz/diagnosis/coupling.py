"""Which layers let samples of a batch influence each other: all of them, by type and by probing.

Whether samples are coupled is decided by `lipschitz.probe`, which compares values and gradients at the real batch
size with redrawn parameters. Here the layers are found. Source of why it matters: Gulrajani et al. 2017,
arXiv 1704.00028, section 4, "No critic batch normalization".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.checks import coupled_layers, coupling_found, samples_are_independent
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.subject import Subject, doubled
from lipschitz.diagnosis.tracing import Call, calls, differing_layers, innermost, tensors_of
from lipschitz.probe import UnprobedError, first_coupled_layer
from lipschitz.probing import as_found, differ, kept_samples, others_replaced
from lipschitz.scrap import redraw, scrap_copy
from lipschitz.seeding import reseed

CONSEQUENCE = (
    "couples the samples of a batch, so the gradient penalty limits no slope of a function of one sample."
)


def batch_coupled(critic: nn.Module) -> Iterator[Finding]:
    """Report the layers known by their type, in evaluation mode too."""
    for layer in coupled_layers(critic):
        yield Finding(
            code="batch_coupled",
            layer=layer.path,
            severity="error",
            message=f"{layer.layer} {CONSEQUENCE}",
            fix=f"replace it: {layer.fix}",
        )


def batch_coupled_by_probing(subject: Subject) -> Iterator[Finding]:
    """Report the layers found by changing some samples and looking at the others."""
    known = {layer.path for layer in coupled_layers(subject.critic)}
    first: str | None = None
    if not known:
        # Not first_coupled_layer itself: this remembers the verdict, and engine="auto" need not probe again.
        layer = coupling_found(subject.critic, subject.batch)
        if layer is None:
            independent = samples_are_independent(subject.critic)
            yield from _depends_on_the_batch(subject) if independent else _unprobed(subject)
            return
        first = layer.path
    found = _all_of_them(subject)
    if first is not None and first not in found and not (first == "" and found):
        found.insert(0, first)
    for path in found:
        if path not in known:
            yield Finding(
                code="batch_coupled",
                layer=path,
                severity="error",
                message=f"{subject.name(path)} {CONSEQUENCE}",
                fix="compute its statistics over one sample (as LayerNorm or GroupNorm do) instead of over the batch",
            )


def _unprobed(subject: Subject) -> Iterator[Finding]:
    try:
        first_coupled_layer(subject.critic, subject.batch)
    except UnprobedError as reason:
        yield Finding(
            code="coupling_unchecked",
            layer="",
            severity="warning",
            message=f"whether samples influence each other could not be found out: {reason}.",
            fix="make the scores repeatable and finite, and the critic one that copy.deepcopy can copy",
        )


def _all_of_them(subject: Subject) -> list[str]:
    """Return the paths of all layers that couple samples, on a copy in training mode with redrawn parameters."""
    critic, points, condition = _in_training(subject)
    patterns = kept_samples(subject.batch.size)
    found: dict[str, None] = {}

    def run(at: Any, entries: tuple[Any, ...]) -> Callable[[], None]:
        def call() -> None:
            with as_found(critic):
                critic(at, *entries)

        return call

    for kept in patterns:
        others, changed = others_replaced(points, condition, kept)
        for path in differing_layers(critic, run(points, condition), run(others, changed), kept):
            found[path] = None
    if not found:  # values may be independent where gradients are not
        recorded = list(innermost(calls(critic, run(points, condition))))
        for call in recorded:
            inside = any(path.startswith(f"{call.path}." if call.path else "") for path in found)
            if not inside and any(_couples_gradients(call, kept) for kept in patterns):
                found[call.path] = None
    return list(found)


def _in_training(subject: Subject) -> tuple[nn.Module, Any, tuple[Any, ...]]:
    """Return a critic to locate layers in and points and conditions for it, in float64 where that works."""
    points, condition = trees.map_leaves(torch.randn_like, subject.batch.real), subject.batch.condition
    if not subject.copied:
        return subject.critic, points, condition
    critic = scrap_copy(subject.critic).train()
    redraw(critic)
    exact, doubles = scrap_copy(critic).double(), trees.map_leaves(doubled, (points, condition))
    try:  # rounding of scores near zero would look like coupling
        with torch.no_grad():
            exact(doubles[0], *doubles[1])
    except Exception:  # dtypes written into the critic, kernels without float64, ...
        return critic, points, condition
    return exact, *doubles


def _couples_gradients(call: Call, kept: Tensor) -> bool:
    """Return whether gradients of a layer's kept rows reach, or depend on, rows that are not kept."""

    def kept_slopes(noise: float) -> list[Tensor]:
        again, watched = call.alone()
        rows = [leaf for leaf in watched if leaf.shape[:1] == kept.shape]
        mask = kept.to(rows[0].device) if rows else kept
        with torch.no_grad():
            for leaf in rows:
                leaf[~mask] += noise * torch.randn_like(leaf[~mask])
        reseed(2)
        outputs = [leaf for leaf in again() if leaf.requires_grad and leaf.shape[:1] == kept.shape]
        if not rows or not outputs:
            return []
        total = torch.stack([(leaf[mask] * torch.randn_like(leaf[mask])).sum() for leaf in outputs]).sum()
        return list(torch.autograd.grad(total, rows, materialize_grads=True))

    try:
        before, after = kept_slopes(0.0), kept_slopes(3.0)
    except Exception:  # cannot be differentiated, or takes no such arguments: another check's finding
        return False
    for a, b in zip(before, after, strict=True):
        mask = kept.to(a.device)
        if differ(a[mask], b[mask]) or differ(torch.zeros_like(a[~mask]), a[~mask], scale=a.abs().max()):
            return True
    return False


def _depends_on_the_batch(subject: Subject) -> Iterator[Finding]:
    """Report scores or slopes that a sample has in a batch and not alone."""
    # In float64: in float32, batches of other sizes round differently, and rectifiers near zero switch.
    for exact in (subject.in_float64(), subject.redrawn().in_float64()):
        if exact is None:
            continue
        try:
            index = _first_other_alone(exact)
        except Exception:  # some critics refuse a single sample
            return
        if index is None:
            continue
        path = _layer_with_other_rows(exact, index)
        where = subject.name(path) if path else "a part of the forward pass"
        yield Finding(
            code="batch_coupled",
            layer=path,
            severity="error",
            message=f"{where} depends on the batch as a whole: a sample alone has another score or "
            f"slope than in a batch, so the penalty limits no slope of a function of one sample.",
            fix="take out what depends on the number of samples (a division by it) or decides for all of them at once",
        )
        return


def _first_other_alone(subject: Subject) -> int | None:
    together = [subject.scores().detach(), *subject.slopes()[1]]
    for i in range(subject.size):
        points, condition = trees.map_leaves(_picker(i), (subject.points, subject.condition))
        single = replace(subject, points=points, condition=condition)
        alone = [single.scores().detach(), *single.slopes()[1]]
        if any(differ(_picker(i)(a), b, scale=a.abs().max()) for a, b in zip(together, alone, strict=True)):
            return i
    return None


def _layer_with_other_rows(subject: Subject, index: int) -> str:
    """Return the innermost first layer that returns something else for this sample alone."""

    def pick(leaf: Any) -> Any:
        return (
            _picker(index)(leaf) if isinstance(leaf, Tensor) and leaf.shape[:1] == (subject.size,) else leaf
        )

    for call in innermost(calls(subject.critic, subject.call)):
        given, named = trees.map_leaves(pick, (call.given, call.named))
        try:
            with as_found(subject.critic), torch.no_grad():
                alone = tensors_of(call.layer(*given, **named))
        except Exception:  # takes no single sample
            continue
        pairs = zip(map(_picker(index), call.outputs), alone, strict=False)
        if any(a.shape == b.shape and differ(a, b) for a, b in pairs):
            return call.path
    return ""


def _picker(index: int) -> Callable[[Tensor], Tensor]:
    return lambda leaf: leaf[index : index + 1]
