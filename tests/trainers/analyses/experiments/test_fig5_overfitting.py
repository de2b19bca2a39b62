"""Claims on overfitting from made-up logs."""

import json

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.fig5_overfitting import CLIP, GP, LSUN, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

STEPS = np.arange(100, 20100, 100)


def through(*points):
    """Return a curve through (iteration, value) pairs."""
    return np.interp(STEPS, *zip(*points, strict=True))


AS_IN_THE_PAPER = {
    GP: (
        through((0, 13.5), (1000, 3), (2500, 2.5), (5000, 2.7), (10000, 3.2), (20000, 3.5)),
        through((0, 7.5), (1000, 2.9), (2500, 1.8), (5000, 1.0), (10000, 0.4), (20000, 0)),
    ),
    CLIP: (
        through((0, 0.78), (1000, 0.65), (3000, 0.36), (5000, 0.24), (10000, 0.20), (20000, 0.17)),
        through((0, 0.78), (1000, 0.65), (3000, 0.36), (5000, 0.22), (10000, 0.11), (20000, 0.05)),
    ),
    LSUN: (through((0, 55), (10000, 11), (20000, 5.5)), through((0, 55), (10000, 11), (20000, 5.5))),
}


def study(folder, changes=None):
    runs = []
    for variant, (train, validation) in (AS_IN_THE_PAPER | (changes or {})).items():
        runs.append(RunResult(variant, 0, f"runs/{variant}", "done"))
        log = folder / "runs" / variant / "metrics.jsonl"
        log.parent.mkdir(parents=True)
        keys = [f"negative_critic_loss_{side}_with_penalty" for side in ("train", "validation")]
        log.write_text(
            "".join(
                json.dumps({"step": step, "evaluation": dict(zip(keys, values, strict=True))}) + "\n"
                for step, *values in zip(STEPS.tolist(), train, validation, strict=False)
            )
        )
    return Study(folder, Results("e", "paper", runs=tuple(runs)), {}, ())


def verdicts(some):
    return {claim.id: claim.holds for claim in claims(some)}


def test_curves_like_the_papers_fulfil_its_claims(tmp_path):
    found = verdicts(study(tmp_path))
    assert len(found) == 5
    assert set(found.values()) == {True}


@pytest.mark.parametrize(
    ("changes", "refuted"),
    [
        # The critic generalizes.
        ({GP: (AS_IN_THE_PAPER[GP][0],) * 2}, {"parted_two_sided_gradient_penalty"}),
        # Both values fall to the end.
        ({GP: AS_IN_THE_PAPER[CLIP]}, {"penalty_overfits_faster_than_the_generator_learns"}),
        # After a dip at the start the training value stays where it is.
        (
            {
                GP: (
                    through((0, 3), (1000, 1.5), (2500, 1.6), (20000, 1.61)),
                    through((0, 2), (1000, 1.2), (2500, 1.3), (20000, 1)),
                )
            },
            {"penalty_overfits_faster_than_the_generator_learns"},
        ),
        # Both rise: the critic follows, and nothing is overfitted.
        (
            {GP: (through((0, 3), (1000, 1.5), (20000, 2.5)), through((0, 2), (1000, 1.2), (20000, 1.5)))},
            {"penalty_overfits_faster_than_the_generator_learns"},
        ),
        ({CLIP: (through((0, 1), (20000, 0.2)),) * 2}, {"parted_weight_clipping"}),
        (
            {CLIP: (through((0, 1), (20000, 2)), through((0, 1), (20000, 0.2)))},
            {"both_fall_under_clipping"},
        ),
        ({LSUN: (through((0, 55), (20000, 5.5)), through((0, 55), (20000, 3)))}, {"lsun_stays_together"}),
    ],
)
def test_what_refutes_a_claim(tmp_path, changes, refuted):
    found = verdicts(study(tmp_path, changes))
    assert {name for name, holds in found.items() if holds is False} >= refuted
    others = set(found) - refuted - {"penalty_overfits_faster_than_the_generator_learns"}
    assert all(found[name] for name in others)


def test_a_run_without_evaluations_decides_nothing(tmp_path):
    nothing = (np.empty(0), np.empty(0))
    found = verdicts(study(tmp_path, {GP: nothing, CLIP: nothing, LSUN: nothing}))
    assert set(found.values()) == {None}


def test_the_experiment_has_the_variants_that_are_asked_for():
    assert set(load_experiment("fig5_overfitting").variants) == {GP, CLIP, LSUN}
