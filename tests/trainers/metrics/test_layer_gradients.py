"""Gradients at the layers: products of weights in closed form."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import CriticError
from lipschitz.seeding import fixed_seed
from lipschitz_trainers.metrics import LayerGradients


def linear_critic(width, depth, scale, activation=nn.Identity):
    layers = []
    for _ in range(depth):
        layer = nn.Linear(width, width, bias=False)
        layer.weight.data = scale * nn.init.orthogonal_(torch.empty(width, width))
        layers += [layer, activation()]
    return nn.Sequential(*layers, nn.Linear(width, 1, bias=False))


@given(st.integers(1, 4), st.floats(0.1, 3), st.integers(0, 2**31))
def test_scaled_rotations_multiply_gradients_by_their_scale(evaluation, normal, depth, scale, seed):
    with fixed_seed(seed):
        critic = linear_critic(5, depth, scale)
    values = LayerGradients().measure(evaluation(normal(7, 5), normal(7, 5, seed=1), critic=critic))
    last = math.log10(float(critic[-1].weight.detach().norm()))
    assert values["layer_count"] == depth + 1
    assert values[f"layer_gradient_{depth + 1}"] == pytest.approx(0.0, abs=1e-6)
    for layer in range(1, depth + 1):
        want = last + (depth - layer) * math.log10(scale)
        assert values[f"layer_gradient_{layer}"] == pytest.approx(want, abs=1e-5)


def test_the_slope_is_the_change_from_a_layer_to_the_one_before(evaluation, normal):
    critic = linear_critic(4, 6, 0.01)
    critic[-1].weight.data = 0.01 * nn.functional.normalize(critic[-1].weight.data)
    values = LayerGradients().measure(evaluation(normal(7, 4), normal(7, 4), critic=critic))
    assert values["layer_gradients"] == pytest.approx(-2.0, abs=1e-4)


def test_rectifiers_count_sample_by_sample(evaluation):
    critic = nn.Sequential(nn.Linear(1, 1, bias=False), nn.ReLU(), nn.Linear(1, 1, bias=False))
    critic[0].weight.data.fill_(1.0)
    critic[2].weight.data.fill_(10.0)
    points = torch.tensor([[1.0], [-1.0], [2.0], [-3.0]])
    values = LayerGradients().measure(evaluation(points[:2], points[2:], critic=critic))
    assert values["layer_gradient_1"] == pytest.approx(math.log10(10 / 2))


def test_a_dead_layer_has_no_key_and_the_critic_is_left_alone(evaluation, normal):
    critic = linear_critic(3, 2, 1.0)
    critic[2].weight.data.zero_()
    values = LayerGradients().measure(evaluation(normal(4, 3), normal(4, 3), critic=critic))
    assert "layer_gradient_1" not in values
    assert "layer_gradient_2" in values
    assert all(p.grad is None for p in critic.parameters())
    assert not any(layer._forward_hooks for layer in critic)


def test_it_is_measured_only_where_it_is_asked_for():
    assert not LayerGradients.by_default


def test_critics_without_layers_are_refused(evaluation, normal):
    for critic, words in ((lambda x: x[:, 0], "nn.Module"), (nn.Flatten(0), "needs linear or convolution")):
        with pytest.raises(CriticError, match=words):
            LayerGradients().measure(evaluation(normal(4, 1), normal(4, 1), critic=critic))
