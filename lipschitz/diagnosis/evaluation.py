"""Can the critic be evaluated at all, and are the results finite scores, one a sample?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase as Normalizer  # pyright: ignore[reportPrivateUsage]
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from lipschitz import trees
from lipschitz.critic import CriticOutput, named_layers
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.subject import Subject
from lipschitz.diagnosis.tracing import calls, failing_layer

LONGEST = 200
"""Characters of an error of PyTorch's that are quoted."""


def lazy_layers(critic: nn.Module) -> Iterator[Finding]:
    """Report layers whose weights have no shape before the first forward pass."""
    for path, layer in named_layers(critic):
        own = [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]
        if any(isinstance(tensor, UninitializedParameter | UninitializedBuffer) for tensor in own):
            yield Finding(
                code="lazy_layers",
                layer=path,
                severity="error",
                message=f"{type(layer).__name__} has no weights before the first forward pass, so there is nothing "
                f"to constrain and nothing to hand to an optimizer.",
                fix="run one forward pass on an example before anything else",
            )


def cannot_evaluate(subject: Subject) -> Iterator[Finding]:
    """Report a forward pass that raises."""
    failed = failing_layer(subject.critic, subject.call)
    if failed is not None:
        path, error = failed
        yield Finding(
            code="cannot_evaluate",
            layer=path,
            severity="error",
            message=f"{subject.name(path)} raises on points of shape {trees.describe(subject.points)}"
            f"{_with(subject.condition)}: {first_line(error)}.",
            fix="pass an example (and conditions) of the shape, dtype and device that the critic is trained on, or "
            "mend the layer",
        )


def not_scores(subject: Subject) -> Iterator[Finding]:
    """Report an output that is not one real number per sample."""
    raw = subject.call()
    scores: Any = raw.scores if isinstance(raw, CriticOutput) else raw
    problem = _problem(scores, subject.size)
    if problem is not None:
        yield Finding(code="not_scores", layer="", severity="error", message=problem[0], fix=problem[1])


def _problem(scores: Any, size: int) -> tuple[str, str] | None:
    if not isinstance(scores, Tensor):
        return (
            f"the critic returns {type(scores).__name__}, so there is no score to take the gradient of.",
            "return a tensor of shape (B,) or (B, 1), or lipschitz.CriticOutput(scores, logits, features)",
        )
    shape = tuple(scores.shape)
    if not scores.is_floating_point():
        return (
            f"the scores are {scores.dtype}, which have no gradient.",
            "return real floating-point scores: before any comparison or rounding, and the real part of complex ones",
        )
    if shape in ((size,), (size, 1)):
        return None
    got = f"the output has shape {shape} for {size} samples"
    if len(shape) > 2 and shape[0] == size:
        return (
            f"{got}, a map of scores: the gradient of its sum is no slope of any score that training compares.",
            "average it over the patches, scores.flatten(1).mean(1), or penalise patch by patch, each as a sample",
        )
    if len(shape) == 2 and shape[0] == size:
        return (
            f"{got}, several numbers for each, so it is not defined whose slope the penalty limits.",
            "let the critic end in one output unit; class scores go into lipschitz.CriticOutput(scores, logits=...)",
        )
    return (
        f"{got}, so the slope of a single sample's score cannot be told apart.",
        "keep the batch axis: one score per sample, shape (B,) or (B, 1)",
    )


def not_finite(subject: Subject) -> Iterator[Finding]:
    """Report scores or gradients that are infinite or NaN: on the example, and at an input of zeros."""
    with torch.no_grad():
        finite = bool(subject.scores().isfinite().all())
    if not finite:
        yield Finding(
            code="not_finite",
            layer=_first_not_finite(subject),
            severity="error",
            message="the scores are not finite on the example, so every penalty is NaN or infinite.",
            fix="look for a division by zero, a logarithm or root of zero, or overflowing weights from this layer on",
        )
        return
    for points, where in ((subject.points, "the example"), (zeros(subject.points), "an input of zeros")):
        try:
            watched, slopes = subject.slopes(points)
        except Exception:  # another check's finding
            return
        leaves = trees.leaves(watched)
        if not all(bool(slope.isfinite().all()) for slope in slopes):
            on_example = points is subject.points
            yield Finding(
                code="not_finite",
                layer="",
                severity="error" if on_example else "warning",
                message=f"the gradient of the scores is not finite at {where} ({trees.describe(leaves)}), so a penalty "
                f"there turns all weights into NaN.",
                fix="replace square roots of sums by torch.linalg.vector_norm, whose gradient at 0 is 0, and guard "
                "divisions and logarithms",
            )
            return


def evaluation_mode(subject: Subject) -> Iterator[Finding]:
    """Report that training would switch something on which has not been looked at."""
    asleep = [
        path for path, layer in named_layers(subject.critic) if not layer.training and _depends_on_mode(layer)
    ]
    if asleep:
        yield Finding(
            code="evaluation_mode",
            layer=asleep[0],
            severity="info",
            message=f"{subject.name(asleep[0])} is in evaluation mode and does something else in training, which has "
            f"been looked at for coupled samples only.",
            fix="if the critic is trained in training mode, diagnose it in training mode",
        )


def _depends_on_mode(layer: nn.Module) -> bool:
    if isinstance(layer, Normalizer):
        return layer.track_running_stats
    probability = getattr(layer, "dropout", getattr(layer, "p", 0.0))
    random = isinstance(layer, nn.modules.dropout._DropoutNd | nn.MultiheadAttention | nn.RNNBase)  # pyright: ignore[reportPrivateUsage]
    return isinstance(layer, nn.RReLU) or (random and isinstance(probability, float) and probability > 0)


def zeros(points: Any) -> Any:
    """Return zeros in the shape of the points."""
    return trees.map_leaves(torch.zeros_like, points)


def first_line(error: Exception) -> str:
    """Return the type of an error and the first sentence of its message, without its full stop."""
    lines = str(error).strip().splitlines()
    if not lines:
        return type(error).__name__
    return f"{type(error).__name__}: {lines[0].split('. ')[0].rstrip('.')}"[:LONGEST]


def _with(condition: tuple[Any, ...]) -> str:
    return f" with conditions {trees.describe(condition)}" if condition else ""


def _first_not_finite(subject: Subject) -> str:
    for call in calls(subject.critic, subject.call):
        if not all(bool(output.isfinite().all()) for output in call.outputs):
            return call.path
    return ""
