"""`diagnose`: every check on a copy of the critic, in an order in which each may rely on those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.critic import Critic, unwrapped
from lipschitz.diagnosis import (
    compilation,
    coupling,
    double_backward,
    engines,
    evaluation,
    precision,
    randomness,
    saturation,
    slopes,
    spectral,
    training,
)
from lipschitz.diagnosis.borrowing import examined
from lipschitz.diagnosis.findings import Diagnosis, Finding, in_order
from lipschitz.diagnosis.subject import Subject
from lipschitz.trees import Tree

Check = Callable[[Subject], Iterable[Finding]]

FIRST: tuple[Check, ...] = (evaluation.cannot_evaluate, evaluation.not_scores)
"""Without these nothing else can be looked at."""

CORRECT: tuple[Check, ...] = (
    evaluation.not_finite,
    slopes.no_gradient,
    double_backward.no_parameters,
    double_backward.no_double_backward,
)
"""Whether a penalty is possible."""

DERIVATIVES: tuple[Check, ...] = (slopes.wrong_gradient, double_backward.wrong_double_backward)
"""Comparisons with difference quotients, each of which needs everything before it to be right."""

USEFUL: tuple[Check, ...] = (
    saturation.saturating_output,
    randomness.random_output,
    training.unused_parameters,
    training.changing_buffers,
    spectral.understated_spectral_norm,
    evaluation.evaluation_mode,
    engines.data_dependent_branch,
)
"""What spoils a penalty or training."""

ENGINES: tuple[Check, ...] = (
    engines.no_engine,
    engines.no_vmap_rule,
    double_backward.attention_kernel,
    precision.autocast_differs,
    compilation.no_compile,
)
"""How a correct penalty is computed."""


def diagnose(critic: Critic, example: Tree, *condition: Tensor) -> Diagnosis:
    """Find out in seconds whether a gradient penalty works with a critic, and what stands in its way.

    Looks at coupled samples (by layer type and by probing values and gradients), first and second derivatives
    (compared with difference quotients), the engine, saturation, randomness, autocast, compilation, parameters and
    buffers in data-parallel training, and what spectral normalization leaves of a convolution's true norm.

    Args:
        critic: maps ``(points, *condition)`` to scores; usually a module. Everything happens on a copy in the same
            mode, or, where it cannot be copied, on itself with its buffers put back: parameters, buffers, modes,
            gradients, hooks and all random number generators are afterwards as before.
        example: points as in training, shape (B, ...), at best of the batch size used, or a pytree of such; or a
            `Batch`, whose real samples and conditions are used.
        *condition: per-sample entries passed to the critic after the points.

    Returns:
        The verdict and findings, each with layer, consequence and fix.

    Raises:
        BatchError: the example is no floating-point batch, or a condition does not fit it.

    Example:
        >>> import torch, lipschitz
        >>> critic = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
        >>> found = lipschitz.diagnose(critic, torch.randn(16, 2))
        >>> found.ok
        False
        >>> [(finding.code, finding.layer, finding.severity) for finding in found.findings]
        [('batch_coupled', '1', 'error'), ('saturating_output', '4', 'warning')]
    """
    critic = unwrapped(critic)
    if torch.is_inference_mode_enabled():  # nothing could be differentiated there
        with torch.inference_mode(False), torch.no_grad():
            example, condition = trees.map_leaves(torch.clone, (example, condition))
            return diagnose(critic, example, *condition)
    if isinstance(critic, nn.Module):
        lazy = tuple(evaluation.lazy_layers(critic))
        if lazy:
            return Diagnosis(
                ok=False, engine=None, findings=in_order([*lazy, *coupling.batch_coupled(critic)])
            )
    with examined(critic, example, condition) as subject:
        findings = _findings(subject)
        ok = not _errors(findings)
        return Diagnosis(
            ok=ok, engine=engines.engine_of(subject) if ok else None, findings=in_order(findings)
        )


def _findings(subject: Subject) -> list[Finding]:
    found = [_not_copied()] if subject.visible and not subject.copied else []
    found += coupling.batch_coupled(subject.critic)
    for check in FIRST:
        problems = _carried_out(subject, check)
        found += problems
        if problems:
            return found
    found += _carried_out(subject, coupling.batch_coupled_by_probing)
    for check in CORRECT:
        problems = _carried_out(subject, check)
        found += problems
        if _errors(problems):  # those after it would report the same again
            break
    for check in DERIVATIVES:
        if not _errors(found):
            found += _carried_out(subject, check)
    for check in USEFUL:
        found += _carried_out(subject, check)
    for check in ENGINES:
        if not _errors(found):
            found += _carried_out(subject, check)
    return found


def _errors(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _carried_out(subject: Subject, check: Check) -> list[Finding]:
    """Return what a check finds; a check that fails itself must not hide the others."""
    try:
        return list(check(subject))
    except Exception as error:
        what = getattr(check, "__name__", "check")
        return [
            Finding(
                code="cannot_check",
                layer="",
                severity="warning",
                message=f"the check {what} fails on this critic ({evaluation.first_line(error)}), so nothing is "
                f"known about that.",
                fix="nothing, if the rest satisfies you; the critic does something the check did not expect",
            )
        ]


def _not_copied() -> Finding:
    return Finding(
        code="cannot_copy",
        layer="",
        severity="warning",
        message="the critic cannot be copied, so it was looked at with the weights it has, and coupled samples may "
        "have been missed.",
        fix="make it one that copy.deepcopy can copy: no locks, open files or tensors with a history as attributes",
    )
