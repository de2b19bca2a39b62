"""Weight clipping: every parameter in the box, nothing else touched, and the Lipschitz bound that follows."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations

import lipschitz
from lipschitz import Batch, CriticError, FieldError, gradient_norms
from lipschitz.testing.critics import DEFAULT_CRITICS
from lipschitz.testing.strategies import batches, critics

bounds = st.floats(1e-3, 10)


@given(critics(shape=(2, 3, 3)), bounds)
def test_every_parameter_ends_in_the_box_nearest_to_where_it_was(critic, bound):
    before = [p.detach().clone() for p in critic.parameters()]
    lipschitz.build("weight_clipping", bound=bound).project(critic)
    for parameter, value in zip(critic.parameters(), before, strict=True):
        want = [max(-bound, min(bound, v)) for v in value.flatten().tolist()]
        assert parameter.flatten().tolist() == want


@given(critics(), bounds)
def test_clipping_twice_is_clipping_once(critic, bound):
    constraint = lipschitz.build("weight_clipping", bound=bound)
    constraint.project(critic)
    once = [p.detach().clone() for p in critic.parameters()]
    constraint.project(critic, step=1)
    assert all(torch.equal(p, value) for p, value in zip(critic.parameters(), once, strict=True))


def test_biases_and_normalizers_are_clipped_and_buffers_are_not():
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    for tensor in critic.state_dict().values():
        tensor.fill_(7)
    constraint = lipschitz.build("weight_clipping", bound=0.5)
    assert constraint.prepare(critic) is critic, "batch normalization is no obstacle"
    constraint.project(critic)
    assert all(torch.equal(p, torch.full_like(p, 0.5)) for p in critic.parameters())
    assert torch.equal(critic[1].running_mean, torch.full((4,), 7.0))


# T8
@given(
    st.integers(0, 1000), st.floats(0.01, 1), st.lists(st.integers(1, 12), min_size=1, max_size=3), st.data()
)
def test_slopes_are_bounded_by_the_norms_and_those_by_the_box(seed, bound, widths, data):
    torch.manual_seed(seed)
    sizes = [2, *widths, 1]
    layers = [nn.Linear(a, b, dtype=torch.float64) for a, b in itertools.pairwise(sizes)]
    for layer in layers:
        nn.init.normal_(layer.weight)
    critic = nn.Sequential(*(part for layer in layers[:-1] for part in (layer, nn.ReLU())), layers[-1])
    lipschitz.build("weight_clipping", bound=bound).project(critic)
    product = math.prod(float(torch.linalg.svdvals(layer.weight.detach())[0]) for layer in layers)
    box = math.prod(bound * math.sqrt(a * b) for a, b in itertools.pairwise(sizes))
    points = data.draw(batches(shape=(2,))).real
    assert gradient_norms(critic, 3 * points).max() <= product * (1 + 1e-9)
    assert product <= box * (1 + 1e-9)


def test_there_is_no_penalty():
    batch = Batch(real=torch.zeros(3, 2), fake=torch.zeros(3, 2))
    penalty = lipschitz.build("weight_clipping").penalty(nn.Linear(2, 1), batch)
    assert penalty.shape == ()
    assert penalty.item() == 0


@pytest.mark.parametrize("example", DEFAULT_CRITICS, ids=lambda e: e.name)
def test_plain_critics_are_accepted_again_and_again(example):
    constraint, critic = lipschitz.build("weight_clipping"), example.build()
    assert constraint.prepare(constraint.prepare(critic)) is critic


def test_reparametrized_weights_are_refused():
    critic = nn.Sequential(nn.Linear(2, 4), parametrizations.spectral_norm(nn.Linear(4, 1)))
    with pytest.raises(
        CriticError, match=r"weight_clipping would move the raw parameter of layer '1'.*reparametrized"
    ):
        lipschitz.build("weight_clipping").prepare(critic)


@pytest.mark.parametrize("bound", [0, -1, math.inf, "0.01"])
def test_the_bound_is_a_positive_number(bound):
    with pytest.raises(FieldError, match="WeightClipping.bound must be"):
        lipschitz.build("weight_clipping", bound=bound)


def test_the_default_is_the_published_bound():
    constraint = lipschitz.build("weight_clipping")
    assert constraint.bound == 0.01
    assert constraint.changes == {"weights"}
    assert constraint.guarantee == "hard"
