"""What flows back from a penalty: shares of the gradient, NaN at zero, leaks to the generator."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.testing.identify.backward import backward
from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.forms import Form
from lipschitz.testing.identify.growth import growth


def flow(norms=lambda g: g.norm(dim=1), cost=lambda n: ((n - 1) ** 2).mean(), detach=True, graph=True):
    def function(critic, real, fake):
        x = (real + (fake.detach() if detach else fake)) / 2
        x = x if x.requires_grad else x.requires_grad_()
        (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=graph)
        return cost(norms(gradients))

    penalty = Penalty(function, Form((5,)))
    return backward(penalty, growth(penalty))


def test_a_right_penalty():
    found = flow()
    assert found.share == pytest.approx(1, abs=1e-5)
    assert found.finite_at_zero
    assert found.leak == 0
    assert found.failure == ""


@given(st.floats(0, 1))
def test_the_share_that_reaches_the_critic(share):
    def partly(norms):
        value = ((norms - 1) ** 2).mean()
        return share * value + (1 - share) * value.detach()

    assert flow(cost=partly).share == pytest.approx(share, abs=1e-5)


def test_nothing_reaches_the_critic_without_a_graph():
    assert flow(graph=False).share == 0


def test_nothing_reaches_a_frozen_critic():
    def function(critic, real, fake):
        critic.requires_grad_(False)
        x = real.requires_grad_()
        return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0].norm(dim=1).square().mean()

    penalty = Penalty(function, Form((5,)))
    assert backward(penalty, growth(penalty)).share == 0


@pytest.mark.parametrize(
    ("norms", "finite"),
    [
        (lambda g: g.norm(dim=1), True),
        (lambda g: torch.linalg.vector_norm(g, dim=1), True),
        (lambda g: (g.square().sum(1) + 1e-12).sqrt(), True),
        (lambda g: g.square().sum(1).sqrt(), False),
        (lambda g: g.square().sum(1) / g.norm(dim=1), False),
    ],
)
def test_zero_gradients(norms, finite):
    for cost in (lambda n: ((n - 1) ** 2).mean(), lambda n: (n - 1).clamp(min=0).square().mean()):
        assert flow(norms, cost).finite_at_zero == finite


def test_a_gradient_that_reaches_the_fake_samples():
    assert flow(detach=False).leak > 1e-3


def test_a_graph_used_up_is_a_failure():
    def use_up(norms):
        value = ((norms - 1) ** 2).mean()
        torch.autograd.backward(value)
        return value

    found = flow(cost=use_up)
    assert found.share == 0
    assert "second time" in found.failure
