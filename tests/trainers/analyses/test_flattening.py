"""Whether curves still rise, from made-up logs."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.flattening import flattened, late_gain
from lipschitz_trainers.analyses.history import NOTHING, Series
from lipschitz_trainers.analyses.leaderboard import boards
from lipschitz_trainers.analyses.study import study_of


@pytest.fixture
def claim(known_pairs, tmp_path):
    """Return a function from the cosines at steps 2, 4, ..., by pair and seed, to the claim."""

    def check(curves, profile="six_pairs"):
        made = known_pairs({pair: {"a": [c[-1] for c in seeds]} for pair, seeds in curves.items()}, profile)
        for run in made.results.runs:
            folder = tmp_path / run.directory
            folder.mkdir(parents=True)
            values = curves[run.variant.partition("-")[0]][run.seed]
            lines = [
                {"step": 2 * i, "evaluation": {"cosine": value}} for i, value in enumerate(values, start=1)
            ]
            (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
        study = study_of(made.results, made.configs, tmp_path)
        return flattened(study, boards(study), ["a"])

    return check


FLAT, RISING = [0.1, 0.3, 0.5, 0.7, 0.705], [0.1, 0.2, 0.3, 0.4, 0.5]


def test_curves_are_flat_if_every_pair_gains_next_to_nothing(claim):
    found = claim({"d2_n4": [FLAT], "d16_n4": [FLAT[::-1]]})
    assert found.holds is True
    assert found.measured == "d2 n4 .005 a; d16 n4 −.200 a"


def test_one_pair_that_rises_is_enough(claim):
    found = claim({"d2_n4": [RISING], "d16_n4": [FLAT]})
    assert found.holds is False
    assert "d2 n4 .100 a" in found.measured


def test_the_mean_over_seeds_counts(claim):
    found = claim({"d2_n4": [[0.5] * 4 + [0.515], [0.5] * 5], "d16_n4": [FLAT, FLAT]})
    assert (found.holds, found.measured) == (True, "d2 n4 .008 a; d16 n4 .005 a")


def test_short_runs_refute_nothing(claim):
    found = claim({"d2_n4": [RISING], "d16_n4": [FLAT]}, profile="quick")
    assert "d2 n4 .100 a" in found.measured
    assert found.verdict == "undecided"


def test_without_logs_nothing_is_decided(known_pairs, tmp_path):
    made = known_pairs({"d2_n4": {"a": [0.5], "b": [0.5]}})
    study = study_of(made.results, made.configs, tmp_path)
    found = flattened(study, boards(study), ["a"])
    assert (found.holds, found.measured) == (None, None)


@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=30),
    st.integers(1, 1000),
)
def test_the_gain_is_that_of_the_last_fifth_or_a_little_more(values, every):
    steps = every * np.arange(1, len(values) + 1)
    gain = late_gain(Series(steps.astype(float), np.array(values)))
    # By hand, in whole numbers: the last of n evaluations at or before 4 n / 5.
    before = 4 * len(values) // 5
    if before:
        assert gain == values[-1] - values[before - 1]
    else:
        assert math.isnan(gain)


def test_no_curve_gains_nothing_known():
    assert math.isnan(late_gain(NOTHING))
