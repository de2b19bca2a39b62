"""The distance of a run and its floor."""

import math
from dataclasses import replace

import pytest
import torch

from lipschitz_trainers.metrics import W1, CriticW1, base, exact_w1


def test_values_are_the_distance_and_the_floor(evaluation, normal):
    real, second, fake = normal(50, 2), normal(50, 2, seed=1), normal(50, 2, seed=2) + 3
    values = W1().measure(evaluation(real, fake, second))
    assert values == {"w1": exact_w1(real, fake), "w1_floor": exact_w1(real, second)}
    assert values["w1"] > 5 * values["w1_floor"]


def test_the_plan_is_computed_once_for_both_metrics_even_with_generators_of_their_own(
    evaluation, normal, monkeypatch
):
    calls = []
    monkeypatch.setattr(base, "exact_w1", lambda a, b: calls.append(1) or exact_w1(a, b))
    given = evaluation(normal(20, 2), normal(20, 2, seed=1))
    w1 = W1().measure(replace(given, generator=torch.Generator()))["w1"]
    both = CriticW1().measure(replace(given, generator=torch.Generator()))
    assert both["critic_w1"] - both["critic_w1_error"] == pytest.approx(w1)
    assert len(calls) == 1
    moved = replace(given, fake=given.fake + 5)
    assert W1().measure(moved)["w1"] == exact_w1(moved.real, moved.fake), "other samples, other distance"


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_diverged_generator_gets_nan_and_the_floor_stays(evaluation, normal, bad):
    fake = normal(20, 2)
    fake[3, 1] = bad
    values = W1().measure(evaluation(normal(20, 2, seed=1), fake, normal(20, 2, seed=2)))
    assert math.isnan(values["w1"])
    assert values["w1_floor"] > 0


def test_images_are_measured_as_vectors(evaluation, normal):
    real = normal(10, 3, 4, 4)
    assert W1().measure(evaluation(real, real + 1))["w1"] == pytest.approx(math.sqrt(48), rel=1e-5)
