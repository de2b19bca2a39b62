"""Do the scores have a gradient with respect to the input, and is it their slope?

Slopes are compared with central differences in float64: a stop-gradient inside a layer, or a custom backward, can
make autograd's gradient something else, and the penalty would limit that.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.diagnosis.evaluation import first_line
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.quotients import (
    central_difference,
    first_wrong,
    mostly_wrong,
    moved,
    telling_directions,
)
from lipschitz.diagnosis.subject import Subject, differentiable_kernels, watch
from lipschitz.diagnosis.tracing import Call, calls, innermost
from lipschitz.probing import as_found
from lipschitz.seeding import reseed


def no_gradient(subject: Subject) -> Iterator[Finding]:
    """Report detached and piecewise constant critics, and inputs that the scores ignore."""
    try:
        random = subject.alive()
        reached = _reached(random)
    except Exception as error:
        yield _undifferentiable(subject, error)
        return
    if any(reached):
        dead = [i for i, one in enumerate(reached) if not one]
        if dead:
            yield Finding(
                code="ignored_input",
                layer="",
                severity="warning",
                message=f"the scores do not depend on part {', '.join(map(str, dead))} of the input "
                f"({trees.describe(subject.points)}), so the critic is constrained in the other parts only.",
                fix="leave that part out of the points (pass it as a condition), or let the gradient through",
            )
        if subject.copied and not any(_reached(subject)):
            yield Finding(
                code="zero_gradient",
                layer="",
                severity="info",
                message="at the weights it has now, the critic is constant, so a penalty does nothing before they have "
                "moved.",
                fix="nothing, if the last layer starts at zero on purpose; a two-sided penalty cannot get it started",
            )
        return
    path, reason = _first_dead(random)
    yield Finding(
        code="no_gradient",
        layer=path,
        severity="error",
        message=f"{subject.name(path)} {reason}, so the scores have no gradient with respect to the input and a "
        f"penalty does nothing.",
        fix="remove detach(), .data, no_grad, conversions to numbers and rounding between input and scores; replace "
        "steps by something differentiable",
    )


def _reached(subject: Subject) -> list[bool]:
    """Return for each leaf of the points whether a gradient reaches it."""
    with torch.enable_grad():
        if not subject.scores(trees.map_leaves(watch, subject.points)).requires_grad:
            return [False]
    return [bool((slope != 0).any()) for slope in subject.slopes()[1]]


def _undifferentiable(subject: Subject, error: Exception) -> Finding:
    path = next((call.path for call in innermost(calls(subject.critic, subject.call)) if _raises(call)), "")
    return Finding(
        code="no_gradient",
        layer=path,
        severity="error",
        message=f"{subject.name(path)} cannot be differentiated at all, so there is no gradient to penalise: "
        f"{first_line(error)}.",
        fix="replace the operation by one that has a derivative, or by its plain formula",
    )


def _raises(call: Call) -> bool:
    again, watched = call.alone()
    try:
        outputs = [output for output in again() if output.requires_grad]
    except Exception:  # takes no such arguments alone
        return False
    try:
        _slopes(outputs, watched)
    except Exception:
        return bool(outputs) and bool(watched)
    return False


def _first_dead(random: Subject) -> tuple[str, str]:
    for call in innermost(calls(random.critic, random.call)):
        again, watched = call.alone()
        try:
            with as_found(random.critic), differentiable_kernels():
                outputs = again()
            alive = [output for output in outputs if output.requires_grad]
            slopes = _slopes(alive, watched) if alive else []
        except Exception:  # takes no such arguments alone
            continue
        if not outputs or not watched:
            continue
        if not slopes:
            return call.path, "detaches its output from its input"
        if not any(bool((slope != 0).any()) for slope in slopes):
            return call.path, "is constant almost everywhere, or detaches its output from its input"
    return "", "detaches the scores from the input"


def _slopes(outputs: list[Tensor], inputs: list[Tensor]) -> list[Tensor]:
    total = torch.stack([(output * torch.randn_like(output)).sum() for output in outputs]).sum()
    if not total.requires_grad:
        return []
    return list(torch.autograd.grad(total, inputs, materialize_grads=True))


def wrong_gradient(subject: Subject) -> Iterator[Finding]:
    """Report gradients that are not the slopes of the scores."""
    exact = subject.for_quotients()
    if exact is None or not all(_is_wrong(exact, seed) for seed in (3, 4)):
        return
    path = first_wrong(exact, order=1)
    yield Finding(
        code="wrong_gradient",
        layer=path,
        severity="error",
        message=f"{subject.name(path)} has a gradient that is not its slope (difference quotients say so), so the "
        f"penalty limits something else.",
        fix="let gradients through everything that depends on the sample: no detach() of statistics, no "
        "straight-through estimator, and a backward that is the derivative of the forward",
    )


def _is_wrong(exact: Subject, seed: int) -> bool:
    reseed(seed)
    # A little away from the example's points, which may lie on kinks: zeros, clipped values.
    watched, slopes = exact.slopes(trees.map_leaves(_jittered, exact.points))
    points = trees.leaves(watched)
    directions = telling_directions(slopes)
    products = [(s * d).reshape(exact.size, -1).sum(1) for s, d in zip(slopes, directions, strict=True)]
    claimed = torch.stack(products).sum(0).detach()

    def scores() -> Tensor:
        with torch.no_grad():
            return exact.scores(watched)

    measured = central_difference(moved(points, directions, scores))
    return mostly_wrong(claimed, measured, scores())


def _jittered(leaf: Tensor) -> Tensor:
    return leaf + 0.01 * torch.randn_like(leaf)
