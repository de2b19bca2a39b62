"""Clipping of Euclidean norms: every weight, or all together, in the ball; the slopes that follow."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations

import lipschitz
from lipschitz import Batch, CompositionError, CriticError, FieldError, gradient_norms
from lipschitz.testing.critics import DEFAULT_CRITICS, RECURRENT
from lipschitz.testing.strategies import batches, critics

bounds = st.floats(0.05, 10)


def weights(critic):
    return [p for p in critic.parameters() if p.ndim > 1]


def copies(parameters):
    return [p.detach().clone() for p in parameters]


@given(critics(shape=(2, 3, 3)), bounds)
def test_each_weight_is_scaled_to_its_bound_or_left_alone(critic, bound):
    before = copies(weights(critic))
    others = copies(p for p in critic.parameters() if p.ndim <= 1)
    lipschitz.build("l2_norm_clipping", bound=bound).project(critic)
    for weight, value in zip(weights(critic), before, strict=True):
        norm = math.sqrt(sum(entry**2 for entry in value.flatten().tolist()))
        want = value * min(1, bound / norm) if norm > 0 else value
        torch.testing.assert_close(weight.detach(), want, rtol=1e-12, atol=0)
        assert norm > bound or torch.equal(weight, value)
    untouched = [p for p in critic.parameters() if p.ndim <= 1]
    assert all(torch.equal(p, value) for p, value in zip(untouched, others, strict=True))


@given(critics(shape=(2, 3, 3)), bounds)
def test_all_weights_together_are_one_vector(critic, bound):
    before = copies(weights(critic))
    norm = math.sqrt(sum(float(value.square().sum()) for value in before))
    lipschitz.build("l2_norm_clipping", bound=bound, scope="all").project(critic)
    for weight, value in zip(weights(critic), before, strict=True):
        torch.testing.assert_close(weight.detach(), value * min(1, bound / norm), rtol=1e-12, atol=0)


@given(critics(dtype=torch.float32), bounds, st.sampled_from(["layer", "all"]))
def test_clipping_twice_is_clipping_once(critic, bound, scope):
    constraint = lipschitz.build("l2_norm_clipping", bound=bound, scope=scope)
    constraint.project(critic)
    once = copies(critic.parameters())
    constraint.project(critic, step=1)
    assert all(torch.equal(p, value) for p, value in zip(critic.parameters(), once, strict=True))


@given(
    st.integers(0, 1000),
    bounds,
    st.lists(st.integers(1, 12), max_size=3),
    st.data(),
    st.sampled_from(["layer", "all"]),
)
def test_slopes_of_perceptrons_follow_from_the_bound(seed, bound, widths, data, scope):
    torch.manual_seed(seed)
    sizes = [2, *widths, 1]
    layers = [nn.Linear(a, b, dtype=torch.float64) for a, b in itertools.pairwise(sizes)]
    for layer in layers:
        nn.init.normal_(layer.weight, std=3)
    critic = nn.Sequential(*(part for layer in layers[:-1] for part in (layer, nn.ReLU())), layers[-1])
    lipschitz.build("l2_norm_clipping", bound=bound, scope=scope).project(critic)
    largest = bound ** len(layers) if scope == "layer" else (bound / math.sqrt(len(layers))) ** len(layers)
    points = data.draw(batches(shape=(2,))).real
    assert gradient_norms(critic, 3 * points).max() <= largest * (1 + 1e-9)


def test_the_bound_is_reached_by_matrices_of_rank_one():
    critic = nn.Sequential(nn.Linear(1, 3, bias=False), nn.Linear(3, 1, bias=False)).double()
    for layer in critic:
        nn.init.ones_(layer.weight)
    lipschitz.build("l2_norm_clipping", bound=0.5).project(critic)
    assert critic(torch.ones(1, 1, dtype=torch.float64)).item() == pytest.approx(0.25, rel=1e-12)


def test_recurrent_weights_count_each_by_itself():
    critic = RECURRENT.build()
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.fill_(5.0)
    lipschitz.build("l2_norm_clipping", bound=2).project(critic)
    norms = {name: float(p.detach().norm()) for name, p in critic.named_parameters() if "weight" in name}
    assert norms == pytest.approx(dict.fromkeys(norms, 2.0), rel=1e-6)
    assert critic.lstm.bias_ih_l0.unique().item() == 5


def test_critics_without_weights_are_left_alone():
    lipschitz.build("l2_norm_clipping", scope="all").project(nn.ReLU())


@pytest.mark.parametrize("example", DEFAULT_CRITICS, ids=lambda e: e.name)
def test_plain_critics_are_accepted_again_and_again(example):
    constraint, critic = lipschitz.build("l2_norm_clipping"), example.build()
    assert constraint.prepare(constraint.prepare(critic)) is critic
    assert constraint.penalty(critic, Batch(real=torch.zeros(3, 2))).item() == 0


def test_reparametrized_weights_are_refused():
    critic = nn.Sequential(nn.Linear(2, 4), parametrizations.spectral_norm(nn.Linear(4, 1)))
    with pytest.raises(CriticError, match=r"l2_norm_clipping would move the raw parameter of layer '1'"):
        lipschitz.build("l2_norm_clipping").prepare(critic)
    with pytest.raises(
        CompositionError, match="'l2_norm_clipping' projects weights that 'spectral_norm' repara"
    ):
        lipschitz.compose(lipschitz.build("l2_norm_clipping"), lipschitz.build("spectral_norm"))


@pytest.mark.parametrize(
    ("field", "value"), [("bound", 0), ("bound", -1), ("bound", math.inf), ("scope", "each")]
)
def test_fields_are_checked(field, value):
    with pytest.raises(FieldError, match=f"L2NormClipping.{field} must be"):
        lipschitz.build("l2_norm_clipping", **{field: value})
