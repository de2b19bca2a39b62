"""Which engine will compute per-sample gradients, and what keeps vmap from doing so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from lipschitz.diagnosis.evaluation import first_line
from lipschitz.diagnosis.findings import EngineName, Finding
from lipschitz.diagnosis.subject import Subject
from lipschitz.diagnosis.tracing import failing_layer
from lipschitz.errors import CoupledSamplesError, LipschitzError
from lipschitz.function_critic import FunctionCritic
from lipschitz.gradients import choose_engine, gradient_norms
from lipschitz.probing import as_found

BRANCHES = ("data-dependent control flow", ".item()")
"""What vmap says about a forward pass that turns values of tensors into Python's."""


def engine_of(subject: Subject) -> EngineName | None:
    """Return the engine that ``engine="auto"`` will use, or None where no engine is right."""
    try:
        return _chosen(subject)
    except (LipschitzError, RuntimeError, NotImplementedError):
        return None


def no_engine(subject: Subject) -> Iterator[Finding]:
    """Report that every engine refuses the critic, for a reason that no other check has found."""
    try:
        _chosen(subject)
    except (LipschitzError, RuntimeError, NotImplementedError) as error:
        coupled = isinstance(error, CoupledSamplesError)
        yield Finding(
            code="batch_coupled" if coupled else "cannot_evaluate",
            layer="",
            severity="error",
            message=f"gradient_norms refuses the critic: {first_line(error)}.",
            fix="let every sample's score depend on that sample alone, repeatably; if it does and "
            "that cannot be checked, pass engine='batched'",
        )


def norms_by(subject: Subject, engine: EngineName) -> Tensor:
    """Return the gradient norms of the points, shape (B,), after having differentiated them in turn."""
    parameters = list(subject.trainable().values())
    with as_found(subject.critic):
        norms = gradient_norms(_original(subject), subject.points, *subject.condition, engine=engine)
        if norms.requires_grad and parameters:
            torch.autograd.grad(norms.sum(), parameters, allow_unused=True)
    return norms.detach()


def data_dependent_branch(subject: Subject) -> Iterator[Finding]:
    """Report the layer that decides by values."""
    failed = _vmap_failure(subject)
    if failed is not None and _is_branch(failed[1]):
        yield Finding(
            code="data_dependent_branch",
            layer=failed[0],
            severity="warning",
            message=f"{subject.name(failed[0])} turns values of tensors into Python's, so all samples of a batch take "
            f"the same branch, and vmap and torch.compile cannot follow it.",
            fix="decide sample by sample with torch.where, and keep values in tensors instead of calling .item()",
        )


def no_vmap_rule(subject: Subject) -> Iterator[Finding]:
    """Report the layer that vmap cannot evaluate."""
    failed = _vmap_failure(subject)
    if failed is None or _is_branch(failed[1]):
        return
    path, error = failed
    checked = engine_of(subject) == "batched"
    consequence = (
        "rest on the probe, which found the samples independent"
        if checked
        else "are computed one sample at a time, which is slow"
    )
    yield Finding(
        code="no_vmap_rule",
        layer=path,
        severity="info" if checked else "warning",
        message=f"{subject.name(path)} cannot be evaluated by vmap ({first_line(error)}), so per-sample gradients "
        f"{consequence}.",
        fix="nothing: engine='auto' takes the gradient of the summed scores, which is the same for such critics"
        if checked
        else "write the layer with operations that vmap knows, or pass engine='batched' if you know that samples are "
        "independent",
    )


def _chosen(subject: Subject) -> EngineName:
    with as_found(subject.critic):
        return choose_engine(_original(subject), subject.batch.real, *subject.batch.condition)


def _vmap_failure(subject: Subject) -> tuple[str, Exception] | None:
    failed = failing_layer(subject.critic, lambda: norms_by(subject, "vmap"))
    if failed is None or isinstance(failed[1], CoupledSamplesError):
        return None
    cause = failed[1].__cause__
    return failed[0], cause if isinstance(cause, Exception) else failed[1]


def _is_branch(error: Exception) -> bool:
    return any(phrase in str(error) for phrase in BRANCHES)


def _original(subject: Subject) -> Any:
    return subject.critic.called[0] if isinstance(subject.critic, FunctionCritic) else subject.critic
