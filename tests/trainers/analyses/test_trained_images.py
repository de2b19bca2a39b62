"""Whether images were learned: recognizable and diverse, as shares of what real images get."""

import math

import pytest

from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.trained_images import ENOUGH, judged


def run(score=None, density=None, coverage=None):
    metrics = {}
    for key, value, floor in (
        ("classifier_score", score, 9.0),
        ("density", density, 1.25),
        ("density_coverage", coverage, 0.8),
    ):
        if value is not None:
            metrics |= {key: value, f"{key}_floor": floor}
    return RunResult("v", 0, "", "done", metrics)


def test_shares_lie_between_nothing_and_real_images():
    found = judged(run(5.0, 0.5, 0.2))
    assert (found.score, found.density, found.coverage) == (0.5, 0.4, 0.25)
    assert str(found) == "score 0.50, coverage 0.25"
    assert str(judged(run(math.nan, 0.5, 0.2))) == "score –, coverage 0.25"
    assert str(judged(run(None, 0.5, 0.0))) == "coverage 0.00"


@pytest.mark.parametrize(
    ("measured", "outcome"),
    [
        ((9.0, 1.25, 0.8), "trained"),
        ((1 + 8 * ENOUGH, 0.0, 0.8 * ENOUGH), "trained"),
        ((9.0, 1.25, 0.1), "collapsed"),
        ((2.9, 1.25, 0.8), "untrained"),
        ((9.0, 0.1, 0.02), "untrained"),
        ((1.1, 0.25, 0.02), "collapsed"),
        ((9.0, 0.5, 0.19), "untrained"),
        ((1.0, 0.0, 0.0), "untrained"),
        ((math.nan, math.nan, math.nan), "untrained"),
        ((None, 1.0, 0.5), "trained"),
        ((None, 1.0, 0.1), "collapsed"),
        ((9.0, None, None), None),
        ((None, None, None), None),
    ],
)
def test_what_became_of_a_generator(measured, outcome):
    assert judged(run(*measured)).outcome == outcome


def test_a_floor_that_says_nothing_lets_nothing_pass():
    metrics = dict.fromkeys(("density", "density_floor", "density_coverage", "density_coverage_floor"), 0.0)
    assert judged(RunResult("v", 0, "", "done", metrics)).outcome == "untrained"
