"""Does a penalty look where it is meant to, and does it draw its points as it should?"""

from __future__ import annotations

from lipschitz.sampling import Points
from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.mixtures import Mixtures, mixtures
from lipschitz.testing.identify.places import looks
from lipschitz.testing.identify.surroundings import surroundings

EDGE = 1e-3
"""How far beyond [0, 1] an epsilon may lie by rounding."""


def examine_points(
    faults: dict[str, str], notes: list[str], penalty: Penalty, groups: frozenset[str], points: Points
) -> None:
    """Add what is wrong with the points to `faults`.

    Args:
        faults: what was seen, by fault code; added to.
        notes: what is worth knowing; added to.
        penalty: the penalty.
        groups: where the critic's slope matters, of `lipschitz.testing.identify.places.GROUPS`.
        points: where it is meant to look.
    """
    wanted = points if points in ("real", "fake") else "elsewhere"
    if groups != frozenset((wanted,)):
        where = " and ".join(
            {"real": "at the real samples", "fake": "at the fake samples", "elsewhere": "elsewhere"}[group]
            for group in sorted(groups, reverse=True)
        )
        faults["points_not_between"] = f"The penalty looks {where}; it is meant to look {_meant(points)}."
    if wanted != "elsewhere" or "elsewhere" not in groups:
        return
    seen = looks(penalty)
    if not seen:
        notes.append("Where the penalty looks could not be observed.")
        return
    mixed = mixtures(penalty, seen)
    if points == "between" and mixed is not None:
        _judge_mixtures(faults, mixed)
        return
    around = surroundings(penalty, seen) if mixed is None else None
    if points == "around_real" and around is not None:
        if around.one_draw_per_element:
            faults["epsilon_per_element"] = (
                f"{around.tiny:.1%} of the displacements are tiny: noise and an epsilon are both drawn for every "
                f"coordinate (uniform noise has 2.9%)."
            )
        if around.one_draw_for_the_batch:
            faults["one_epsilon_per_batch"] = (
                "All samples of a batch move equally far, another distance in each call."
            )
        return
    if mixed is not None:
        where = "between real and fake"
    elif around is not None:
        where = f"around the real samples, {around.distance:.2g} standard deviations away"
    else:
        where = "at points that are no mixture of a real and a fake sample"
    faults["points_not_between"] = f"The penalty looks {where}; it is meant to look {_meant(points)}."


def _judge_mixtures(faults: dict[str, str], mixed: Mixtures) -> None:
    epsilons = mixed.all()
    low, high = float(epsilons.min()), float(epsilons.max())
    outside = (epsilons < -EDGE) | (epsilons > 1 + EDGE)
    if mixed.kind == "boxes":
        faults["epsilon_per_element"] = "Coordinates of one sample have different epsilons."
    if mixed.one_for_the_batch():
        fixed = f", always {low:.3g}" if high - low < EDGE else ""
        faults["one_epsilon_per_batch"] = f"All samples of a batch have the same epsilon{fixed}."
    if bool(outside.any()):
        share = float(outside.double().mean())
        faults["epsilon_outside_unit_interval"] = (
            f"Epsilon ranges from {low:.2g} to {high:.2g}, and {share:.0%} of them lie outside [0, 1]."
        )
        if bool(outside.all()):
            faults["points_not_between"] = "No point lies between its real and its fake sample."


def _meant(points: Points) -> str:
    return {
        "between": "between real and fake samples",
        "real": "at the real samples",
        "fake": "at the fake samples",
        "around_real": "around the real samples",
    }[points]
