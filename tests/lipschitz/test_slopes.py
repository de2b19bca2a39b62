"""Slopes of a batch: the right points, the right norm, the right engine."""

import pytest
import torch

from lipschitz import Batch, CoupledSamplesError, gradient_norms
from lipschitz.sampling import penalty_points
from lipschitz.slopes import slopes_at


def quadratic(x):
    return (x**2).sum(1) / 2


def batch(seed=0):
    draw = torch.Generator().manual_seed(seed)
    real, fake = torch.randn(6, 3, generator=draw), torch.randn(6, 3, generator=draw) + 4
    return Batch(real=real, fake=fake, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("points", ["between", "real", "fake", "around_real"])
@pytest.mark.parametrize(("norm", "order"), [(2, 2), (1, float("inf")), (float("inf"), 1)])
def test_slope_of_the_quadratic_is_the_dual_norm_of_the_point(points, norm, order):
    expected = torch.linalg.vector_norm(penalty_points(batch(), points), ord=order, dim=1)
    torch.testing.assert_close(slopes_at(quadratic, batch(), points, norm=norm), expected)


def test_conditions_are_passed_on():
    given = Batch(real=torch.zeros(2, 3), fake=torch.zeros(2, 3), condition=(torch.tensor([2.0, 5.0]),))
    slopes = slopes_at(lambda x, c: c * x[:, 0], given)
    torch.testing.assert_close(slopes, torch.tensor([2.0, 5.0]))


def test_coupled_critics_need_leave():
    critic = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError):
        slopes_at(critic, batch())
    allowed = slopes_at(critic, batch(), "real", allow_batch_coupling=True)
    torch.testing.assert_close(allowed, gradient_norms(critic, batch().real, engine="batched"))
