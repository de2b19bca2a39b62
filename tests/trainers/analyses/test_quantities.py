"""Which metric ranks, and where the numbers are kept."""

from __future__ import annotations

import math

import pytest

from lipschitz_trainers.analyses.quantities import QUANTITIES, main_metric
from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.study import Group, Variant


def group(**metrics: float) -> Group:
    run = RunResult("a", 0, "runs/a-seed0", "done", metrics)
    return Group("data", (Variant("a", "a", (run,)),))


@pytest.mark.parametrize(
    ("metrics", "key", "better"),
    [
        ({"w1": 1.0, "sliced_w1": 1.0}, "w1", "lower"),
        ({"classifier_score": 5.0, "w1": 1.0}, "classifier_score", "higher"),
        ({"sliced_w1": 1.0}, "sliced_w1", "lower"),
        ({"ngram_jensen_shannon": 0.5, "w1": 5.0, "sliced_w1": 1.0}, "ngram_jensen_shannon", "lower"),
        ({"classifier_score": math.nan, "sliced_w1": 1.0}, "sliced_w1", "lower"),
    ],
)
def test_the_first_metric_with_a_finite_value_ranks(metrics: dict[str, float], key: str, better: str) -> None:
    main = main_metric(group(**metrics))
    assert main is not None
    assert (main.key, main.better, main.floor) == (key, better, f"{key}_floor")


def test_without_a_finite_value_nothing_ranks() -> None:
    assert main_metric(group(w1=math.nan, slopes=1.0)) is None


def test_costs_are_shown_in_milliseconds() -> None:
    run = group(critic_step_seconds=0.0031).variants[0].runs[0]
    assert QUANTITIES["cost"].of(run) == pytest.approx(3.1)
    assert math.isnan(QUANTITIES["modes"].of(run))
