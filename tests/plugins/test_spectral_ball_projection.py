"""Projection onto spectral balls: singular values clipped, 1-Lipschitz perceptrons, kernels as published."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations

import lipschitz
from lipschitz import Batch, CompositionError, CriticError, FieldError, gradient_norms
from lipschitz.bounds import operator_norm, reshaped_spectral_norm
from lipschitz.testing.strategies import batches, critics, seeds

KINDS = {
    "Linear": lambda: nn.Linear(5, 4),
    "Bilinear": lambda: nn.Bilinear(3, 2, 4),
    "Conv1d": lambda: nn.Conv1d(2, 3, 3),
    "grouped Conv2d": lambda: nn.Conv2d(4, 4, 3, groups=2),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(3, 5, 4, stride=2),
    "Conv3d": lambda: nn.Conv3d(2, 3, 2),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("radius", [0.3, 2.0])
def test_singular_values_are_clipped_as_numpy_clips_them(kind, radius):
    layer = KINDS[kind]().double()
    with torch.no_grad():
        layer.weight.mul_(5)
    weight = layer.weight.detach().numpy().copy()
    kernel = np.moveaxis(weight, 1, 0) if "Transpose" in kind else weight
    u, s, vh = np.linalg.svd(kernel.reshape(kernel.shape[0], -1), full_matrices=False)
    want = (u * np.minimum(s, radius) @ vh).reshape(kernel.shape)
    want = np.moveaxis(want, 0, 1) if "Transpose" in kind else want
    lipschitz.build("spectral_ball_projection", radius=radius).project(nn.Sequential(layer))
    np.testing.assert_allclose(layer.weight.detach().numpy(), want, rtol=1e-10, atol=1e-12)
    assert reshaped_spectral_norm(layer) <= radius * (1 + 1e-10)


@given(
    seed=seeds(), widths=st.lists(st.integers(1, 10), max_size=3), radius=st.floats(0.1, 3), data=st.data()
)
def test_slopes_of_perceptrons_follow_from_the_radius(seed, widths, radius, data):
    torch.manual_seed(seed)
    layers = [nn.Linear(a, b, dtype=torch.float64) for a, b in itertools.pairwise([2, *widths, 1])]
    for layer in layers:
        nn.init.normal_(layer.weight, std=2)
    critic = nn.Sequential(*(part for layer in layers[:-1] for part in (layer, nn.ReLU())), layers[-1])
    lipschitz.build("spectral_ball_projection", radius=radius).project(critic)
    points = data.draw(batches(shape=(2,))).real
    assert gradient_norms(critic, 3 * points).max() <= radius ** len(layers) * (1 + 1e-9)
    assert lipschitz.product_bound(critic, points) <= radius ** len(layers) * (1 + 1e-6)


@given(critics(shape=(2, 3, 3), dtype=torch.float32), st.floats(0.1, 2))
def test_projecting_twice_is_projecting_once(critic, radius):
    constraint = lipschitz.build("spectral_ball_projection", radius=radius)
    constraint.project(critic)
    once = [p.detach().clone() for p in critic.parameters()]
    constraint.project(critic, step=1)
    assert all(torch.equal(p, value) for p, value in zip(critic.parameters(), once, strict=True))


def test_unlike_division_by_the_norm_it_leaves_small_singular_values_alone():
    critic = nn.Sequential(nn.Linear(2, 2, bias=False))
    critic[0].weight.data = torch.diag(torch.tensor([4.0, 0.5]))
    lipschitz.build("spectral_ball_projection").project(critic)
    torch.testing.assert_close(critic[0].weight.detach(), torch.diag(torch.tensor([1.0, 0.5])))


def test_biases_and_other_layers_are_left_alone():
    critic = nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Linear(4, 1))
    for parameter in critic.parameters():
        nn.init.constant_(parameter, 7.0)
    lipschitz.build("spectral_ball_projection").project(critic)
    for tensor in (critic[0].bias, critic[1].weight, critic[1].bias, critic[2].bias):
        assert torch.equal(tensor, torch.full_like(tensor, 7.0))


def test_a_convolution_may_be_steeper_than_the_radius_as_documented():
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    nn.init.ones_(layer.weight)
    lipschitz.build("spectral_ball_projection").project(nn.Sequential(layer))
    assert reshaped_spectral_norm(layer) == pytest.approx(1, abs=1e-6)
    assert 2.5 < operator_norm(layer, (1, 16, 16)) <= 3, "up to the square root of the kernel's size"


def test_what_it_refuses():
    constraint = lipschitz.build("spectral_ball_projection")
    critic = nn.Sequential(nn.Linear(2, 4), parametrizations.orthogonal(nn.Linear(4, 1)))
    with pytest.raises(
        CriticError, match="spectral_ball_projection would move the raw parameter of layer '1'"
    ):
        constraint.prepare(critic)
    with pytest.raises(CriticError, match="spectral_ball_projection found no linear or convolution layer"):
        constraint.prepare(nn.Sequential(nn.LSTM(2, 2)))
    with pytest.raises(
        CompositionError, match="'spectral_ball_projection' projects weights that 'orthogonal'"
    ):
        lipschitz.compose(lipschitz.build("orthogonal"), constraint)
    for value in (0, -1.0, True):
        with pytest.raises(FieldError, match="SpectralBallProjection.radius must be"):
            lipschitz.build("spectral_ball_projection", radius=value)


def test_there_is_no_penalty_and_preparing_may_be_repeated():
    constraint, critic = lipschitz.build("spectral_ball_projection"), nn.Sequential(nn.Linear(2, 1))
    assert constraint.prepare(constraint.prepare(critic)) is critic
    assert constraint.penalty(critic, Batch(real=torch.zeros(3, 2))).item() == 0
