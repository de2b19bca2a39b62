"""Division by the Frobenius norm: weights on the sphere, 1-Lipschitz perceptrons, gradients along the sphere."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, CompositionError, CriticError, gradient_norms
from lipschitz.bounds import operator_norm
from lipschitz.testing.strategies import batches, seeds, weights

KINDS = {
    "Linear": lambda: nn.Linear(5, 4),
    "Bilinear": lambda: nn.Bilinear(3, 2, 4),
    "Conv1d": lambda: nn.Conv1d(2, 3, 3),
    "Conv2d": lambda: nn.Conv2d(4, 4, 3, groups=2),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(3, 5, 4, stride=2),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_sum_of_squares_is_one_and_the_direction_stays(kind, scale):
    layer = KINDS[kind]().double()
    with torch.no_grad():
        layer.weight.mul_(scale)
    raw = layer.weight.detach().clone()
    lipschitz.build("frobenius_norm").prepare(nn.Sequential(layer))
    torch.testing.assert_close(layer.weight.detach(), raw / raw.square().sum().sqrt())


@given(raw=weights((3, 2)), direction=weights((3, 2)))
def test_gradients_are_those_on_the_sphere(raw, direction):
    norm = float(raw.square().sum().sqrt())
    if norm < 1e-3:
        return
    layer = nn.Linear(2, 3, dtype=torch.float64)
    layer.weight.data.copy_(raw)
    lipschitz.build("frobenius_norm").prepare(layer)
    (layer.weight * direction).sum().backward()
    unit = raw / norm
    want = (
        direction - unit * (unit * direction).sum()
    ) / norm  # the part along the sphere, by the chain rule
    torch.testing.assert_close(layer.parametrizations.weight.original.grad, want, rtol=1e-9, atol=1e-9)


@given(seed=seeds(), widths=st.lists(st.integers(1, 10), max_size=3), data=st.data())
def test_a_perceptron_is_one_lipschitz_at_once(seed, widths, data):
    torch.manual_seed(seed)
    layers = [nn.Linear(a, b) for a, b in itertools.pairwise([2, *widths, 1])]
    critic = nn.Sequential(
        *(part for layer in layers[:-1] for part in (layer, nn.ReLU())), layers[-1]
    ).double()
    lipschitz.build("frobenius_norm").prepare(critic)
    points = data.draw(batches(shape=(2,))).real
    assert gradient_norms(critic, 3 * points).max() <= 1 + 1e-12
    assert lipschitz.product_bound(critic, points) <= 1 + 1e-9


def test_only_rank_one_reaches_the_constant():
    identity = nn.Linear(4, 4, bias=False)
    nn.init.eye_(identity.weight)
    lipschitz.build("frobenius_norm").prepare(identity)
    assert torch.linalg.svdvals(identity.weight.detach()).tolist() == pytest.approx([0.5] * 4)
    flat = nn.Linear(4, 4, bias=False)
    nn.init.ones_(flat.weight)
    lipschitz.build("frobenius_norm").prepare(flat)
    assert torch.linalg.svdvals(flat.weight.detach())[0].item() == pytest.approx(1, abs=1e-6)


def test_a_convolution_may_be_steeper_than_one_as_documented():
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    nn.init.ones_(layer.weight)
    lipschitz.build("frobenius_norm").prepare(layer)
    assert 2.5 < operator_norm(layer, (1, 16, 16)) <= 3


def test_what_it_refuses():
    constraint = lipschitz.build("frobenius_norm")
    with pytest.raises(CriticError, match="the weight of layer '0' is already reparametrized"):
        constraint.prepare(constraint.prepare(nn.Sequential(nn.Linear(2, 1))))
    zero = nn.Sequential(nn.Linear(2, 1))
    nn.init.zeros_(zero[0].weight)
    with pytest.raises(CriticError, match="the weight of layer '0' is zero"):
        constraint.prepare(zero)
    with pytest.raises(CriticError, match="frobenius_norm found no linear or convolution layer"):
        constraint.prepare(nn.LSTM(2, 2))
    with pytest.raises(CompositionError, match="'weight_clipping' projects weights that 'frobenius_norm'"):
        lipschitz.compose(constraint, lipschitz.build("weight_clipping"))


def test_there_is_no_state_no_penalty_and_no_projection():
    constraint = lipschitz.build("frobenius_norm")
    critic = constraint.prepare(nn.Sequential(nn.Linear(2, 1)))
    assert not list(critic.buffers())
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    assert constraint.penalty(critic, Batch(real=torch.zeros(3, 2))).item() == 0
    constraint.project(critic)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
