"""What images are judged by, and what is read off its curve."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.formula_scores import end_of, mean_of, real_of, score_of
from lipschitz_trainers.analyses.history import Series
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import study_of

INCEPTION = {"name": "inception_score", "splits": 10, "extractor": {"name": "inception"}}
OWN = {"name": "inception_score", "splits": 10, "extractor": {"name": "classifier"}}


def study(*judged, **metrics):
    """Return a study of one run for each pair of a metric's block and a number of images."""
    runs = tuple(RunResult(f"v{i}", 0, f"v{i}", "done", metrics) for i in range(max(1, len(judged))))
    configs = {
        (f"v{i}", 0): {
            "dataset": {"name": "cifar10"},
            "evaluation": {"samples": samples, "metrics": [block]},
        }
        for i, (block, samples) in enumerate(judged)
    }
    return study_of(Results("e", "paper", runs=runs), configs)


@pytest.mark.parametrize(
    ("judged", "title", "comparable"),
    [
        ((INCEPTION, 50_000), "Inception score (Inception-v3, 50,000 images)", True),
        (
            (INCEPTION, 1_000),
            "score by the Inception formula (Inception-v3, 1,000 images; not the Inception score)",
            False,
        ),
    ],
)
def test_only_what_is_made_as_in_papers_has_their_name(judged, title, comparable):
    found = score_of(study(judged, inception_score=6.0, classifier_score=3.0))
    assert (found.key, found.title, found.as_in_papers) == ("inception_score", title, comparable)


def test_only_such_values_stand_as_inception_scores_beside_published_ones():
    judged = score_of(study((INCEPTION, 50_000), inception_score=6.0))
    assert judged.in_its_unit("6.0") == "6.0 (Inception scores)"
    assert judged.in_its_unit("") is None
    for other in (study((INCEPTION, 1_000), inception_score=6.0), study(classifier_score=3.0)):
        told = score_of(other).in_its_unit("6.0 and 5.0")
        assert told.startswith("6.0 and 5.0 (")
        assert told.endswith("; not the Inception score)")


def test_runs_that_were_judged_differently_have_no_common_score():
    assert score_of(study((INCEPTION, 1000), (OWN, 1000), inception_score=6.0)) is None
    assert score_of(study((OWN, 500), (OWN, 1000), inception_score=6.0)) is None


def test_the_small_classifier_is_the_last_resort():
    found = score_of(study(classifier_score=3.0))
    assert found.key == "classifier_score"
    assert not found.as_in_papers
    assert score_of(study(inception_score=math.nan, classifier_score=3.0)).key == "classifier_score"
    assert score_of(study(sliced_w1=0.1)) is None


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(1, 10)), min_size=2, max_size=30),
    st.floats(0.1, 10),
    st.floats(-5, 5),
)
def test_the_mean_over_iterations_is_a_mean(points, scale, shift):
    steps = np.cumsum([width for width, _ in points]).astype(float)
    values = np.array([value for _, value in points])
    mean = mean_of(Series(steps, values))
    assert values.min() - 1e-9 <= mean <= values.max() + 1e-9
    # Against a fine grid, and as a linear map.
    grid = np.arange(steps[0] * 4, steps[-1] * 4 + 1) / 4
    fine = np.interp(grid, steps, values)
    assert mean == pytest.approx(((fine[1:] + fine[:-1]) / 2).mean())
    assert mean_of(Series(steps, scale * values + shift)) == pytest.approx(scale * mean + shift)


def test_the_end_is_the_last_tenth():
    steps = np.arange(1.0, 31)
    assert end_of(Series(steps, steps)) == 29
    assert end_of(Series(steps[:5], steps[:5])) == 5
    assert math.isnan(end_of(Series(np.empty(0), np.empty(0))))
    assert math.isnan(mean_of(Series(steps[:1], steps[:1])))


def test_the_score_of_real_images_is_that_of_the_runs_which_know_it():
    some = study(classifier_score=3.0, classifier_score_floor=9.0)
    unknown = RunResult("other", 0, "other", "failed")
    assert real_of([*some.results.runs, unknown], score_of(some)) == 9
    assert math.isnan(real_of([unknown], score_of(some)))
