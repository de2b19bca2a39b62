"""What knows more than trivial critics, from made-up runs."""

import dataclasses

import pytest

from lipschitz_trainers.analyses.floors import above_floors
from lipschitz_trainers.analyses.leaderboard import boards
from lipschitz_trainers.analyses.study import study_of


def judged(study, linear):
    for run in study.results.runs:
        run.metrics["cosine_linear_floor"] = linear
    return above_floors(boards(study_of(study.results, study.configs)), "Everything")


@pytest.mark.parametrize(
    ("linear", "holds", "measured"),
    [
        (0.10, True, "all on 1 pair"),
        (0.66, True, "all on 1 pair"),
        (0.67, False, "wavy d16 (floor .670 linear): not max_of_cones"),
        (0.80, False, "wavy d16 (floor .800 linear): not max_of_cones, silu_mlp"),
    ],
)
def test_the_best_linear_critic_is_a_floor_too(known_pairs, linear, holds, measured):
    claim = judged(known_pairs({"wavy_d16": {"silu_mlp": [0.8], "max_of_cones": [0.7]}}), linear)
    assert (claim.holds, claim.measured, claim.paper) == (holds, measured, None)


def test_pairs_on_which_all_is_well_are_only_counted(known_pairs):
    claim = judged(known_pairs({"d2_n4": {"a": [0.9]}, "d16_n4": {"a": [0.2]}, "d64_n4": {"a": [0.9]}}), 0.0)
    assert claim.measured == "d16 n4 (floor .250 -|x|): not a; all on the other 2 pairs"
    assert claim.paper == ("d2 n4: not spectral_norm, weight_clipping; all on the other 2 pairs")


def test_what_did_not_finish_is_not_above(known_pairs):
    study = known_pairs({"d2_n4": {"a": [0.9, 0.9], "b": [0.9, 0.9]}})
    runs = (dataclasses.replace(study.results.runs[0], status="failed"), *study.results.runs[1:])
    unfinished = study_of(dataclasses.replace(study.results, runs=runs), study.configs)
    assert judged(unfinished, 0.0).holds is None
    assert judged(unfinished, 0.95).holds is False


def test_without_runs_nothing_is_decided(known_pairs):
    claim = above_floors(boards(known_pairs({})), "Everything")
    assert (claim.holds, claim.measured) == (None, None)
