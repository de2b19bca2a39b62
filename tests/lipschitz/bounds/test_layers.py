"""Bounds stated by authors of layers."""

import math

import pytest
import torch
from torch import nn

from lipschitz import BoundError, FieldError, product_bound
from lipschitz.bounds import layers, rule_for


class Wave(nn.Module):
    def forward(self, x):
        return x.sin() * x.cos()


class TwoWaves(Wave):
    pass


class Stated(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.value = value

    def lipschitz_bound(self, norm, shape):
        return self.value if shape == (1, 3) and norm in (2, 1, math.inf) else math.nan

    def forward(self, x):
        return x.square()


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(layers, "_rules", {})


def critic(layer):
    last = nn.Linear(3, 1)
    nn.init.constant_(last.weight, 2.0)
    return nn.Sequential(nn.Identity(), layer, nn.Flatten(), last).double()


def last_norm(norm):
    return {2: 2 * math.sqrt(3), 1: 2.0}.get(norm, 6.0)


def test_without_a_rule_the_layer_is_refused(norm):
    with pytest.raises(BoundError, match=r"layer '1' \(Wave\)"):
        product_bound(critic(Wave()), torch.zeros(1, 3).double(), norm=norm)


def test_a_rule_counts_for_its_type_and_subclasses_and_sees_layer_norm_and_shape(norm):
    seen = []

    @rule_for(Wave)
    def wave(layer, norm, shape):
        seen.append((type(layer), norm, shape))
        return 1.5

    for layer in (Wave(), TwoWaves()):
        found = product_bound(critic(layer), torch.zeros(4, 3).double(), norm=norm)
        assert found == pytest.approx(1.5 * last_norm(norm))
    assert seen == [(Wave, norm, (1, 3)), (TwoWaves, norm, (1, 3))]


def test_the_rule_of_the_nearest_type_counts():
    rule_for(Wave)(lambda layer, norm, shape: 1.0)
    rule_for(TwoWaves)(lambda layer, norm, shape: 0.5)
    found = product_bound(critic(TwoWaves()), torch.zeros(1, 3).double())
    assert found == pytest.approx(0.5 * last_norm(2))


def test_a_method_of_the_layer_counts_before_rules(norm):
    rule_for(Stated)(lambda layer, norm, shape: 100.0)
    found = product_bound(critic(Stated(3.0)), torch.zeros(1, 3).double(), norm=norm)
    assert found == pytest.approx(3 * last_norm(norm))


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_impossible_constants_are_refused(value):
    with pytest.raises(BoundError, match="layer '1' must be at least 0"):
        product_bound(critic(Stated(value)), torch.zeros(1, 3).double())


def test_a_layer_with_several_inputs_cannot_have_a_stated_bound():
    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.both = Both()

        def forward(self, x):
            return self.both(x, x.sin()).sum(1)

    class Both(nn.Module):
        def lipschitz_bound(self, norm, shape):
            return 1.0

        def forward(self, a, b):
            return a + b

    with pytest.raises(BoundError, match="layer 'both' is for one tensor in and one out"):
        product_bound(Pair(), torch.zeros(1, 3))


def test_what_is_no_layer_type_is_refused():
    with pytest.raises(FieldError, match="type of layer"):
        rule_for(Wave())
    with pytest.raises(FieldError, match="type of layer"):
        rule_for(int)


def test_the_layer_is_left_as_it_is():
    layer = Stated(1.0)
    product_bound(critic(layer), torch.zeros(1, 3).double())
    assert "forward" not in vars(layer)
