"""One penalty on one form of samples: every measurement in turn, and what each says about known mistakes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from lipschitz.sampling import Points
from lipschitz.testing.identify.backward import backward
from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.growth import Growth, growth
from lipschitz.testing.identify.looks import examine_points
from lipschitz.testing.identify.places import groups_looked_at
from lipschitz.testing.identify.reductions import Reduction, per_sample, reduction
from lipschitz.testing.identify.scales import Scales, scales
from lipschitz.testing.identify.verdict import Kind

LARGEST_BIAS = 1e-3
"""Norm for which a zero gradient may be taken."""

LEAK = 1e-9
"""Gradient of a fake sample, relative to the penalty's scale, that is no rounding."""


@dataclass
class Examination:
    """What was found on one form of samples.

    Attributes:
        kind: of the penalty.
        faults: what was seen, by fault code.
        notes: what is worth knowing.
        coefficient: lambda.
        target: the norm aimed at.
    """

    kind: Kind = "unknown"
    faults: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])
    coefficient: float | None = None
    target: float | None = None


def examine(penalty: Penalty, points: Points, meant: Kind | None) -> Examination:
    """Measure a penalty on one form of samples.

    Args:
        penalty: with the form of samples.
        points: where it is meant to look.
        meant: the kind it is meant to be, if that is known.
    """
    found = Examination()
    here = growth(penalty)
    if here is None:
        values = ", ".join(f"{penalty.of_linear_critic(m):.4g}" for m in (0.0, 0.1, 1.0, 10.0, 100.0))
        found.faults["unrecognized"] = (
            f"On linear critics whose gradient has 0, 0.1, 1, 10, 100 in every coordinate the penalty is {values}; "
            f"no penalty known here grows like that (a fourth power means that the root is missing)."
        )
        return found
    groups = groups_looked_at(penalty, here)
    if not groups:
        found.faults["unrecognized"] = "The penalty does not depend on the critic's gradient at any sample."
        return found
    found.kind = _kind(here)
    how = reduction(penalty, here, groups)
    if how is None:
        found.kind = "unknown"
        found.faults["unrecognized"] = "No norm over any axes explains its values for uneven gradients."
    else:
        unit = scales(penalty, here, how)
        _judge_growth(found, here, unit, points, meant)
        _judge_reduction(found, penalty, here, how, unit)
    _judge_backward(found, penalty, here)
    examine_points(found.faults, found.notes, penalty, groups, points)
    return found


def _kind(here: Growth) -> Kind:
    if here.root == 0:
        return "zero_centered"
    kinds: dict[str, Kind] = {"both": "two_sided", "above": "one_sided"}
    return kinds.get(here.sides, "unknown")


def _judge_growth(found: Examination, here: Growth, unit: Scales, points: Points, meant: Kind | None) -> None:
    found.coefficient = unit.coefficient
    found.target = unit.target if here.root else 0.0
    if here.root == 0:
        law = "norm ** 2" if here.power == 2 else "norm"
        unwanted = points == "between" if meant is None else meant != "zero_centered"
        if here.power == 1 or unwanted:
            found.faults["norm_not_excess"] = (
                f"The penalty is a multiple of the {law} itself and cheapest at 0."
            )
    elif here.power == 1:
        law = {"both": "|norm - target|", "above": "max(0, norm - target)", "signed": "norm - target"}
        found.faults["not_squared"] = f"The penalty is a multiple of {law[here.sides]}, without a square."
    if meant is not None and found.kind != meant and "norm_not_excess" not in found.faults:
        found.faults["not_the_kind_meant"] = f"Meant to be {meant}, it is {found.kind}."
    zero = here.zero * (unit.target / here.root if here.root else unit.target)
    if zero > LARGEST_BIAS:
        found.faults["biased_epsilon"] = f"A zero gradient is measured as one of norm {zero:.2g}."
    if here.root and abs(unit.target - 1) > 0.01:
        found.notes.append(f"The norm aimed at is {unit.target:.4g}, not 1.")
    if unit.summed:
        found.notes.append(
            "Penalties are summed over the batch, so the coefficient grows with the batch size."
        )


def _judge_reduction(
    found: Examination, penalty: Penalty, here: Growth, how: Reduction, unit: Scales
) -> None:
    axes, full = how.axes, penalty.form.full
    seen = _on_unit_slope(penalty, here)
    if len(axes) == len(full) and len(full) > 1:
        found.faults["whole_batch_norm"] = f"The norm runs over the whole batch of {full[0]} samples{seen}."
    elif axes != per_sample(len(full)):
        over = f"axes {axes}" if axes else "no axis at all"
        found.faults["wrong_axis"] = (
            f"Gradients of shape {penalty.form} are reduced over {over} instead of "
            f"{per_sample(len(full))}{seen}."
        )
    if how.average in ("excesses", "norms"):
        what = "excess" if how.average == "excesses" else "norm"
        found.faults["square_of_mean"] = f"The {what} is averaged over the batch before it is squared."
    if unit.divided_by_batch:
        found.faults["mean_not_sum"] = (
            f"Gradients are divided by the batch size{seen}: those of a mean of scores, not of their sum."
        )
    if unit.divided_by_root_of_size:
        found.faults["mean_not_sum"] = (
            f"Inside the norm stands a mean over {how.entries(full)} numbers, not a sum{seen}."
        )
    if unit.unsteady:
        found.faults["unrecognized"] = f"The norm aimed at is no constant: {unit.unsteady}."
    if how.order != 2:
        name = "inf" if how.order == math.inf else "1"
        found.notes.append(f"Gradients are measured in the l{name} norm, not the Euclidean one.")


def _on_unit_slope(penalty: Penalty, here: Growth) -> str:
    """Return what a critic of slope 1 everywhere pays, for a message, or nothing where that says nothing."""
    if not here.root:
        return ""
    paid = penalty.of_linear_critic(1 / math.sqrt(penalty.form.features))
    times = paid / (here.steepness * here.root) ** here.power
    return (
        f" (a linear critic of slope 1 pays {times:.3g} times the coefficient; 0 is right)"
        if times > 1e-3
        else ""
    )


def _judge_backward(found: Examination, penalty: Penalty, here: Growth) -> None:
    flow = backward(penalty, here)
    if flow.failure:
        found.faults["detached"] = f"Its backward pass fails: {flow.failure}"
    elif abs(flow.share) < 1e-6:
        found.faults["detached"] = "No gradient of the penalty reaches the critic's weights."
    elif not abs(flow.share - 1) < 0.02:
        found.faults["detached"] = (
            f"The gradient that reaches the critic's weights is {flow.share:.3g} times what the penalty's values "
            f"ask for: a part of it is detached."
        )
    if not flow.finite_at_zero:
        found.faults["nan_at_zero"] = "For a critic with zero gradient the penalty or its gradient is NaN."
    if flow.leak > LEAK * abs(penalty.of_linear_critic(here.root * 3 or 3.0)):
        found.faults["leaks_to_generator"] = (
            "A gradient of the penalty reaches the fake samples when they carry a graph."
        )
