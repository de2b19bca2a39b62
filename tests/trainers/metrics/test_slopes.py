"""Slopes of critics whose gradient is known."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lipschitz import FieldError
from lipschitz_trainers.metrics import Slopes

KEYS = {f"slope_{place}_{number}" for place in ("real", "fake", "line") for number in ("mean", "std", "max")}


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 20), st.integers(1, 4), st.integers(0, 2**31))
def test_a_linear_critic_has_one_slope_everywhere(evaluation, normal, n, dimension, seed):
    weight = normal(dimension, seed=seed)
    real, fake = normal(n, dimension, seed=seed + 1), normal(n, dimension, seed=seed + 2)
    values = Slopes().measure(evaluation(real, fake, critic=lambda x: x @ weight))
    assert values.keys() == {"slopes"} | KEYS
    for key, value in values.items():
        want = 0.0 if key.endswith("_std") else float(weight.norm())
        assert value == pytest.approx(want, abs=1e-5), key


def test_each_place_is_where_it_says(evaluation, normal):
    # The gradient of |x|^2 / 2 is x, so slopes are distances from the origin.
    real, fake = normal(700, 3), normal(700, 3, seed=1) + 10
    values = Slopes().measure(evaluation(real, fake, critic=lambda x: (x**2).sum(dim=1) / 2))
    for place, points in (("real", real), ("fake", fake)):
        lengths = points.norm(dim=1)
        assert values[f"slope_{place}_mean"] == pytest.approx(float(lengths.mean()), rel=1e-5)
        assert values[f"slope_{place}_std"] == pytest.approx(float(lengths.std(correction=0)), rel=1e-4)
        assert values[f"slope_{place}_max"] == pytest.approx(float(lengths.max()), rel=1e-5)
    assert values["slope_real_mean"] < values["slope_line_mean"] < values["slope_fake_mean"]
    assert values["slopes"] == values["slope_line_mean"]


def test_the_line_is_drawn_from_the_evaluations_generator(evaluation, normal):
    def measure(seed):
        real, fake = normal(30, 2), normal(30, 2, seed=1)
        return Slopes().measure(evaluation(real, fake, critic=lambda x: (x**2).sum(dim=1), seed=seed))

    assert measure(0) == measure(0)
    assert measure(0)["slopes"] != measure(1)["slopes"]


def test_images_and_modules_work_without_touching_parameters(evaluation, normal):
    critic = nn.Sequential(nn.Conv2d(1, 4, 3), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(16, 1))
    with torch.no_grad():  # as evaluations usually run
        values = Slopes().measure(evaluation(normal(9, 1, 4, 4), normal(9, 1, 4, 4, seed=1), critic=critic))
    assert all(math.isfinite(value) for value in values.values())
    assert values["slope_real_max"] >= values["slope_real_mean"] > 0
    assert all(parameter.grad is None for parameter in critic.parameters())


def test_a_diverged_generator_leaves_the_slopes_at_real_samples(evaluation, normal):
    fake = normal(10, 2)
    fake[0, 0] = torch.nan
    values = Slopes().measure(evaluation(normal(10, 2), fake))
    for key, value in values.items():
        assert math.isnan(value) != key.startswith("slope_real"), key


def test_a_critic_that_mixes_samples_has_no_slopes(evaluation, normal):
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    given = evaluation(normal(10, 2), normal(10, 2, seed=1), critic=critic)
    assert all(math.isnan(value) for value in Slopes().measure(given).values())
    critic.eval()  # with fixed statistics every sample is alone again
    assert all(math.isfinite(value) for value in Slopes().measure(given).values())


def test_the_engine_can_be_chosen(evaluation, normal):
    critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    given = [evaluation(normal(12, 2), normal(12, 2, seed=1), critic=critic) for _ in range(3)]
    first, *others = [
        Slopes(engine=e).measure(x) for e, x in zip(("vmap", "batched", "loop"), given, strict=True)
    ]
    for other in others:
        assert other == pytest.approx(first, abs=1e-6)
    with pytest.raises(FieldError, match="engine"):
        Slopes(engine="magic")
