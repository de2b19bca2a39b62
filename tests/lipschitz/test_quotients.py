"""Slopes between pairs: closed forms, the Lipschitz property, precision."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz.quotients import score_quotients
from lipschitz.testing.strategies import batches, one_lipschitz_functions, tensors, weights


@given(weights((3,)), batches(shape=(3,)), st.sampled_from([1.0, 1.5, 2.0, 4.0, math.inf]))
def test_a_linear_critic_has_the_closed_form_in_any_norm(w, batch, norm):
    got = score_quotients(lambda x: x @ w, batch.real, batch.fake, norm=norm)
    for value, a, b in zip(got.tolist(), batch.real.tolist(), batch.fake.tolist(), strict=True):
        step = [x - y for x, y in zip(a, b, strict=True)]
        rise = abs(sum(x * y for x, y in zip(w.tolist(), step, strict=True)))
        sizes = [abs(x) for x in step]
        run = max(sizes) if math.isinf(norm) else sum(x**norm for x in sizes) ** (1 / norm)
        assert value == pytest.approx(rise / run, rel=1e-9, abs=1e-9)


@given(one_lipschitz_functions(), st.data())
def test_functions_of_slope_one_have_no_larger_quotient(function, data):
    a, b = (data.draw(tensors((4, function.dimension))) for _ in range(2))
    assert (score_quotients(function, a, b) <= 1 + 1e-9).all()


def test_equal_points_have_slope_zero_and_finite_derivatives():
    critic, x = nn.Linear(2, 1), torch.randn(3, 2)
    found = score_quotients(critic, x, x)
    found.sum().backward()
    assert found.tolist() == [0, 0, 0]
    assert critic.weight.grad.isfinite().all()


def test_conditions_belong_to_both_points_of_a_pair():
    a, b = torch.zeros(2, 1), torch.ones(2, 1)
    got = score_quotients(lambda x, c: x[:, 0] * c, a, b, torch.tensor([2.0, 5.0]))
    assert got.tolist() == [2, 5]


def test_half_precision_does_not_round_the_difference_of_scores_away():
    critic = nn.Linear(2, 1)
    with torch.no_grad():
        critic.weight.copy_(torch.tensor([[3.0, 4.0]]))
        critic.bias.fill_(1000.0)  # bfloat16 knows no number between 1000 and 1004
    a = torch.zeros(2, 2)
    with torch.autocast("cpu", torch.bfloat16):
        got = score_quotients(critic, a, a + torch.tensor([0.03, 0.04]))
    torch.testing.assert_close(got, torch.full((2,), 5.0), rtol=2e-3, atol=0)
