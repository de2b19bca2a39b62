"""Normalizers: no Jacobian exceeds the bound, and the bound is reached where the values of a group are equal."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lipschitz import BoundError


def scaled(layer, largest=2.5):
    with torch.no_grad():
        layer.weight.copy_(torch.linspace(-largest, 1, layer.weight.numel()).reshape(layer.weight.shape))
    return layer.double()


LAYERS = {
    "layer": (scaled(nn.LayerNorm((2, 4), eps=1e-2)), (1, 3, 2, 4)),
    "layer without weights": (nn.LayerNorm(6, eps=1e-2, elementwise_affine=False), (1, 6)),
    "layer over two": (scaled(nn.LayerNorm(2, eps=1e-2)), (1, 3, 2)),
    "group": (scaled(nn.GroupNorm(2, 4, eps=1e-2)), (1, 4, 3)),
    "one group": (scaled(nn.GroupNorm(1, 4, eps=1e-2)), (1, 4, 2, 2)),
    "instance": (scaled(nn.InstanceNorm1d(3, eps=1e-2, affine=True)), (1, 3, 5)),
    "instance without weights": (nn.InstanceNorm2d(2, eps=1e-2), (1, 2, 3, 2)),
    "root mean square": (scaled(nn.RMSNorm(5, eps=1e-2)), (1, 3, 5)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_no_jacobian_exceeds_the_bound(name, assert_bounded, norm):
    layer, shape = LAYERS[name]
    limit, steepest = assert_bounded(layer, shape, norm, points=30)
    assert limit <= 6 * steepest


@pytest.mark.parametrize("name", LAYERS)
def test_the_two_norm_bound_is_reached_where_values_are_equal(name, bound, slope):
    layer, shape = LAYERS[name]
    there = slope(layer, torch.zeros(shape, dtype=torch.float64), 2)
    largest = 1.0 if "without" in name else 2.5
    assert bound(layer, shape, 2) == pytest.approx(largest / math.sqrt(1e-2), rel=1e-9)
    assert there >= bound(layer, shape, 2) * math.sqrt(
        0.5
    )  # the centring may take away from the largest weight
    if "without" in name or name in ("instance", "root mean square"):
        assert there == pytest.approx(bound(layer, shape, 2), rel=1e-9)


@pytest.mark.parametrize("size", [2, 3, 10, 100])
@pytest.mark.parametrize("norm", [1, math.inf])
def test_other_norms_are_searched_at_their_worst(size, norm, bound, slope):
    layer = nn.LayerNorm(size, eps=1.0, elementwise_affine=False)
    limit = bound(layer, (1, size), norm)
    worst = 0.0
    signs = (-1.0) ** torch.arange(size, dtype=torch.float64)
    for length in torch.logspace(-2, 1, 40, dtype=torch.float64):
        for others in (torch.zeros(size).double(), signs):
            x = others.clone()
            x[0] = math.sqrt(size)
            worst = max(worst, slope(layer, length * x.unsqueeze(0), norm))
    assert worst <= limit * (1 + 1e-9)
    assert limit <= 1.5 * worst


def test_a_group_of_one_is_constant(bound, norm):
    assert bound(nn.LayerNorm(1).double(), (1, 3, 1), norm) == 0.0


def test_root_mean_square_without_epsilon_has_that_of_its_dtype(bound):
    expected = torch.finfo(torch.float64).eps ** -0.5
    assert bound(nn.RMSNorm(4).double(), (1, 4), 2) == pytest.approx(expected, rel=1e-9)


def batch_norm(kind, features):
    layer = kind(features).double().eval()
    with torch.no_grad():
        layer.weight.copy_(torch.linspace(-3, 1, features))
        layer.bias.fill_(7.0)
        layer.running_mean.fill_(5.0)
        layer.running_var.copy_(torch.linspace(0.1, 2, features))
    return layer


@pytest.mark.parametrize(("kind", "shape"), [(nn.BatchNorm1d, (1, 3)), (nn.BatchNorm2d, (1, 3, 2, 2))])
def test_batch_norm_in_evaluation_is_linear(kind, shape, bound, slope, norm):
    layer = batch_norm(kind, 3)
    exact = slope(layer, torch.zeros(shape, dtype=torch.float64), norm)
    assert bound(layer, shape, norm) == pytest.approx(exact, rel=1e-9)


def test_batch_norm_after_a_convolution_is_one_map_with_it(bound, slope, norm):
    critic = nn.Sequential(nn.Conv2d(2, 3, 2).double(), batch_norm(nn.BatchNorm2d, 3))
    exact = slope(critic, torch.zeros(1, 2, 3, 3, dtype=torch.float64), norm)
    assert bound(critic, (1, 2, 3, 3), norm) == pytest.approx(exact, rel=1e-9)


def test_instance_norm_with_running_statistics_is_linear(bound, slope, norm):
    layer = nn.InstanceNorm1d(3, affine=True, track_running_stats=True).double().eval()
    layer.running_var.copy_(torch.tensor([0.5, 2.0, 0.1]))
    exact = slope(layer, torch.zeros(1, 3, 4, dtype=torch.float64), norm)
    assert bound(layer, (1, 3, 4), norm) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.BatchNorm1d(3).double().train(), r"critic\.eval\(\)"),
        (nn.BatchNorm1d(3, track_running_stats=False).double().eval(), "whole batch"),
        (nn.LayerNorm(3, eps=0.0).double(), "epsilon"),
        (nn.LocalResponseNorm(2), "local_response_norm"),
    ],
)
def test_layers_without_a_constant_are_refused(layer, message, bound, norm):
    with pytest.raises(BoundError, match=message):
        bound(layer, (2, 3, 4) if isinstance(layer, nn.LocalResponseNorm | nn.BatchNorm1d) else (1, 3), norm)


def test_built_ins_with_other_arguments_are_refused(bound, norm):
    ones = torch.ones(3).double()

    def function(x):
        return torch.batch_norm(x, ones, ones, ones, ones, False, 0.1, 1e-5, False)

    with pytest.raises(BoundError, match=r"torch\.nn\.functional\.batch_norm"):
        bound(function, (1, 3), norm)


def test_normalize_has_no_bound_here(bound, norm):
    with pytest.raises(BoundError, match="normalize"):
        bound(lambda x: F.normalize(x), (1, 3), norm)
