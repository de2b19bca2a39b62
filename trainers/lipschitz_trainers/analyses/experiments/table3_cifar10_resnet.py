"""Residual networks with and without labels (arXiv 1704.00028, section 5.3, table 3 and appendix F)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lipschitz_trainers.analyses.evidence import (
    all_hold,
    every,
    paired,
    resting_on,
    runs_of,
    steps_told,
    weighed,
)
from lipschitz_trainers.analyses.formula_scores import Score, curve_of, score_by, score_of
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import listed, number

UNSUPERVISED = "unsupervised"
LABELLED = "ac_gan"

PUBLISHED = {
    UNSUPERVISED: {
        "ALI": (5.34, 0.05),
        "BEGAN": (5.62, None),
        "DCGAN": (6.16, 0.07),
        "Improved GAN (-L+HA)": (6.86, 0.06),
        "EGAN-Ent-VI": (7.07, 0.10),
        "DFM": (7.72, 0.13),
        "WGAN-GP ResNet": (7.86, 0.07),
    },
    LABELLED: {
        "SteinGAN": (6.35, None),
        "DCGAN with labels": (6.58, None),
        "Improved GAN": (8.09, 0.07),
        "AC-GAN": (8.25, 0.07),
        "SGAN-no-joint": (8.37, 0.08),
        "WGAN-GP ResNet": (8.42, 0.10),
        "SGAN": (8.59, 0.12),
    },
}
"""The Inception scores of the paper's table, with what stands behind ±; by variant and method."""

OURS = "WGAN-GP ResNet"
"""The row of the paper's own networks."""

HALF = 0.5
"""Share of the way from images that tell nothing to real ones: those who learn come further."""

TIMES_CHANCE = 3.0
"""Accuracies above so many times that of chance are clearly above it."""


def claims(study: Study) -> Iterator[Claim]:
    """Check that both train, that samples follow labels, and the places in the table."""
    score = score_of(study)
    for variant in (UNSUPERVISED, LABELLED):
        yield trains(study, score, variant)
    yield follow_labels(study)
    yield labels_help(study, score)
    for variant in (UNSUPERVISED, LABELLED):
        yield place(study, score, variant)


def trains(study: Study, score: Score | None, variant: str) -> Claim:
    """Check that scores rise clearly."""
    found = [_course(study, run, score) for run in runs_of(study, variant)] if score else []
    rows = [f"from {number(first)} to {number(last)}" for first, last, _ in found]
    verdict = all_hold(
        None if math.isnan(first + last + real) else last > first and (last - 1) / (real - 1) > HALF
        for first, last, real in found
    )
    claim = Claim(
        f"trains_{variant}",
        f"{'With' if variant == LABELLED else 'Without'} labels the score rises, and comes more than half of the way "
        "from 1, where images tell nothing, to that of real images.",
        paper=f"{_value(variant, OURS)} at the end, real images 11.24 ± 0.12 (Inception scores)",
        measured=score.in_its_unit("; ".join(rows)) if score else None,
        **weighed(study, verdict, [variant]),
        note=steps_told(study, [variant]) if found else None,
    )
    return resting_on(study, claim, [variant], trained=[variant])


def _course(study: Study, run: RunResult, score: Score) -> tuple[float, float, float]:
    """Return a run's first and last score, and that of as many real images; NaN for what was not measured."""
    curve = curve_of(study, run, score)
    first = float(curve.values[0]) if len(curve) > 1 else math.nan
    return first, run.metric(score.key), run.metric(f"{score.key}_floor")


def follow_labels(study: Study) -> Claim:
    """Check that a classifier of real images finds in samples the class they were made for."""
    runs = runs_of(study, LABELLED)
    score = score_by(study, "label_accuracy")
    found = [tuple(run.metric(f"label_accuracy{suffix}") for suffix in ("", "_chance")) for run in runs]
    rows = "; ".join(f"{number(share)}, by chance {number(chance)}" for share, chance in found)
    claim = Claim(
        "samples_follow_labels",
        f"Conditional samples show their class: a classifier trained on real images agrees at least {TIMES_CHANCE:g} "
        "times as often as by chance.",
        paper="not in the paper; 0.918 by the critic's own classifier in a repetition of its code (chance 0.1)",
        measured=score.in_its_unit(rows) if score else None,
        holds=all_hold(
            None if math.isnan(share + chance) else share >= TIMES_CHANCE * chance for share, chance in found
        ),
        note=steps_told(study, [LABELLED]) if runs else None,
    )
    return resting_on(study, claim, [LABELLED])


def labels_help(study: Study, score: Score | None) -> Claim:
    """Check that the run with labels scores higher."""
    pairs = paired(study, LABELLED, UNSUPERVISED) if score else []
    found = [(a.metric(score.key), b.metric(score.key)) for a, b in pairs] if score else []
    verdict = all_hold(None if math.isnan(a + b) else a > b for a, b in found)
    claim = Claim(
        "labels_help",
        "With labels the score is higher than without.",
        paper=f"{_value(LABELLED, OURS)} and {_value(UNSUPERVISED, OURS)} (Inception scores)",
        measured=score.in_its_unit("; ".join(f"{number(a)} and {number(b)}" for a, b in found))
        if score
        else None,
        **weighed(study, verdict),
        note="The score rewards images that a classifier is sure of, as labels train the generator to make them, and "
        "does not see whether those of a class differ."
        if score and found
        else None,
    )
    return resting_on(study, claim, [LABELLED, UNSUPERVISED])


def place(study: Study, score: Score | None, variant: str) -> Claim:
    """Check the place among published scores, where ours is made as they are."""
    runs = runs_of(study, variant)
    values = [run.metric(score.key) for run in runs] if score else []
    others = {name: value for name, (value, _) in PUBLISHED[variant].items() if name != OURS}
    above = [name for name, value in others.items() if value > PUBLISHED[variant][OURS][0]]
    below = max((value, name) for name, value in others.items() if name not in above)
    comparable = score is not None and score.as_in_papers
    claim = Claim(
        f"place_{variant}",
        f"Among the {len(others) + 1} published scores {'with' if variant == LABELLED else 'without'} labels the "
        f"residual networks' is the highest{f' but that of {listed(above)}' if above else ''}.",
        paper=f"{'; '.join(f'{name} {_value(variant, name)}' for name in PUBLISHED[variant])} (Inception scores)",
        measured=score.in_its_unit("; ".join(map(number, values))) if score else None,
        holds=every(values, lambda value: value > below[0]) if comparable else None,
        note=None
        if comparable or not score
        else f"Undecided: ours is {score.title}, another quantity, which must not be ranked among Inception scores.",
    )
    return resting_on(study, claim, [variant])


def _value(variant: str, name: str) -> str:
    value, spread = PUBLISHED[variant][name]
    return f"{value:.2f}" if spread is None else f"{value:.2f} ± {spread:.2f}"
