"""Spectral normalization: weights of norm 1 by SVD, 1-Lipschitz perceptrons, what it refuses and leaves alone."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations, parametrize

import lipschitz
from lipschitz import Batch, CriticError, FieldError
from lipschitz.testing.strategies import seeds, tensors

LAYERS = {
    "Linear": (lambda: nn.Linear(5, 4), (5,)),
    "wide Linear": (lambda: nn.Linear(3, 20, bias=False), (3,)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3), (2, 7)),
    "Conv2d": (lambda: nn.Conv2d(3, 4, 3, stride=2, padding=1), (3, 6, 6)),
    "grouped Conv2d": (lambda: nn.Conv2d(4, 4, 3, groups=2), (4, 6, 6)),
    "Conv3d": (lambda: nn.Conv3d(2, 3, 2), (2, 3, 3, 3)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(2, 3, 3), (2, 5)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(3, 5, 4, stride=2), (3, 4, 4)),
}


def matrix(layer):
    """Return the weight as the matrix the publication normalizes: one row per output."""
    weight = layer.weight.detach().double()
    if isinstance(layer, nn.ConvTranspose1d | nn.ConvTranspose2d):
        weight = weight.transpose(0, 1)
    return weight.flatten(1)


def converged(layer, shape, steps=300):
    """Prepare a layer and run it in training mode until the power iteration has converged."""
    critic = lipschitz.build("spectral_norm").prepare(nn.Sequential(layer))
    with torch.no_grad():
        for _ in range(steps):
            critic(torch.zeros(1, *shape))
    return critic.eval()


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_largest_singular_value_is_one(kind, scale):
    build, shape = LAYERS[kind]
    layer = build()
    with torch.no_grad():
        layer.weight.mul_(scale)
    raw = matrix(layer)
    converged(layer, shape)
    singular = torch.linalg.svdvals(matrix(layer))
    assert singular[0].item() == pytest.approx(1, abs=1e-4)
    # Nothing but the scale changes.
    torch.testing.assert_close(matrix(layer), raw / torch.linalg.svdvals(raw)[0], rtol=1e-3, atol=1e-4)


@given(seed=seeds(), widths=st.lists(st.integers(1, 10), min_size=1, max_size=3), data=st.data())
def test_a_perceptron_is_one_lipschitz(seed, widths, data):
    torch.manual_seed(seed)
    sizes = [3, *widths, 1]
    layers = [nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
    critic = nn.Sequential(
        *(part for layer in layers[:-1] for part in (layer, nn.ReLU())), layers[-1]
    ).double()
    lipschitz.build("spectral_norm").prepare(critic)
    with torch.no_grad():
        for _ in range(200):
            critic(torch.zeros(1, 3, dtype=torch.float64))
    critic.eval()
    product = math.prod(float(torch.linalg.svdvals(layer.weight.detach())[0]) for layer in layers)
    a, b = data.draw(tensors((2, 20, 3), scale=3.0))
    quotients = (critic(a) - critic(b))[:, 0].abs() / (a - b).norm(dim=1)
    # The power iteration approaches the norm from below; what it still misses is known from the SVD.
    assert product == pytest.approx(1, abs=0.05)
    assert quotients.max() <= product * (1 + 1e-9)


def test_a_convolution_may_be_steeper_than_one_as_documented():
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    nn.init.ones_(layer.weight)
    critic = converged(layer, (1, 16, 16))
    image = torch.ones(1, 1, 16, 16)
    gain = (critic(image).norm() / image.norm()).item()
    assert 2 < gain <= 3, "up to the square root of the kernel's size"


def test_evaluation_does_not_move_the_power_iteration():
    critic = lipschitz.build("spectral_norm").prepare(nn.Sequential(nn.Linear(40, 40)))
    power = critic.eval()[0].parametrizations.weight[0]
    first = power._u.clone()
    critic(torch.zeros(1, 40))
    assert torch.equal(power._u, first)
    critic.train()(torch.zeros(1, 40))
    assert not torch.equal(power._u, first)


@pytest.mark.parametrize("iterations", [1, 5])
def test_power_iterations_is_the_number_of_iterations_at_every_forward(iterations):
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(30, 30))
    critic = lipschitz.build("spectral_norm", power_iterations=iterations).prepare(critic)
    u = critic[0].parametrizations.weight[0]._u.clone()
    raw = critic[0].parametrizations.weight.original.detach()
    v = critic[0].parametrizations.weight[0]._v.clone()
    critic(torch.zeros(1, 30))
    for _ in range(iterations):
        u = torch.nn.functional.normalize(raw @ v, dim=0)
        v = torch.nn.functional.normalize(raw.T @ u, dim=0)
    torch.testing.assert_close(critic[0].parametrizations.weight[0]._u, u)


@given(seed=seeds(), m=st.integers(1, 6), n=st.integers(1, 6))
def test_gradients_flow_through_the_norm_with_its_vectors_constant(seed, m, n):
    """dL/dW = (G - <G, W / s> u v') / s, for G the gradient by the normalized weight."""
    torch.manual_seed(seed)
    layer = nn.Linear(n, m, bias=False).double()
    critic = lipschitz.build("spectral_norm").prepare(nn.Sequential(layer))
    weight = layer.parametrizations.weight.original.detach().numpy()
    direction = torch.randn(m, n, dtype=torch.float64)
    (critic[0].weight * direction).sum().backward()
    power = layer.parametrizations.weight[0]
    u, v = power._u.numpy(), power._v.numpy()
    s = u @ weight @ v
    want = (direction.numpy() - (direction.numpy() * weight).sum() / s * np.outer(u, v)) / s
    np.testing.assert_allclose(
        layer.parametrizations.weight.original.grad.numpy(), want, rtol=1e-9, atol=1e-12
    )


@given(seed=seeds(), height=st.integers(1, 3), width=st.integers(1, 3))
def test_kernels_are_flattened_and_iterated_once_a_step_from_where_they_were(seed, height, width):
    """The published step in numpy: v = W'u / |W'u|, u = W v / |W v|, s = u' W v with W of shape (out, in * k * k)."""
    torch.manual_seed(seed)
    layer = nn.Conv2d(2, 4, (height, width)).double()
    critic = lipschitz.build("spectral_norm").prepare(nn.Sequential(layer))
    power, raw = layer.parametrizations.weight[0], layer.parametrizations.weight.original.detach()
    matrix = raw.numpy().reshape(4, 2 * height * width)
    assert power._u.shape == (4,)
    for _ in range(3):
        u, v = power._u.numpy().copy(), power._v.numpy().copy()
        used = critic[0].weight.detach()
        # torch keeps both vectors and starts with the other half of the step; the fixed points are the same.
        u = matrix @ v / np.linalg.norm(matrix @ v)
        v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
        np.testing.assert_allclose(used.numpy(), raw.numpy() / (u @ matrix @ v), rtol=1e-9)


def test_with_a_cache_a_critic_step_costs_one_iteration():
    critic = lipschitz.build("spectral_norm").prepare(
        nn.Sequential(nn.Linear(30, 30), nn.ReLU(), nn.Linear(30, 1))
    )
    twin = lipschitz.build("spectral_norm").prepare(
        nn.Sequential(nn.Linear(30, 30), nn.ReLU(), nn.Linear(30, 1))
    )
    twin.load_state_dict(critic.state_dict())
    with parametrize.cached():
        for _ in range(5):
            critic(torch.zeros(1, 30))
    twin(torch.zeros(1, 30))
    for name, value in critic.state_dict().items():
        torch.testing.assert_close(value, twin.state_dict()[name])


def test_weights_stay_trainable_and_frozen_ones_frozen():
    critic = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    critic[0].weight.requires_grad_(False)
    lipschitz.build("spectral_norm").prepare(critic)
    trainable = {name for name, p in critic.named_parameters() if p.requires_grad}
    assert trainable == {"0.bias", "2.bias", "2.parametrizations.weight.original"}
    critic(torch.randn(3, 2)).sum().backward()
    assert critic[2].parametrizations.weight.original.grad.abs().max() > 0


def test_other_layers_and_biases_are_left_alone():
    critic = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.LSTM(8, 3))
    lipschitz.build("spectral_norm").prepare(critic)
    assert parametrize.is_parametrized(critic[0], "weight")
    assert not parametrize.is_parametrized(critic[0], "bias")
    assert not any(parametrize.is_parametrized(layer) for layer in critic[1:])


def test_preparing_draws_nothing_and_gives_the_same_start_every_time():
    critics = []
    for seed in (1, 2):
        torch.manual_seed(0)
        critic = nn.Sequential(nn.Linear(5, 5))
        torch.manual_seed(seed)
        state = torch.get_rng_state()
        critics.append(lipschitz.build("spectral_norm").prepare(critic))
        assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(*(c.state_dict().values() for c in critics), strict=True))


# --- what is refused ---


def test_preparing_twice_is_an_error_that_names_the_layer():
    constraint = lipschitz.build("spectral_norm")
    critic = constraint.prepare(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1)))
    with pytest.raises(CriticError, match="the weight of layer '0' is already reparametrized"):
        constraint.prepare(critic)


@pytest.mark.parametrize("other", [parametrizations.orthogonal, parametrizations.weight_norm])
def test_another_reparametrization_is_an_error_and_leaves_the_critic_alone(other):
    critic = nn.Sequential(nn.Linear(2, 2), nn.Sequential(other(nn.Linear(2, 2))), nn.Linear(2, 1))
    names = list(critic.state_dict())
    with pytest.raises(CriticError, match=r"the weight of layer '1.0' is already reparametrized"):
        lipschitz.build("spectral_norm").prepare(critic)
    assert list(critic.state_dict()) == names


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("old", [nn.utils.spectral_norm, nn.utils.weight_norm])
def test_the_older_reparametrizations_are_an_error_too(old):
    with pytest.raises(CriticError, match="the weight of layer '0' is already reparametrized"):
        lipschitz.build("spectral_norm").prepare(nn.Sequential(old(nn.Linear(2, 1))))


def test_a_critic_without_layers_to_normalize_is_refused():
    with pytest.raises(CriticError, match="no linear or convolution layer to normalize"):
        lipschitz.build("spectral_norm").prepare(nn.Sequential(nn.ReLU(), nn.LSTM(2, 2)))


def test_a_weight_of_zeros_is_refused_by_its_path():
    # It has no direction to keep: dividing by its norm would give NaN.
    critic = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    nn.init.zeros_(critic[2].weight)
    with pytest.raises(CriticError, match="the weight of layer '2' is zero.*draw it at random"):
        lipschitz.build("spectral_norm").prepare(critic)


@pytest.mark.parametrize("value", [0, -1, 1.5, True])
def test_power_iterations_is_a_positive_whole_number(value):
    with pytest.raises(FieldError, match="SpectralNorm.power_iterations must be"):
        lipschitz.build("spectral_norm", power_iterations=value)


def test_there_is_no_penalty_and_no_projection():
    constraint = lipschitz.build("spectral_norm")
    critic = constraint.prepare(nn.Sequential(nn.Linear(2, 1)))
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    assert constraint.penalty(critic, Batch(real=torch.zeros(3, 2))).item() == 0
    constraint.project(critic)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
