"""Slopes of activations: never below what finite steps and autograd find, and no more than 1e-6 above."""

import copy
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lipschitz import BoundError
from lipschitz.bounds.nodes import Nonlinear
from lipschitz.bounds.rules.activations import SLOPES
from lipschitz.bounds.tracing import traced_output

EXACT = {
    "relu": F.relu,
    "relu_in_place": lambda x: x.clone().relu_(),
    "torch.relu": torch.relu,
    "relu6": F.relu6,
    "hardtanh": F.hardtanh,
    "clamp": lambda x: x.clamp(-1, 2),
    "clamp_min": lambda x: torch.clamp_min(x, 0),
    "abs": torch.abs,
    "operator abs": abs,
    "tanh": torch.tanh,
    "tanhshrink": F.tanhshrink,
    "softsign": F.softsign,
    "softshrink": F.softshrink,
    "logsigmoid": F.logsigmoid,
    "sin": torch.sin,
    "cos": torch.cos,
    "atan": torch.atan,
    "asinh": torch.asinh,
    "sigmoid": torch.sigmoid,
    "hardsigmoid": F.hardsigmoid,
    "erf": torch.erf,
    "selu": F.selu,
    "silu": F.silu,
    "mish": F.mish,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "leaky_relu_in_place": nn.LeakyReLU(0.2, inplace=True),
    "leaky_relu steep": lambda x: F.leaky_relu(x, -3.0),
    "elu": F.elu,
    "elu steep": lambda x: F.elu(x, alpha=2.5),
    "celu": lambda x: F.celu(x, 2.0),
    "softplus": lambda x: F.softplus(x, beta=3),
    "rrelu": lambda x: F.rrelu(x, 0.1, 0.3),
    "threshold": lambda x: F.threshold(x, 0.5, 0.5),
    "prelu": nn.PReLU(init=-1.5).double(),
}
"""Activations; all but the last few need no argument."""


def grid():
    return torch.linspace(-30, 30, 600_001, dtype=torch.float64).unsqueeze(0)


DROPOUTS = [nn.Dropout(0.25), nn.Dropout1d(0.25), nn.FeatureAlphaDropout(0.25), nn.AlphaDropout(0.25)]


def slopes_on(function, x):
    x = x.clone().requires_grad_()
    (slopes,) = torch.autograd.grad(function(x * 1).sum(), x)
    return slopes


def quotients_on(function, x):
    with torch.no_grad():
        return function(x * 1).diff() / x.diff()


@pytest.mark.parametrize("name", EXACT)
def test_constant_is_the_steepest_slope(name, bound, norm):
    function = EXACT[name]
    limit = bound(function, (1, 1), norm)
    assert float(quotients_on(function, grid()).abs().max()) <= limit * (1 + 1e-9)
    assert limit <= float(slopes_on(function, grid()).abs().max()) * (1 + 1e-6)


@pytest.mark.parametrize("name", EXACT)
def test_range_of_slopes_holds_all_slopes(name):
    output = traced_output(EXACT[name], torch.zeros(1, 1, dtype=torch.float64), ())
    node = output.node()
    assert isinstance(node, Nonlinear)
    low, high = node.slopes
    slopes = quotients_on(EXACT[name], grid())
    assert low - 1e-9 <= float(slopes.min())
    assert float(slopes.max()) <= high + 1e-9
    assert low < high


def test_table_has_no_slope_that_is_never_reached():
    for name, (low, high) in SLOPES.items():
        assert -1 <= low <= 0 < high <= 2, name


def test_steepest_point_of_hardswish_is_at_its_corner(bound, norm):
    assert bound(F.hardswish, (1, 1), norm) == 1.5
    x = torch.tensor([[3 - 1e-9]], dtype=torch.float64)
    assert float(slopes_on(F.hardswish, x)) == pytest.approx(1.5)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: F.threshold(x, 0.0, 1.0),
        lambda x: F.hardshrink(x),
        lambda x: torch.round(x),
        lambda x: torch.sign(x),
        lambda x: x.square(),
        lambda x: x**3,
        lambda x: x.exp(),
        lambda x: x.sqrt(),
        lambda x: F.glu(x),
        lambda x: F.softplus(x, threshold=1.0),
        lambda x: F.celu(x, -1.0),
        lambda x: F.prelu(x, x.mean()),
        lambda x: x.clamp(min=torch.zeros(3, 2, dtype=torch.float64)),
    ],
)
def test_functions_that_jump_or_grow_faster_than_linearly_are_refused(function, bound, norm):
    with pytest.raises(BoundError, match="no Lipschitz bound is known"):
        bound(function, (1, 2), norm)


@pytest.mark.parametrize("layer", DROPOUTS)
def test_dropout_counts_at_its_worst_in_training_and_not_in_evaluation(layer, bound, norm):
    shape = (1, 40, 5)
    training = bound(copy.deepcopy(layer).train(), shape, norm)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = torch.randn(shape, dtype=torch.float64)
        slopes = slopes_on(layer.train(), x)
    assert training == pytest.approx(float(slopes.max()), rel=1e-9)
    assert bound(layer.eval(), shape, norm) == pytest.approx(1.0, rel=1e-9)


def test_random_rectifiers_count_at_their_worst(bound, norm):
    assert bound(nn.RReLU(-3.0, 0.5).train(), (1, 4), norm) == 3.0
    assert bound(nn.RReLU(-3.0, 0.5).eval(), (1, 4), norm) == 1.25


def test_dropping_everything_leaves_a_constant(bound, norm):
    assert bound(nn.Dropout(1.0), (1, 4), norm) == 0.0


def test_scales_of_the_builtin_elu_are_refused(bound, norm):
    builtin = torch._C._nn.elu
    assert bound(lambda x: builtin(x, 1.5), (1, 3), norm) == 1.5
    assert bound(lambda x: F.elu(x * 1, 1.5, True), (1, 3), norm) == 1.5
    for call in (
        lambda x: builtin(x, 1.0, 2.0, 3.0),
        lambda x: builtin(x, 1.0, scale=2.0),
        lambda x: builtin(x, 1.0, input_scale=3.0),
    ):
        with pytest.raises(BoundError, match="scales"):
            bound(call, (1, 3), norm)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", EXACT)
def test_no_measured_gradient_exceeds_the_slope(name, dtype, bound):
    function = EXACT[name]
    function = copy.deepcopy(function).to(dtype) if isinstance(function, nn.Module) else function
    x = grid()[:, ::20].to(dtype).requires_grad_()
    (gradient,) = torch.autograd.grad(function(x * 1).sum(), x)
    limit = bound(EXACT[name], (1, 3), 2)
    assert float(gradient.abs().max()) <= limit * (1 + 4 * torch.finfo(dtype).eps)
