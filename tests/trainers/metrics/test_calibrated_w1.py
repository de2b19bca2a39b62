"""Estimates of W1 in units of the critic's constant: the scale of scores drops out, and the upper end is a bound."""

import dataclasses
import itertools
import logging
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import FieldError
from lipschitz.seeding import fixed_seed
from lipschitz_trainers.metrics import CalibratedW1, CriticW1, lipschitz_interval

UPPER, LOWER = "calibrated_w1_by_upper", "calibrated_w1_by_lower"


@pytest.fixture(autouse=True)
def nothing_logged_yet():
    lipschitz_interval.log_once.cache_clear()


def perceptron(*sizes, seed=0):
    with fixed_seed(seed):
        layers = [layer for i, o in itertools.pairwise(sizes) for layer in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


@settings(deadline=None, max_examples=20)
@given(st.floats(1e-3, 1e3), st.integers(0, 2**31))
def test_of_a_linear_critic_both_ends_are_the_distance_along_its_direction(
    evaluation, normal, steepness, seed
):
    critic = nn.Linear(3, 1)
    direction = nn.functional.normalize(normal(1, 3, seed=seed))
    critic.weight.data = steepness * direction
    real, fake = normal(20, 3, seed=seed + 1), normal(20, 3, seed=seed + 2) + 1
    values = CalibratedW1(steps=2).measure(evaluation(real, fake, critic=critic))
    want = float((real.mean(0) - fake.mean(0)) @ direction[0])
    assert values == {
        UPPER: pytest.approx(want, rel=1e-4, abs=1e-5),
        LOWER: pytest.approx(want, rel=1e-4, abs=1e-5),
    }


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_the_upper_end_never_exceeds_the_exact_distance(evaluation, normal, seed):
    given_ = evaluation(
        normal(15, 2, seed=seed), normal(15, 2, seed=seed + 1) + 2, critic=perceptron(2, 8, 8, 1, seed=seed)
    )
    values = CalibratedW1(points=8, steps=2).measure(given_)
    assert values[UPPER] <= given_.exact_w1 * (1 + 1e-5)
    assert abs(values[UPPER]) <= abs(values[LOWER]) * (1 + 1e-5)


def test_the_scale_of_the_scores_drops_out(evaluation, normal):
    """Clipped critics are flat by many orders of magnitude; divided by their constant they compare."""
    critic, clipped = perceptron(2, 16, 16, 1), perceptron(2, 16, 16, 1)
    with torch.no_grad():
        for parameter in clipped.parameters():
            parameter.mul_(0.01)
    for layer in (*critic, *clipped):
        if isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.bias)
    real, fake = normal(30, 2), normal(30, 2, seed=1) + 1
    a, b = (CalibratedW1(steps=3).measure(evaluation(real, fake, critic=each)) for each in (critic, clipped))
    raw = [CriticW1().measure(evaluation(real, fake, critic=each))["critic_w1"] for each in (critic, clipped)]
    assert raw[0] == pytest.approx(1e6 * raw[1], rel=1e-3)
    assert a[UPPER] == pytest.approx(b[UPPER], rel=1e-3)
    assert a[LOWER] == pytest.approx(b[LOWER], rel=1e-3)


def test_it_is_the_estimate_over_both_ends_of_the_interval(evaluation, normal):
    critic = perceptron(2, 8, 8, 1)
    make = lambda: evaluation(normal(12, 2), normal(12, 2, seed=1), critic=critic)  # noqa: E731
    ends = lipschitz_interval.LipschitzInterval(steps=3).measure(make())
    raw = CriticW1().measure(make())["critic_w1"]
    values = CalibratedW1(steps=3).measure(make())
    assert values[UPPER] == pytest.approx(raw / ends["lipschitz_upper"])
    assert values[LOWER] == pytest.approx(raw / ends["lipschitz_lower"])


def test_a_constant_nobody_knows_has_no_key_and_the_reason_is_logged_once(evaluation, normal, caplog):
    critic = lipschitz.build("gradient_normalization").prepare(perceptron(2, 8, 1))
    given_ = evaluation(normal(9, 2), normal(9, 2, seed=1), critic=critic)
    with caplog.at_level(logging.WARNING, "lipschitz"):
        first, second = (CalibratedW1(points=4, steps=2).measure(given_) for _ in range(2))
    assert first.keys() == second.keys() == {LOWER}
    (record,) = caplog.records
    assert record.getMessage().startswith("no upper bound of the critic's Lipschitz constant: ")


def test_a_flat_critic_has_no_estimate_and_a_diverged_generator_none_that_is_a_number(evaluation, normal):
    flat = nn.Linear(2, 1)
    nn.init.zeros_(flat.weight)
    assert CalibratedW1(steps=1).measure(evaluation(normal(9, 2), normal(9, 2), critic=flat)) == {}
    diverged = evaluation(normal(9, 2), math.nan * normal(9, 2), critic=perceptron(2, 8, 1))
    values = CalibratedW1(steps=1).measure(diverged)
    assert values.keys() == {UPPER, LOWER}
    assert all(math.isnan(value) for value in values.values())


def test_fields_are_checked():
    for wrong in ({"points": 0}, {"steps": -1}):
        with pytest.raises(FieldError):
            CalibratedW1(**wrong)


def test_the_search_for_the_interval_is_shared_whatever_is_measured_first(evaluation, normal, monkeypatch):
    critic, searches = perceptron(2, 8, 8, 1), []
    search = lipschitz_interval.interval
    monkeypatch.setattr(lipschitz_interval, "interval", lambda *a, **k: searches.append(a) or search(*a, **k))
    measured = []
    for first, second in itertools.permutations((CalibratedW1(), lipschitz_interval.LipschitzInterval())):
        given_ = evaluation(normal(12, 2), normal(12, 2, seed=1), critic=critic)
        generators = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
        measured.append({})
        for metric, generator in zip((first, second), generators, strict=True):
            measured[-1] |= metric.measure(dataclasses.replace(given_, generator=generator))
    assert len(searches) == 2
    assert measured[0] == measured[1]
