"""Example critics: what they are made for holds, and they come out the same under a seed."""

import pytest
import torch
from torch import nn

from lipschitz.checks import coupled_layers
from lipschitz.critic import scores_of
from lipschitz.seeding import fixed_seed
from lipschitz.testing.critics import (
    CONDITIONAL,
    CONVOLUTIONAL,
    DEFAULT_CRITICS,
    LEAKY_IN_PLACE,
    RECURRENT,
    RESIDUAL,
    RESNET,
    Downsampling,
    Residual,
)

ALL = [*DEFAULT_CRITICS, RECURRENT, CONDITIONAL]


@pytest.mark.parametrize("example", ALL, ids=lambda e: e.name)
@pytest.mark.parametrize("size", [1, 6])
def test_they_give_one_score_per_sample(example, size):
    conditions = [torch.randn(size, *shape) for shape in example.condition]
    scores = scores_of(example.build()(torch.randn(size, *example.shape), *conditions), size)
    assert scores.isfinite().all()


@pytest.mark.parametrize("example", ALL, ids=lambda e: e.name)
def test_they_depend_on_the_global_generator_only(example):
    critics = []
    for _ in range(2):
        with fixed_seed(3):
            critics.append(example.build())
    for a, b in zip(critics[0].parameters(), critics[1].parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("example", ALL, ids=lambda e: e.name)
def test_none_couples_samples(example):
    assert coupled_layers(example.build()) == []


def test_names_and_sizes_are_told_apart():
    assert len({example.name for example in ALL}) == len(ALL)
    # A batch of six must not look like any axis of a sample.
    assert all(6 not in example.shape for example in ALL)


def test_each_has_what_it_is_there_for():
    kinds = {example.name: {type(layer) for layer in example.build().modules()} for example in ALL}
    assert any(layer.inplace for layer in LEAKY_IN_PLACE.build().modules() if isinstance(layer, nn.LeakyReLU))
    assert {nn.Conv2d, nn.GroupNorm} <= kinds[CONVOLUTIONAL.name]
    assert {Residual, nn.LayerNorm} <= kinds[RESIDUAL.name]
    assert {Downsampling, Residual, nn.Conv2d, nn.AvgPool2d} <= kinds[RESNET.name]
    assert nn.LSTM in kinds[RECURRENT.name]


def test_residual_adds_its_branch():
    layer = Residual(nn.Linear(2, 2), nn.ReLU())
    x = torch.randn(3, 2)
    assert torch.equal(layer(x), x + torch.relu(layer.branch[0](x)))


def test_downsampling_halves_the_image_and_adds_the_shortcut():
    layer = Downsampling(2, 3)
    x = torch.randn(5, 2, 4, 8)
    branch, shortcut = layer.branch(x), layer.shortcut(x)
    assert branch.shape == shortcut.shape == (5, 3, 2, 4)
    assert torch.equal(layer(x), branch + shortcut)
