"""Operator norms of layers at their input size, and the norm that spectral normalization publishes."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, spectral_norm, weight_norm

from lipschitz import BoundError, FieldError
from lipschitz.bounds import linear_map, operator_norm, reshaped_spectral_norm


def test_constant_kernel_approaches_the_sum_of_its_entries():
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    nn.init.constant_(layer.weight, 1.0)
    one_axis = 1 + 2 * math.cos(
        math.pi / 33
    )  # the tridiagonal matrix of ones has eigenvalues 1 + 2 cos(k pi / 33)
    assert operator_norm(layer, (1, 32, 32)) == pytest.approx(one_axis**2, rel=1e-9)
    assert reshaped_spectral_norm(layer) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv2d(4, 4, 3, padding=1), (4, 6, 6)),
        (nn.Conv2d(4, 6, 4, stride=2, padding=1, groups=2), (4, 8, 8)),
        (nn.Conv2d(6, 6, 3, dilation=2, groups=6, padding=2, padding_mode="reflect"), (6, 5, 5)),
        (nn.ConvTranspose2d(6, 3, 4, stride=2, padding=1), (6, 4, 4)),
        (nn.Conv1d(3, 8, 5, padding=2, padding_mode="circular"), (3, 30)),
        (nn.Conv3d(2, 3, 2), (2, 4, 4, 4)),
        (nn.Linear(80, 70), (80,)),
    ],
)
def test_lanczos_bounds_are_above_the_norm_and_within_the_tolerance(layer, shape, monkeypatch):
    exact = operator_norm(layer, shape)
    monkeypatch.setattr(linear_map, "DENSE", 0)
    assert exact * (1 - 1e-9) <= operator_norm(layer, shape) <= exact * 1.001
    assert exact * (1 - 1e-9) <= operator_norm(layer, shape, tolerance=0.1) <= exact * 1.1


@pytest.mark.parametrize("size", [8, 24])
def test_a_large_convolution_is_bounded_like_its_eigenvalues_in_the_plane(size):
    """A separable kernel has the norm of its factor, the largest eigenvalue of a banded matrix, squared."""
    layer = nn.Conv2d(1, 1, 5, padding=2, bias=False).double()
    row = torch.tensor([1.0, 2.0, 4.0, 2.0, 1.0]).double()
    layer.weight.data.copy_(torch.outer(row, row))
    band = sum(torch.diag(row[2 + k].expand(size - abs(k)), k) for k in range(-2, 3))
    exact = float(torch.linalg.matrix_norm(band, ord=2)) ** 2
    stacked = nn.Conv2d(4, 4, 5, padding=2, groups=4, bias=False).double()
    stacked.weight.data.copy_(torch.stack([layer.weight[0] / (i + 1) for i in range(4)]))
    assert operator_norm(layer, (1, size, size)) == pytest.approx(exact, rel=1e-9)
    assert exact * (1 - 1e-9) <= operator_norm(stacked, (4, size, size)) <= exact * 1.001


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_layers_of_any_precision(dtype, norm):
    layer = nn.Linear(5, 4).to(dtype)
    exact = float(torch.linalg.matrix_norm(layer.weight.detach().double(), ord=norm))
    assert operator_norm(layer, (5,), norm) == pytest.approx(exact, rel=1e-9)
    assert reshaped_spectral_norm(layer) == pytest.approx(
        float(torch.linalg.matrix_norm(layer.weight.detach().double(), 2))
    )


def test_several_linear_layers_are_one_operator(norm):
    layers = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(12, 5)
    ).double()
    basis = torch.eye(32, dtype=torch.float64).reshape(-1, 2, 4, 4)
    matrix = (layers(basis) - layers(torch.zeros_like(basis))).T.detach()
    exact = float(torch.linalg.matrix_norm(matrix, ord=norm))
    assert operator_norm(layers, (2, 4, 4), norm) == pytest.approx(exact, rel=1e-9)


def new_spectral(layer):
    return parametrizations.spectral_norm(layer)


def old_spectral(layer):
    return spectral_norm(layer)


def new_weight_norm(layer):
    return parametrizations.weight_norm(layer)


def old_weight_norm(layer):
    return weight_norm(layer)


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*spectral_norm.*:FutureWarning")
@pytest.mark.parametrize(
    "reparametrize",
    [new_spectral, old_spectral, new_weight_norm, old_weight_norm, parametrizations.orthogonal],
)
@pytest.mark.parametrize("training", [True, False])
def test_weights_count_as_the_next_call_uses_them_and_stay_as_they_are(reparametrize, training):
    torch.manual_seed(0)
    layer = reparametrize(nn.Linear(6, 6)).double().train(training)
    before = copy.deepcopy(layer.state_dict())
    state = torch.get_rng_state()
    found = operator_norm(layer, (6,)), reshaped_spectral_norm(layer)
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in layer.state_dict().items():
        assert torch.equal(value, before[name]), name
    layer(torch.zeros(1, 6, dtype=torch.float64))
    with torch.no_grad():
        next_weight = layer.eval()(torch.eye(6, dtype=torch.float64)) - layer.bias
    exact = float(torch.linalg.matrix_norm(next_weight, ord=2))
    assert found[0] == pytest.approx(exact, rel=1e-9)
    assert found[1] == pytest.approx(exact, rel=1e-9)


def test_published_norm_of_transposed_convolutions_has_rows_of_output_channels():
    layer = nn.ConvTranspose2d(3, 2, 3).double()
    plain = float(torch.linalg.matrix_norm(layer.weight.detach().transpose(0, 1).flatten(1), ord=2))
    assert reshaped_spectral_norm(layer) == pytest.approx(plain)
    nn.init.constant_(layer.bias, 0)
    normed = parametrizations.spectral_norm(copy.deepcopy(layer), n_power_iterations=200)
    torch.testing.assert_close(normed.weight * plain, layer.weight)


def test_published_norm_understates_convolutions():
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 8, 3, padding=1)
    assert operator_norm(layer, (3, 8, 8)) > 1.5 * reshaped_spectral_norm(layer)


@pytest.mark.parametrize("layer", [nn.ReLU(), nn.Sequential(nn.Linear(3, 3), nn.Tanh()), nn.LayerNorm(3)])
def test_layers_that_are_not_linear_are_refused(layer):
    with pytest.raises(BoundError, match="linear up to its bias"):
        operator_norm(layer, (3,))


def test_wrong_shapes_norms_and_weights_are_refused():
    with pytest.raises(BoundError, match=r"\(1, 4\)"):
        operator_norm(nn.Linear(3, 2), (4,))
    with pytest.raises(FieldError, match="norm must be"):
        operator_norm(nn.Linear(3, 2), (3,), 3)
    for layer in (nn.ReLU(), nn.LayerNorm(3)):
        with pytest.raises(BoundError, match="weight of two or more axes"):
            reshaped_spectral_norm(layer)


@pytest.mark.parametrize("shape", [(), 2, None, "2", (2.0,), (0,), (-1, 2), torch.zeros(2)])
def test_shapes_that_are_none_are_refused(shape):
    with pytest.raises(FieldError, match="input_shape must be"):
        operator_norm(nn.Linear(2, 1), shape)


def test_shapes_may_be_lists_and_sizes(norm):
    layer = nn.Linear(2, 1)
    assert operator_norm(layer, [2], norm) == operator_norm(layer, torch.Size([2]), norm)
