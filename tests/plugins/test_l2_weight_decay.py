"""L2 weight decay: the sum by numpy, the shrinking that follows; and of both decays, which parameters take part."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations

import lipschitz
from lipschitz import Batch, CriticError, FieldError
from lipschitz.testing.strategies import batches, critics

NAME = "l2_weight_decay"


BOTH = {
    NAME: lambda arrays: sum((a**2).sum() for a in arrays),
    "l1_weight_decay": lambda arrays: sum(np.abs(a).sum() for a in arrays),
}
"""The terms of numpy arrays, without coefficient."""

of_both = pytest.mark.parametrize(("name", "cost"), BOTH.items())


@given(critic=critics(shape=(2, 3, 3)), batch=batches(shape=(2, 3, 3)), coefficient=st.floats(1e-4, 10))
def test_the_term_is_the_coefficient_times_the_sum_over_weights(critic, batch, coefficient):
    term = lipschitz.build(NAME, coefficient=coefficient).penalty(critic, batch)
    assert term.shape == ()
    arrays = [p.detach().numpy() for p in critic.parameters() if p.ndim > 1]
    np.testing.assert_allclose(float(term.detach()), coefficient * BOTH[NAME](arrays), rtol=1e-12)


def test_one_step_of_gradient_descent_shrinks_each_weight_by_the_same_share():
    weight = torch.tensor([[3.0, -2.0, 0.5]])
    critic = nn.Linear(3, 1)
    critic.weight.data = weight.clone()
    bias = critic.bias.detach().clone()
    optimizer = torch.optim.SGD(critic.parameters(), lr=1.0)
    lipschitz.build(NAME, coefficient=0.1).penalty(critic, Batch(real=torch.zeros(2, 3))).backward()
    optimizer.step()
    torch.testing.assert_close(critic.weight.detach(), weight * (1 - 2 * 0.1))
    assert torch.equal(critic.bias, bias)


@of_both
def test_biases_gains_and_frozen_weights_cost_nothing(name, cost):
    critic = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Linear(3, 1))
    critic[0].weight.requires_grad_(False)
    term = lipschitz.build(name, coefficient=1.0).penalty(critic, Batch(real=torch.zeros(4, 2)))
    assert float(term.detach()) == pytest.approx(cost([critic[2].weight.detach().numpy()]), rel=1e-6)


@of_both
def test_reparametrized_weights_count_as_the_critic_uses_them(name, cost):
    critic = nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 4)), nn.Linear(4, 1))
    with torch.no_grad():
        critic[0].parametrizations.weight.original1.mul_(10)  # a direction: the weight stays the same
    term = lipschitz.build(name, coefficient=1.0).penalty(critic, Batch(real=torch.zeros(4, 3)))
    arrays = [layer.weight.detach().numpy() for layer in critic]
    assert float(term.detach()) == pytest.approx(cost(arrays), rel=1e-6)
    term.backward()
    assert critic[0].parametrizations.weight.original0.grad.abs().max() > 0


@of_both
def test_nothing_is_bounded_and_it_says_so(name, cost):
    constraint = lipschitz.build(name)
    assert constraint.guarantee == "none"
    critic = nn.Linear(2, 1)
    with torch.no_grad():
        critic.weight.fill_(1e3)
    before = critic.weight.detach().clone()
    assert constraint.prepare(critic) is critic
    constraint.project(critic)
    assert torch.equal(critic.weight, before)
    assert constraint.penalty(critic, Batch(real=torch.zeros(2, 2))) > 0


@of_both
def test_a_critic_without_weights_costs_nothing(name, cost):
    assert lipschitz.build(name).penalty(nn.ReLU(), Batch(real=torch.zeros(2, 2))).item() == 0


@of_both
def test_what_it_refuses(name, cost):
    with pytest.raises(CriticError, match=f"{name} acts on the weights of an nn.Module, got function"):
        lipschitz.build(name).penalty(lambda x: x, Batch(real=torch.zeros(2, 2)))
    with pytest.raises(FieldError, match="WeightDecay.coefficient must be > 0"):
        lipschitz.build(name, coefficient=0)


def test_it_goes_with_every_kind_of_constraint():
    for other in ("spectral_norm", "weight_clipping", "one_sided_gradient_penalty", "gradient_normalization"):
        both = lipschitz.compose(lipschitz.build(other), lipschitz.build(NAME, coefficient=2.0))
        critic = both.prepare(nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)))
        batch = Batch(real=torch.randn(3, 2), fake=torch.randn(3, 2))
        alone = lipschitz.build(other).penalty(critic, batch)
        assert (both.penalty(critic, batch) > alone).all()
