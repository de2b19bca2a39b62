"""Slopes of a batch: the right points, the right norm, the right engine."""

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch, CoupledSamplesError, gradient_norms
from lipschitz.sampling import PLACES, penalty_points
from lipschitz.slopes import Place, points_at, slopes_at
from lipschitz.testing.strategies import batches


def quadratic(x):
    return (x**2).sum(1) / 2


def batch(seed=0):
    draw = torch.Generator().manual_seed(seed)
    real, fake = torch.randn(6, 3, generator=draw), torch.randn(6, 3, generator=draw) + 4
    return Batch(real=real, fake=fake, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("points", get_args(Place))
@pytest.mark.parametrize(("norm", "order"), [(2, 2), (1, float("inf")), (float("inf"), 1), (1.25, 5)])
def test_slope_of_the_quadratic_is_the_dual_norm_of_the_point(points, norm, order):
    expected = torch.linalg.vector_norm(points_at(quadratic, batch(), points), ord=order, dim=1)
    torch.testing.assert_close(slopes_at(quadratic, batch(), points, norm=norm), expected)


@pytest.mark.parametrize("points", PLACES)
def test_places_of_the_batch_are_those_of_sampling(points):
    assert torch.equal(points_at(quadratic, batch(), points), penalty_points(batch(), points))


@given(batches(shape=(3,)), st.floats(0.1, 3))
def test_adversarial_points_lie_the_radius_uphill(given_batch, radius):
    state = given_batch.generator.get_state()
    got = points_at(lambda x: 2 * x[:, 0], given_batch, "adversarial", radius)
    given_batch.generator.set_state(state)
    moved = got - penalty_points(given_batch, "between")
    torch.testing.assert_close(moved[:, 0].abs(), torch.full_like(moved[:, 0], radius))
    torch.testing.assert_close(moved[:, 1:], torch.zeros_like(moved[:, 1:]), rtol=0, atol=1e-12)
    assert not got.requires_grad


def test_adversarial_points_are_steeper_on_average():
    torch.manual_seed(0)
    critic = torch.nn.Sequential(torch.nn.Linear(3, 32), torch.nn.SiLU(), torch.nn.Linear(32, 1))
    many = Batch(
        real=torch.randn(500, 3), fake=torch.randn(500, 3), generator=torch.Generator().manual_seed(0)
    )
    usual, steep = (slopes_at(critic, many, points).mean() for points in ("between", "adversarial"))
    assert steep > 1.05 * usual


def test_conditions_are_passed_on():
    two = Batch(real=torch.zeros(2, 3), fake=torch.zeros(2, 3), condition=(torch.tensor([2.0, 5.0]),))
    slopes = slopes_at(lambda x, c: c * x[:, 0], two)
    torch.testing.assert_close(slopes, torch.tensor([2.0, 5.0]))


def test_coupled_critics_need_leave():
    critic = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError):
        slopes_at(critic, batch())
    allowed = slopes_at(critic, batch(), "real", allow_batch_coupling=True)
    torch.testing.assert_close(allowed, gradient_norms(critic, batch().real, engine="batched"))
