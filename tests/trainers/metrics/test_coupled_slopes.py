"""Gradients along segments: exact for optimal critics, and the plan against all permutations."""

import dataclasses
import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import DataError, LipschitzError
from lipschitz_trainers.data import Digits, ScaledGaussians
from lipschitz_trainers.metrics import CoupledSlopes, transport
from lipschitz_trainers.metrics.coupled_slopes import along, plan

PAIRS = ("coupled", "random")


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 1000))
def test_the_plan_is_the_cheapest_of_all_permutations(n, dimension, seed):
    a, b = torch.randn(2, n, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    order = plan(a, b)
    assert sorted(order.tolist()) == list(range(n))
    costs = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
    best = min(sum(costs[i, j] for i, j in enumerate(p)) for p in itertools.permutations(range(n)))
    assert costs[torch.arange(n), order].sum() == pytest.approx(best.item(), rel=1e-9)


def test_a_plan_between_equal_points_is_one_too():
    assert sorted(plan(torch.zeros(3, 2), torch.zeros(3, 2)).tolist()) == [0, 1, 2]
    with pytest.raises(DataError, match="not be empty"):
        plan(torch.zeros(0, 2), torch.zeros(0, 2))
    with pytest.raises(DataError, match=r"one size and shape, got \(3, 2\) and \(4, 2\)"):
        plan(torch.zeros(3, 2), torch.zeros(4, 2))


@pytest.mark.parametrize("exponent", [-300, -200, -30, -12, 30, 200, 300])
def test_the_plan_does_not_depend_on_the_scale_of_the_data(exponent):
    """The solver's tolerance is absolute: unscaled, points within 1e-12 would be paired at random."""
    a, b = torch.randn(2, 40, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    scale = 10.0**exponent
    assert torch.equal(plan(a * scale, b * scale), plan(a, b))


def test_a_plan_that_was_not_found_is_an_error(monkeypatch):
    monkeypatch.setattr(transport, "MAX_ITERATIONS", 3)
    with pytest.raises(LipschitzError, match="between 50 and 50 samples was not found"):
        plan(*torch.randn(2, 50, 2, generator=torch.Generator().manual_seed(0)))


@given(
    angle=st.floats(0, 2 * math.pi),
    slope=st.floats(0.1, 3),
    ends=st.integers(0, 1000),
)
def test_along_segments_an_affine_critic_is_known(angle, slope, ends):
    weight = slope * torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
    real, fake = torch.randn(2, 7, 2, generator=torch.Generator().manual_seed(ends), dtype=torch.float64)
    found = along(lambda x: x.double() @ weight, real, fake, torch.rand(7))
    lengths = (real - fake).norm(dim=1)
    cosine = float((((real - fake) @ weight) / lengths).mean())
    assert found["slope_mean"] == pytest.approx(slope, rel=1e-6)
    assert found["slope_std"] == pytest.approx(0, abs=1e-6)
    assert found["cosine"] == pytest.approx(cosine / slope, abs=1e-6)
    assert found["increment"] == pytest.approx(cosine, abs=1e-6)


def test_the_place_is_on_the_segment_and_one_is_the_real_end():
    real, fake = torch.tensor([[4.0], [4.0]]), torch.tensor([[0.0], [0.0]])
    found = along(lambda x: x[:, 0] ** 2 / 2, real, fake, torch.tensor([1.0, 0.25]))  # slope x
    assert found["slope_mean"] == pytest.approx((4 + 1) / 2)
    assert found["slope_std"] == pytest.approx((4 - 1) / 2)
    assert found["increment"] == pytest.approx(2.0)


def test_segments_without_length_are_left_out():
    real = torch.tensor([[1.0, 0.0], [2.0, 2.0]])
    found = along(lambda x: x[:, 0], real, torch.tensor([[0.0, 0.0], [2.0, 2.0]]), torch.rand(2))
    assert found["cosine"] == found["increment"] == 1
    assert math.isnan(along(lambda x: x[:, 0], real, real, torch.rand(2))["cosine"])


def test_the_optimal_critic_has_slope_one_towards_the_data_on_both_plans(evaluation):
    near, far = ScaledGaussians().open(), ScaledGaussians(side="q").open()
    generator = torch.Generator().manual_seed(0)
    # Far apart on every ray, so that short segments do not blur the plan between samples.
    real, fake = near.held_out(400, generator).x, 8 * far.held_out(400, generator).x
    seen = dataclasses.replace(
        evaluation(real, fake, critic=lambda x: -x.norm(dim=1), source=near), fake_source=far
    )
    found = CoupledSlopes(points=50).measure(seen)
    for pairs in ("known", "coupled"):
        assert found[f"{pairs}_slope_mean"] == pytest.approx(1, abs=1e-5)
    assert found["known_cosine"] == pytest.approx(1, abs=1e-5)
    assert found["known_increment"] == pytest.approx(1, abs=1e-5)
    assert 0.98 < found["coupled_increment"] <= 1
    assert found["random_increment"] < found["coupled_increment"]
    assert found["coupled_slopes"] == found["coupled_slope_mean"]


def test_without_a_known_plan_there_are_no_keys_for_it(evaluation, normal):
    found = CoupledSlopes().measure(evaluation(normal(6, 3), normal(6, 3, seed=1)))
    assert {key.split("_")[0] for key in found} == {"coupled", "random"}


def test_diverged_fakes_and_critics_that_mix_samples_have_no_numbers(evaluation, normal):
    diverged = CoupledSlopes().measure(evaluation(normal(6, 2), normal(6, 2) * torch.nan))
    assert all(math.isnan(value) for value in diverged.values())
    mixing = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    coupled = CoupledSlopes().measure(evaluation(normal(6, 2), normal(6, 2, seed=1), critic=mixing))
    assert all(math.isnan(value) for value in coupled.values())
    assert not CoupledSlopes().applies_to(Digits().open())
