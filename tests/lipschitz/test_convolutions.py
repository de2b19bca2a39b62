"""Convolutions as linear maps: the layer without its bias, and the transpose by inner products and by autograd."""

import pytest
import torch
from torch import nn

from lipschitz.convolutions import convolution_of

KINDS = {
    "plain": (lambda: nn.Conv2d(2, 3, 3), (2, 5, 6)),
    "strided": (lambda: nn.Conv2d(2, 3, 4, stride=2, padding=1), (2, 7, 8)),
    "what stride leaves out": (lambda: nn.Conv2d(1, 2, 2, stride=3), (1, 7, 9)),
    "dilated groups": (lambda: nn.Conv2d(4, 2, 3, dilation=2, groups=2, padding=(2, 1)), (4, 6, 7)),
    "even kernel, same": (lambda: nn.Conv2d(1, 2, 4, padding="same"), (1, 5, 6)),
    "valid": (lambda: nn.Conv2d(1, 2, 3, padding="valid"), (1, 5, 6)),
    "circular": (lambda: nn.Conv2d(2, 2, 3, padding=(1, 2), padding_mode="circular"), (2, 5, 4)),
    "reflect": (lambda: nn.Conv2d(1, 2, 3, padding=2, padding_mode="reflect", stride=2), (1, 5, 6)),
    "replicate": (lambda: nn.Conv1d(2, 2, 5, padding="same", padding_mode="replicate"), (2, 7)),
    "one dimension": (lambda: nn.Conv1d(2, 3, 3, stride=2), (2, 8)),
    "three dimensions": (lambda: nn.Conv3d(1, 2, 3, padding=1), (1, 3, 4, 3)),
    "circular in three": (lambda: nn.Conv3d(1, 1, 3, padding=1, padding_mode="circular"), (1, 3, 4, 3)),
    "transposed": (lambda: nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1), (3, 4, 5)),
    "transposed groups": (lambda: nn.ConvTranspose2d(4, 6, 3, groups=2, dilation=2), (4, 3, 3)),
    "output padding": (lambda: nn.ConvTranspose1d(2, 2, 3, stride=3, output_padding=2), (2, 4)),
    "output padding beyond the stride": (
        lambda: nn.ConvTranspose2d(1, 2, 3, stride=1, dilation=3, output_padding=2),
        (1, 4, 4),
    ),
    "transposed in three": (lambda: nn.ConvTranspose3d(1, 2, 2, stride=2), (1, 2, 3, 2)),
}


@pytest.fixture(params=KINDS)
def case(request):
    build, shape = KINDS[request.param]
    layer = build().double()
    return layer, convolution_of(layer, shape), torch.randn(3, *shape, dtype=torch.float64)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_it_is_the_layer_without_its_bias(case):
    layer, operator, x = case
    bias = layer.bias.reshape(-1, *(1,) * (x.ndim - 2))
    torch.testing.assert_close(operator.apply(x, layer.weight) + bias, layer(x))


def test_the_transpose_moves_to_the_other_side_of_inner_products(case):
    layer, operator, x = case
    image = operator.apply(x, layer.weight)
    y = torch.randn_like(image)
    back = operator.transpose(y, layer.weight)
    assert back.shape == x.shape
    torch.testing.assert_close((image * y).sum(), (x * back).sum())


def test_the_transpose_is_what_autograd_computes(case):
    layer, operator, x = case
    image = operator.apply(x.requires_grad_(), layer.weight)
    y = torch.randn_like(image)
    (want,) = torch.autograd.grad(image, x, y)
    torch.testing.assert_close(operator.transpose(y, layer.weight), want)
