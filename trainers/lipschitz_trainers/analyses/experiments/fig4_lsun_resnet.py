"""Whether the penalty trains deep residual networks of large images (arXiv 1704.00028, section 5.2 and figure 4)."""

from __future__ import annotations

from collections.abc import Iterator

from lipschitz_trainers.analyses.evidence import all_hold, resting_on, runs_of, steps_told, weighed
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.trained_images import CRITERION, judged
from lipschitz_trainers.analyses.wording import number

VARIANT = "two_sided_gradient_penalty"


def claims(study: Study) -> Iterator[Claim]:
    """Check that samples come nearer to the data, and that they are recognizable and diverse."""
    yield nearer(study)
    yield trained(study)


def nearer(study: Study) -> Claim:
    """Check that the distance to the data falls from the first evaluation to the last."""
    runs = runs_of(study, VARIANT)
    curves = [
        (run, read_history(study.run_folder(run), only=()).evaluated("sliced_w1").values) for run in runs
    ]
    ends = [
        (float(one[0]), float(one[-1]), run.metric("sliced_w1_floor")) for run, one in curves if len(one) > 1
    ]
    claim = Claim(
        "samples_come_nearer",
        "Samples come nearer to the data: the sliced W1 distance falls over training.",
        paper="samples only",
        measured="; ".join(
            f"from {number(first)} to {number(last)} (as many real images: {number(floor)})"
            for first, last, floor in ends
        )
        or None,
        **weighed(study, all_hold(last < first for first, last, _ in ends), [VARIANT]),
        note=steps_told(study, [VARIANT]) if runs else None,
    )
    return resting_on(study, claim, [VARIANT], trained=[VARIANT])


def trained(study: Study) -> Claim:
    """Check that samples are recognizable and diverse, where the data have labels to tell that by."""
    found = [judged(run) for run in runs_of(study, VARIANT)]
    outcomes = [one.outcome for one in found]
    verdict = all_hold(None if one is None else one == "trained" for one in outcomes)
    told = [str(one) for one in found if one.outcome is not None]
    claim = Claim(
        "deep_residual_networks_train",
        "The penalty trains deep residual networks.",
        paper="samples only: detailed bedrooms",
        measured=f"{'; '.join(told)} (as shares of real images')" if told else None,
        **weighed(study, verdict, [VARIANT]),
        note=f"{CRITERION} Bedrooms of 128x128 need the paper profile, and eyes: no number of the paper's tells more.",
    )
    return resting_on(study, claim, [VARIANT], trained=[VARIANT])
