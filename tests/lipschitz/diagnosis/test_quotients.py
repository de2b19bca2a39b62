"""Difference quotients tell right derivatives from wrong ones, whatever the function."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz.diagnosis.borrowing import examined
from lipschitz.diagnosis.double_backward import wrong_double_backward
from lipschitz.diagnosis.quotients import (
    central_difference,
    first_wrong,
    mostly_wrong,
    moved,
    telling_directions,
)
from lipschitz.diagnosis.slopes import wrong_gradient
from lipschitz.testing.strategies import seeds, tensors


@given(st.lists(st.floats(-10, 10), min_size=4, max_size=4))
def test_the_derivative_of_a_cubic(coefficients):
    a, b, c, d = coefficients

    def cubic(t):
        return torch.tensor(a + b * t + c * t**2 + d * t**3, dtype=torch.float64)

    assert abs(float(central_difference(cubic)) - b) < 1e-8 * (1 + abs(a) + abs(b)) + 1e-9 * abs(d)


@given(tensors((6,)), st.floats(0.01, 10).filter(lambda factor: abs(factor - 1) > 0.01))
def test_wrong_derivatives_are_told_and_right_ones_are_not(drawn, factor):
    derivatives, values = drawn.abs() + 0.1, torch.ones(6, dtype=torch.float64)
    assert not mostly_wrong(derivatives, derivatives * (1 + 1e-5), values)
    assert mostly_wrong(derivatives, derivatives * factor, values)


def test_a_few_kinks_are_forgiven():
    claimed = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert not mostly_wrong(claimed, torch.tensor([1.0, 2.0, 9.0, 9.0]), torch.zeros(4))
    assert mostly_wrong(claimed, torch.tensor([1.0, 9.0, 9.0, 9.0]), torch.zeros(4))


@given(tensors((3, 4)), tensors((3, 4)))
def test_moved_leaves_come_back_bit_for_bit(leaf, direction):
    before = leaf.clone()
    at = moved([leaf], [direction], lambda: leaf.square().sum())
    assert torch.allclose(central_difference(at), (2 * leaf * direction).sum(), rtol=1e-6, atol=1e-6)
    assert torch.equal(leaf, before)


@given(tensors((5, 3)))
def test_telling_directions_have_something_of_the_slope(slope):
    (direction,) = telling_directions([slope])
    assert bool(((direction * slope).sum(1) > -1e-9).all())


class Scaled(torch.autograd.Function):
    """The identity, with a backward that is wrong by a factor."""

    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, upstream):
        return upstream * 1.1


class WrongScale(nn.Module):
    def forward(self, x):
        return Scaled.apply(x)


@given(seeds(), st.integers(0, 3))
def test_the_wrong_layer_is_found_among_right_ones(seed, place):
    torch.manual_seed(seed)
    layers = [nn.Linear(3, 5), nn.Tanh(), nn.LayerNorm(5), nn.Linear(5, 1)]
    layers.insert(place, WrongScale())
    with examined(nn.Sequential(*layers), torch.randn(4, 3), ()) as subject:
        assert first_wrong(subject.for_quotients(), order=1) == str(place)
    del layers[place]
    with examined(nn.Sequential(*layers), torch.randn(4, 3), ()) as subject:
        assert first_wrong(subject.for_quotients(), order=1) == ""
        assert first_wrong(subject.for_quotients(), order=2) == ""


def test_a_million_rectifiers_do_not_look_like_a_mistake():
    """Their slopes jump so often that the step must be tiny."""
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(3, 30000), nn.ReLU(), nn.Linear(30000, 30), nn.ReLU(), nn.Linear(30, 1))
    with examined(critic, torch.randn(4, 3), ()) as subject:
        assert list(wrong_double_backward(subject)) == []
        assert list(wrong_gradient(subject)) == []
