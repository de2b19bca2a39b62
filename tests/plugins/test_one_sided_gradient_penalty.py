"""The one-sided penalty: nothing to pay for any 1-Lipschitz function."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

import lipschitz
from lipschitz import Batch
from lipschitz.testing.strategies import batches, critics, one_lipschitz_functions

ULP = torch.finfo(torch.float64).eps


@given(one_lipschitz_functions(), st.data(), st.sampled_from(["between", "real", "fake", "around_real"]))
def test_every_one_lipschitz_function_is_free(function, data, points):
    batch = data.draw(batches(shape=(function.dimension,), max_size=8))
    constraint = lipschitz.build("one_sided_gradient_penalty", coefficient=10, points=points)
    penalty = constraint.penalty(function, batch)
    # A slope of 1 may round to a little more than 1.
    assert penalty.max().item() <= 10 * (8 * ULP) ** 2, f"{function.description}: {penalty}"


@given(one_lipschitz_functions(), st.data(), st.floats(0.1, 5))
def test_a_function_scaled_to_the_target_is_free_and_a_steeper_one_is_not(function, data, target):
    batch = data.draw(batches(shape=(function.dimension,)))
    constraint = lipschitz.build("one_sided_gradient_penalty", coefficient=1, target=target)
    assert constraint.penalty(lambda x: target * function(x), batch).max() <= (8 * ULP * target) ** 2
    if function.slope is not None:
        steep = constraint.penalty(lambda x: 3 * target * function(x), batch)
        torch.testing.assert_close(steep, torch.full_like(steep, (2 * target) ** 2))


@given(critics(), batches())
def test_it_is_never_above_the_two_sided_penalty(critic, batch):
    one, two = (lipschitz.build(f"{side}_sided_gradient_penalty", points="real") for side in ("one", "two"))
    assert (one.penalty(critic, batch) <= two.penalty(critic, batch)).all()


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0, 1))
def test_it_is_convex_in_the_slope(a, b, t):
    batch = Batch(real=torch.zeros(1, 1, dtype=torch.float64), fake=torch.zeros(1, 1, dtype=torch.float64))
    constraint = lipschitz.build("one_sided_gradient_penalty")

    def cost(slope):
        return constraint.penalty(lambda x: slope * x[:, 0], batch).item()

    assert cost(t * a + (1 - t) * b) <= t * cost(a) + (1 - t) * cost(b) + 1e-9


def test_a_flat_critic_is_free_and_has_no_gradient():
    w = torch.zeros(2, requires_grad=True)
    batch = Batch(real=torch.randn(3, 2), fake=torch.randn(3, 2))
    penalty = lipschitz.build("one_sided_gradient_penalty").penalty(lambda x: x @ w, batch)
    assert penalty.tolist() == [0.0, 0.0, 0.0]
    (gradient,) = torch.autograd.grad(penalty.sum(), w)
    assert gradient.tolist() == [0.0, 0.0]
    assert not math.isnan(gradient.sum())


def test_an_optimal_potential_costs_nothing_between_samples_that_are_not_coupled():
    """The argument for it: slope 1 is due between optimally coupled samples only, and batches pair them at random."""

    def potential(x):  # falls from 0 to 1, is flat to 2, and rises to 3
        return (1 - x[:, 0]).clamp(min=0) + (x[:, 0] - 2).clamp(min=0)

    real, fake = torch.tensor([[0.0], [3.0]]), torch.tensor([[1.0], [2.0]])
    cost = (real - fake.T).abs().numpy()
    rows, columns = linear_sum_assignment(cost)
    assert (potential(real) - potential(fake)).sum() == cost[rows, columns].sum() == 2
    draws = Batch(real=real.repeat(200, 1), fake=fake.flip(0).repeat(200, 1))  # 0 with 2, and 3 with 1
    one, two = (
        lipschitz.build(f"{side}_sided_gradient_penalty").penalty(potential, draws) for side in ("one", "two")
    )
    assert not one.any()
    # Half of each segment is flat: there the two-sided penalty asks for a slope that the optimum does not have.
    assert set(two.tolist()) == {0.0, 10.0}
    assert two.mean().item() == pytest.approx(5, rel=0.2)
