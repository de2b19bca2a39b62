"""What images are judged by, and what is read off its curve."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.formula_scores import end_of, mean_of, score_of
from lipschitz_trainers.analyses.history import Series
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study, study_of
from lipschitz_trainers.config.experiment import load_experiment

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


@pytest.mark.parametrize("name", ["table2_random_architectures", "table3_cifar10_resnet"])
def test_scores_of_paper_profiles_that_are_made_as_in_papers_may_stand_beside_theirs(name):
    resolved = load_experiment(name).resolve("paper")
    runs = tuple(RunResult(run.variant, run.seed, "", "done", {"inception_score": 6.0}) for run in resolved)
    configs = {(run.variant, run.seed): run.plain for run in resolved}
    found = score_of(study_of(Results(name, "paper", runs=runs), configs))
    assert found.as_in_papers
    assert found.title.startswith("Inception score (Inception-v3, 50,000 images")


def test_values_stand_with_what_made_them_and_what_real_images_get():
    judged = score_of(study((INCEPTION, 50_000), inception_score=6.0))
    assert judged.in_its_unit("6.0") == "6.0 (Inception score: Inception-v3, 50,000 images)"
    assert judged.in_its_unit("") is None
    judged = score_of(study((INCEPTION, 50_000), inception_score=6.0, inception_score_floor=11.24))
    assert judged.in_its_unit("6.0") == (
        "6.0 (Inception score: Inception-v3, 50,000 images; 50,000 real images: 11.2)"
    )
    more = INCEPTION | {"images": 50_000}
    judged = score_of(study((more, 10_000), inception_score=6.0, inception_score_floor=11.24))
    assert judged.as_in_papers
    assert judged.in_its_unit("6.0") == (
        "6.0 (Inception score: Inception-v3, 50,000 images; 10,000 real images: 11.2)"
    )
    for other in (study((INCEPTION, 1_000), inception_score=6.0), study(classifier_score=3.0)):
        told = score_of(other).in_its_unit("6.0 and 5.0")
        assert told.startswith("6.0 and 5.0 (")
        assert told.endswith("; not the Inception score)")


def test_the_small_classifier_is_told_with_images_and_real_ones():
    block = {"name": "classifier_score", "train_size": 5000}
    found = score_of(study((block, 500), classifier_score=3.0, classifier_score_floor=9.03))
    assert found.title == (
        "classifier score (small classifier of these data, 500 images; not the Inception score)"
    )
    assert (found.real, found.real_images, found.told_real) == (9.03, 500, "500 real images: 9.03")
    assert found.in_its_unit("3.0") == (
        "3.0 (classifier score: small classifier of these data, 500 images; not the Inception score; 500 real images: "
        "9.03)"
    )


def test_without_configurations_the_numbers_of_images_are_those_that_runs_tell():
    def judged(**metrics):
        run = RunResult("v", 0, "v", "done", metrics)
        return score_of(Study(None, Results("e", "quick", runs=(run,)), {}, ()))

    floor = {"classifier_score": 3.0, "classifier_score_floor": 9.0}
    assert "unknown number of images" in judged(**floor).title
    assert judged(**floor).told_real == "real images: 9.00"
    found = judged(**floor, classifier_score_samples=500.0)
    assert "small classifier of these data, 500 images" in found.title
    assert found.told_real == "500 real images: 9.00"
    more = {"inception_score": 3.0, "inception_score_floor": 9.0, "inception_score_samples": 5000.0}
    assert (
        judged(**more).told_real == "real images: 9.00"
    )  # as many as the evaluation had, which is not known
    found = judged(**more, inception_score_floor_samples=1000.0)
    assert "unknown network, 5,000 images" in found.title
    assert found.told_real == "1,000 real images: 9.00"


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


def test_what_real_images_get_is_the_mean_over_the_runs_which_know_it():
    some = study((OWN, 500), (OWN, 500), inception_score=3.0, inception_score_floor=9.0)
    unknown = (
        RunResult("v9", 0, "v9", "failed"),
        RunResult("v8", 0, "v8", "done", {"inception_score_floor": 8.0}),
    )
    results = Results("e", "paper", runs=(*some.results.runs, *unknown))
    assert score_of(study_of(results, some.configs)).real == pytest.approx((9 + 9 + 8) / 3)
    silent = score_of(study(classifier_score=3.0))
    assert math.isnan(silent.real)
    assert silent.told_real == ""
