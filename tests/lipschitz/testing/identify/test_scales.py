"""The unit of a norm: targets and coefficients come out, and means in the place of sums."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.forms import Form
from lipschitz.testing.identify.growth import growth
from lipschitz.testing.identify.reductions import Reduction, per_sample
from lipschitz.testing.identify.scales import scales


def gradients_of(critic, real, total):
    x = real.detach().requires_grad_()
    return torch.autograd.grad(total(critic(x)), x, create_graph=True)[0].flatten(1)


def found(cost, norms=lambda g: g.norm(dim=1), total=torch.sum, shape=(3, 4), axes=None):
    penalty = Penalty(lambda critic, real, fake: cost(norms(gradients_of(critic, real, total))), Form(shape))
    axes = per_sample(len(shape) + 1) if axes is None else axes
    return scales(penalty, growth(penalty), Reduction(axes))


POSITIVE = st.floats(1e-2, 1e3)


@given(POSITIVE, POSITIVE, st.booleans(), st.booleans(), st.sampled_from(["mean", "sum"]))
def test_target_and_coefficient(coefficient, target, one_sided, mean_score, average):
    def cost(norms):
        excess = norms - target
        excess = excess.clamp(min=0) if one_sided else excess
        return coefficient * getattr(excess**2, average)()

    got = found(cost, total=torch.mean if mean_score else torch.sum)
    assert got.target == pytest.approx(target, rel=1e-6)
    assert got.coefficient == pytest.approx(coefficient, rel=1e-6)
    assert got.divided_by_batch == mean_score
    assert got.summed == (average == "sum")
    assert not got.divided_by_root_of_size
    assert not got.unsteady


@given(POSITIVE, st.booleans(), st.sampled_from(["mean", "sum"]))
def test_penalties_without_a_target(coefficient, mean_score, average):
    got = found(
        lambda n: coefficient * getattr(n**2, average)(), total=torch.mean if mean_score else torch.sum
    )
    assert got.coefficient == pytest.approx(coefficient, rel=1e-6)
    assert got.divided_by_batch == mean_score
    assert got.summed == (average == "sum")


def test_a_mean_under_the_root():
    got = found(lambda n: ((n - 1) ** 2).mean(), lambda g: g.square().mean(1).sqrt())
    assert got.divided_by_root_of_size
    assert got.target == pytest.approx(1)


def test_a_mean_under_the_root_over_the_whole_batch():
    got = found(lambda n: (n - 1) ** 2, lambda g: g.square().mean().sqrt(), axes=(0, 1, 2))
    assert got.divided_by_root_of_size
    assert not got.unsteady
    assert got.target == pytest.approx(1)


def test_where_no_other_size_works_round_numbers_tell():
    def only_here(critic, real, fake):
        g = gradients_of(critic, real, torch.mean).view(6, 12)
        return ((g.norm(dim=1) - 1) ** 2).mean()

    penalty = Penalty(only_here, Form((3, 4)))
    got = scales(penalty, growth(penalty), Reduction((1, 2)))
    assert got.divided_by_batch
    assert got.target == pytest.approx(1)


@pytest.mark.parametrize(
    ("norms", "what"),
    [
        (lambda g: g.norm(dim=1) * len(g), "twice as many samples multiply the target by 0.5"),
        (lambda g: g.norm(dim=1) * g.shape[1], "as many numbers in a sample"),
    ],
)
def test_targets_that_move_are_told(norms, what):
    assert what in found(lambda n: ((n - 1) ** 2).mean(), norms).unsteady


def test_a_norm_over_one_axis_does_not_depend_on_the_others():
    def channels(critic, real, fake):
        x = real.detach().requires_grad_()
        g = torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]
        return ((g.norm(dim=1) - math.sqrt(3)) ** 2).mean()

    penalty = Penalty(channels, Form((3, 4)))
    got = scales(penalty, growth(penalty), Reduction((1,)))
    assert got.target == pytest.approx(math.sqrt(3))
    assert not got.unsteady
