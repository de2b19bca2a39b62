"""How discriminators of SN-GAN's standard CNN are best held (Miyato et al. 2018, arXiv 1802.05957, table 2)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lipschitz_trainers.analyses.clock import seconds_per_step, unit_of
from lipschitz_trainers.analyses.divergence import diverged
from lipschitz_trainers.analyses.evidence import all_hold, every, resting_on, runs_of, steps_told, weighed
from lipschitz_trainers.analyses.failures import unfinished
from lipschitz_trainers.analyses.formula_scores import Score, curve_of, end_of, score_of
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.statistics import summary
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import listed, number

CLIP, GAN_GP, WGAN_GP = "weight_clipping", "gan_gp", "wgan_gp"
BATCH, LAYER, WEIGHT = "batch_norm", "layer_norm", "weight_norm"
SPECTRAL, HINGE = "spectral_norm", "spectral_norm_hinge"
SETTINGS = ("A", "B", "C", "D", "E", "F")
HIGH = SETTINGS[3:]
"""Settings of the optimizer with a rate ten times that of A."""

PUBLISHED = {
    CLIP: (6.41, 0.11, 42.6),
    GAN_GP: (6.93, None, 37.7),
    WGAN_GP: (6.68, 0.06, 40.2),
    BATCH: (6.27, None, 56.3),
    LAYER: (7.19, None, 33.9),
    WEIGHT: (6.84, None, 34.7),
    SPECTRAL: (7.42, 0.08, 29.3),
    HINGE: (7.58, None, 25.5),
}
"""Inception score, its spread where known to us, and FID of each row of the published table, in its order."""

ROWS = tuple(PUBLISHED)
LEARNED = 0.25
"""Share of the way from images that tell nothing to real ones beyond which a row has learned something."""


@dataclass(frozen=True)
class Row:
    """A row of the table: the best of the settings that ran.

    Attributes:
        value: score at the end, the mean over seeds.
        setting: which gave it.
        real: score of as many real images.
        runs: of that setting.
    """

    value: float
    setting: str
    real: float
    runs: tuple[RunResult, ...]

    @property
    def way(self) -> float:
        """How far it came from 1, where images tell nothing, to real images."""
        return (self.value - 1) / (self.real - 1)


def value_of(study: Study, score: Score, variant: str) -> float:
    """Return the score at the end of a variant, the mean over seeds; NaN where one of them has not finished."""
    if unfinished(study, [variant]):
        return math.nan
    ends = [end_of(curve_of(study, run, score)) for run in runs_of(study, variant)]
    return summary(ends).mean if ends else math.nan


def rows(study: Study, score: Score | None) -> dict[str, Row]:
    """Return the rows that have runs, in the order of the table."""
    found: dict[str, Row] = {}
    for name in ROWS if score else ():
        values = {setting: value_of(study, score, f"{name}-{setting}") for setting in SETTINGS}  # pyright: ignore
        known = {setting: value for setting, value in values.items() if math.isfinite(value)}
        if known:
            best = max(known, key=lambda setting: known[setting])
            runs = runs_of(study, f"{name}-{best}")
            real = runs[0].metric(f"{score.key}_floor")  # pyright: ignore
            found[name] = Row(known[best], best, real, runs)
    return found


def planned(study: Study, names: Sequence[str]) -> list[str]:
    """Return the full names of the variants of some rows under all settings that were to run; under A without any."""
    among = {run.variant for run in study.results.runs}
    return [
        variant
        for name in names
        for variant in [f"{name}-{s}" for s in SETTINGS if f"{name}-{s}" in among]
        or [f"{name}-{SETTINGS[0]}"]
    ]


def lost(study: Study, name: str) -> bool:
    """Return whether a row diverged under every setting that was to run."""
    runs = [run for run in study.results.runs if run.variant in planned(study, [name])]
    return bool(runs) and all(map(diverged, runs))


def claims(study: Study) -> Iterator[Claim]:
    """Check the order of the rows, the high rates, and the cost."""
    score = score_of(study)
    table = rows(study, score)
    yield learn(study, score, table)
    yield above(study, score, table, "penalty_above_clipping", WGAN_GP, [CLIP])
    yield above(study, score, table, "penalty_on_the_standard_gan_above_wgan_gp", GAN_GP, [WGAN_GP])
    others = [name for name in ROWS if name not in (SPECTRAL, HINGE)]
    yield above(study, score, table, "spectral_norm_above_all_others", SPECTRAL, others)
    yield above(study, score, table, "hinge_above_the_standard_objective", HINGE, [SPECTRAL])
    yield last(study, score, table)
    yield high_rates(study, score)
    yield cheaper(study)


def learn(study: Study, score: Score | None, table: Mapping[str, Row]) -> Claim:
    """Check that no row fails altogether."""
    verdict = all_hold(
        [
            *(every([row.way], lambda way: way > LEARNED) for row in table.values()),
            *(False for name in ROWS if lost(study, name)),
            _all(table),
        ]
    )
    claim = Claim(
        "every_row_learns",
        f"Under the best of the settings that were run every row comes more than {LEARNED:.0%} of the way from 1, "
        "where images tell nothing, to the score of real images.",
        paper=f"{_published(ROWS)}; real images 11.24 ± 0.12",
        measured=_told(score, table, ROWS),
        **weighed(study, verdict),
        note=f"{steps_told(study)} Clipping to 0.01 shrinks gradients layer by layer, the more the narrower the "
        "critic."
        if table
        else None,
    )
    # A setting that diverged is not the best one; one that is missing might be.
    return resting_on(
        study, claim, planned(study, ROWS), counted=planned(study, ROWS), pooled=verdict is not False
    )


def above(
    study: Study, score: Score | None, table: Mapping[str, Row], name: str, one: str, others: Sequence[str]
) -> Claim:
    """Check that a row scores higher than others."""
    missing = [row for row in (one, *others) if row not in table]
    verdict = None if missing else all(table[one].value > table[other].value for other in others)
    claim = Claim(
        name,
        f"{one} scores higher than {listed(others)}, each under the best of the settings that were run.",
        paper=_published([one, *others]),
        measured=_told(score, table, [one, *others]),
        **weighed(study, verdict),
        note=steps_told(study) if table else None,
    )
    behind = planned(study, [one, *others])
    return resting_on(study, claim, behind, counted=behind, pooled=True)


def last(study: Study, score: Score | None, table: Mapping[str, Row]) -> Claim:
    """Check that batch normalization scores lowest."""
    verdict = None
    if set(table) == set(ROWS):
        verdict = all(table[BATCH].value < row.value for name, row in table.items() if name != BATCH)
    claim = Claim(
        "batch_norm_scores_lowest",
        "Of all rows batch_norm scores lowest.",
        paper=_published(ROWS),
        measured=_told(score, table, ROWS),
        **weighed(study, verdict),
        note=steps_told(study) if table else None,
    )
    return resting_on(study, claim, planned(study, ROWS), counted=planned(study, ROWS), pooled=True)


def high_rates(study: Study, score: Score | None) -> Claim:
    """Check that at high rates the penalty loses what spectral normalization keeps."""
    found = {
        name: {setting: value_of(study, score, f"{name}-{setting}") for setting in SETTINGS} if score else {}
        for name in (WGAN_GP, SPECTRAL)
    }
    values = [value for settings in found.values() for value in settings.values()]
    verdict = None
    if values and all(map(math.isfinite, values)):
        best = max(found[WGAN_GP][setting] for setting in SETTINGS[:3])
        verdict = all(found[WGAN_GP][s] < min(best, found[SPECTRAL][s]) for s in HIGH)
    told = "; ".join(
        f"{name}: " + ", ".join(f"{s} {number(v)}" for s, v in settings.items() if math.isfinite(v))
        for name, settings in found.items()
        if any(map(math.isfinite, settings.values()))
    )
    claim = Claim(
        "penalty_fails_at_high_rates",
        f"WGAN-GP scores lower under each of the settings {listed(HIGH)} than under the best of A to C, and lower "
        "there than spectral_norm.",
        paper="WGAN-GP fails at D, E and F, spectral normalization at none (a figure, no numbers)",
        measured=score.in_its_unit(told) if score else None,
        **weighed(study, verdict),
        note=None if verdict is not None else "Needs runs under all six settings, as in the paper profile.",
    )
    return resting_on(study, claim, planned(study, [*found]), pooled=True)


def cheaper(study: Study) -> Claim:
    """Check that updates take longer under the penalty than under spectral normalization."""
    common = [s for s in SETTINGS if runs_of(study, f"{WGAN_GP}-{s}") and runs_of(study, f"{SPECTRAL}-{s}")]
    pairs = [tuple(_seconds(study, f"{name}-{s}") for name in (WGAN_GP, SPECTRAL)) for s in common]
    told = [
        f"{number(gp)} and {number(sn)} {unit_of(study)} ({s}): {number(gp / sn)} times"
        for s, (gp, sn) in zip(common, pairs, strict=True)
    ]
    claim = Claim(
        "spectral_norm_cheaper_than_the_penalty",
        "A hundred generator iterations take longer under WGAN-GP than under spectral_norm.",
        paper="about 40 and 31 seconds for 100 updates: 1.3 times",
        measured="; ".join(told) or None,
        holds=all_hold(None if math.isnan(gp + sn) else gp > sn for gp, sn in pairs),
        note="Of whole runs, evaluations included, by their iterations." if told else None,
    )
    return resting_on(study, claim, planned(study, [WGAN_GP, SPECTRAL]), pooled=True)


def _seconds(study: Study, variant: str) -> float:
    return 100 * summary([seconds_per_step(study, run) for run in runs_of(study, variant)]).mean


def _all(table: Mapping[str, Row]) -> bool | None:
    return True if set(table) == set(ROWS) else None


def _published(names: Sequence[str]) -> str:
    return f"{', '.join(f'{name} {PUBLISHED[name][0]}' for name in names)} (Inception scores)"


def _told(score: Score | None, table: Mapping[str, Row], names: Sequence[str]) -> str | None:
    told = [f"{name} {number(table[name].value)} ({table[name].setting})" for name in names if name in table]
    return score.in_its_unit(", ".join(told)) if score else None
