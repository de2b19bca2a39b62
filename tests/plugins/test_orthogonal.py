"""Orthogonal weights: singular values by SVD for every map, never above 1, critics that keep gradients."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations, parametrize

import lipschitz
from lipschitz import Batch, CompositionError, CriticError, FieldError, gradient_norms
from lipschitz.bounds import operator_norm
from lipschitz.layers import as_matrix, output_axis
from lipschitz.testing.strategies import seeds, tensors

MAPS = ["bjorck", "cayley", "matrix_exp", "householder"]
EXACT = MAPS[1:]
KINDS = {
    "square Linear": lambda: nn.Linear(6, 6),
    "wide Linear": lambda: nn.Linear(7, 3),
    "tall Linear": lambda: nn.Linear(2, 5),
    "row": lambda: nn.Linear(9, 1),
    "Bilinear": lambda: nn.Bilinear(3, 2, 4),
    "Conv2d": lambda: nn.Conv2d(3, 4, 3, stride=2, padding=1),
    "grouped Conv2d": lambda: nn.Conv2d(4, 4, 3, groups=2),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(3, 5, 2),
    "Conv1d": lambda: nn.Conv1d(1, 8, 3),
}


def matrix(layer):
    return as_matrix(layer.weight.detach(), output_axis(layer)).double()


def prepared(layer, **fields):
    return lipschitz.build("orthogonal", **fields).prepare(nn.Sequential(layer))[0]


@pytest.mark.parametrize("which", MAPS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_all_singular_values_are_one_before_and_after_training(which, kind, dtype):
    layer = prepared(KINDS[kind]().to(dtype), map=which, iterations=40)
    assert layer.weight.shape == KINDS[kind]().weight.shape
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    tolerance = 2e-5 if dtype is torch.float32 else 1e-10
    start = matrix(layer)
    for _ in range(10):
        singular = torch.linalg.svdvals(matrix(layer))
        assert (singular - 1).abs().max() < tolerance
        optimizer.zero_grad()
        (layer.weight * torch.randn_like(layer.weight)).sum().backward()
        optimizer.step()
    assert matrix(layer).shape[0] == 1 or (matrix(layer) - start).abs().max() > 0.05, "it learns"


@pytest.mark.parametrize("which", EXACT)
@pytest.mark.parametrize("kind", KINDS)
def test_exact_maps_start_at_the_nearest_orthogonal_matrix(which, kind):
    layer = KINDS[kind]().double()
    u, _, vh = np.linalg.svd(matrix(layer).numpy(), full_matrices=False)
    np.testing.assert_allclose(matrix(prepared(layer, map=which)).numpy(), u @ vh, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_bjorck_approaches_the_nearest_orthogonal_matrix(kind):
    layer = KINDS[kind]().double()
    u, _, vh = np.linalg.svd(matrix(layer).numpy(), full_matrices=False)
    np.testing.assert_allclose(matrix(prepared(layer, iterations=60)).numpy(), u @ vh, atol=1e-10)


@given(data=st.data(), m=st.integers(1, 6), n=st.integers(1, 6), iterations=st.integers(1, 12))
def test_bjorck_follows_the_formula_and_never_exceeds_norm_one(data, m, n, iterations):
    raw = data.draw(tensors((m, n), scale=data.draw(st.sampled_from([1e-3, 1.0, 1e3]))))
    layer = nn.Linear(n, m, dtype=torch.float64)
    layer.weight.data.copy_(raw)
    got = matrix(prepared(layer, iterations=iterations)).numpy()
    a = raw.numpy()
    before = np.linalg.svd(a, compute_uv=False)
    a = a / (before**8).sum() ** (1 / 8)
    before = np.linalg.svd(a, compute_uv=False)
    assert before.max() <= 1 + 1e-12
    for k in range(iterations):
        a = a @ (2 * np.eye(n) - 32 / 27 * a.T @ a if k < iterations // 2 else (3 * np.eye(n) - a.T @ a) / 2)
    np.testing.assert_allclose(got, a, atol=1e-12)
    after = np.linalg.svd(got, compute_uv=False)
    assert after.max() <= 1 + 1e-12
    assert (after >= np.minimum(before, 22 / 27) * (1 - 1e-9) - 1e-12).all()


def test_the_documented_share_of_small_singular_values_lags_behind():
    torch.manual_seed(0)
    layer, twin = nn.Linear(512, 512), nn.Linear(512, 512)
    twin.load_state_dict(layer.state_dict())
    default = torch.linalg.svdvals(matrix(prepared(layer)))
    assert 0.02 < (default < 0.99).double().mean() < 0.1
    assert default.max() < 1 + 1e-6
    assert torch.linalg.svdvals(matrix(prepared(twin, iterations=20))).min() > 0.99


@pytest.mark.parametrize("which", MAPS)
@given(seed=seeds(), widths=st.lists(st.integers(1, 8), min_size=1, max_size=3), data=st.data())
def test_a_perceptron_is_one_lipschitz(which, seed, widths, data):
    torch.manual_seed(seed)
    layers = [nn.Linear(a, b) for a, b in itertools.pairwise([3, *widths, 1])]
    critic = nn.Sequential(
        *(part for layer in layers[:-1] for part in (layer, nn.ReLU())), layers[-1]
    ).double()
    lipschitz.build("orthogonal", map=which).prepare(critic)
    a, b = data.draw(tensors((2, 20, 3), scale=3.0))
    quotients = (critic(a) - critic(b)).abs()[:, 0] / (a - b).norm(dim=1)
    assert quotients.max() <= 1 + 1e-9


class Sort(nn.Module):
    def forward(self, x):
        return x.sort(dim=1).values


@pytest.mark.parametrize("which", EXACT)
def test_with_sorting_every_slope_is_one(which):
    critic = nn.Sequential(nn.Linear(4, 8), Sort(), nn.Linear(8, 8), Sort(), nn.Linear(8, 1)).double()
    points = torch.randn(50, 4, dtype=torch.float64)
    lipschitz.build("orthogonal", map=which).prepare(critic)
    norms = gradient_norms(critic, points)
    # Square matrices keep lengths; on the way back through the first map, from 8 features to 4, some may get lost.
    assert norms.max() <= 1 + 1e-9
    square = nn.Sequential(nn.Linear(4, 4), Sort(), nn.Linear(4, 4), Sort(), nn.Linear(4, 1)).double()
    lipschitz.build("orthogonal", map=which).prepare(square)
    torch.testing.assert_close(gradient_norms(square, points), torch.ones(50, dtype=torch.float64))


def test_a_convolution_may_be_steeper_than_one_as_documented():
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    nn.init.ones_(layer.weight)
    assert 2.5 < operator_norm(prepared(layer), (1, 16, 16)) <= 3


@pytest.mark.parametrize("which", MAPS)
def test_autocast_does_not_make_it_less_orthogonal(which):
    layer = prepared(nn.Linear(8, 8), map=which, iterations=40)
    with torch.autocast("cpu", torch.bfloat16):
        inside = layer.weight.detach()
    assert torch.equal(inside, layer.weight.detach())


@pytest.mark.parametrize("which", MAPS)
def test_state_dicts_restore_the_weight(which):
    critics = [
        lipschitz.build("orthogonal", map=which).prepare(nn.Sequential(nn.Linear(5, 3))) for _ in range(2)
    ]
    assert not torch.equal(critics[0][0].weight, critics[1][0].weight)
    critics[1].load_state_dict(critics[0].state_dict())
    assert torch.equal(critics[0][0].weight, critics[1][0].weight)


@pytest.mark.parametrize("which", MAPS)
def test_preparing_draws_nothing_and_gives_the_same_start_every_time(which):
    states = []
    for seed in (1, 2):
        torch.manual_seed(0)
        critic = nn.Sequential(nn.Linear(7, 5))
        torch.manual_seed(seed)
        state = torch.get_rng_state()
        states.append(lipschitz.build("orthogonal", map=which).prepare(critic).state_dict())
        assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in states), strict=True))


def test_the_long_row_of_a_score_needs_no_large_matrix():
    for which in ("bjorck", "householder"):
        layer = prepared(nn.Linear(4096, 1), map=which)
        assert sum(tensor.numel() for tensor in layer.state_dict().values()) <= 4097
        assert layer.weight.detach().norm().item() == pytest.approx(1, abs=1e-5)


def test_frozen_weights_stay_frozen_and_other_layers_alone():
    critic = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 1))
    critic[0].weight.requires_grad_(False)
    lipschitz.build("orthogonal").prepare(critic)
    assert not any(p.requires_grad for p in critic[0].parametrizations.parameters())
    assert not parametrize.is_parametrized(critic[1])


# --- what is refused ---


def test_what_it_refuses():
    constraint = lipschitz.build("orthogonal")
    critic = constraint.prepare(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1)))
    with pytest.raises(CriticError, match="the weight of layer '0' is already reparametrized"):
        constraint.prepare(critic)
    with pytest.raises(CriticError, match="the weight of layer '1' is already reparametrized"):
        constraint.prepare(nn.Sequential(nn.Linear(2, 2), parametrizations.weight_norm(nn.Linear(2, 1))))
    zero = nn.Sequential(nn.Linear(2, 1))
    nn.init.zeros_(zero[0].weight)
    with pytest.raises(CriticError, match="the weight of layer '0' is zero"):
        constraint.prepare(zero)
    with pytest.raises(CriticError, match="orthogonal found no linear or convolution layer"):
        constraint.prepare(nn.Sequential(nn.LSTM(2, 2)))
    for other in ("spectral_norm", "weight_normalization", "frobenius_norm", "true_spectral_norm"):
        with pytest.raises(CompositionError, match="both reparametrize"):
            lipschitz.compose(constraint, lipschitz.build(other))


def test_exact_maps_need_values_to_start_from():
    with pytest.raises(CriticError, match="starts the map 'cayley' from the values.*use map 'bjorck'"):
        lipschitz.build("orthogonal", map="cayley").prepare(nn.Linear(2, 2, device="meta"))
    assert lipschitz.build("orthogonal").prepare(nn.Linear(2, 2, device="meta")).weight.is_meta


@pytest.mark.parametrize(("field", "value"), [("map", "qr"), ("iterations", 0), ("iterations", 1.5)])
def test_fields_are_checked(field, value):
    with pytest.raises(FieldError, match=f"Orthogonal.{field} must be"):
        lipschitz.build("orthogonal", **{field: value})


def test_there_is_no_penalty_and_no_projection():
    constraint = lipschitz.build("orthogonal")
    critic = constraint.prepare(nn.Sequential(nn.Linear(2, 1)))
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    assert constraint.penalty(critic, Batch(real=torch.zeros(3, 2))).item() == 0
    constraint.project(critic)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
