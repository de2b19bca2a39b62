"""Rearrangements, selections, sums, paddings and resizings: equal to the norm of the dense matrix."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lipschitz import BoundError

SHAPE = (1, 4, 2, 6)
INDEX = torch.tensor([0, 2, 2, 1])
PLACES = torch.arange(4 * 2 * 6).reshape(1, 4, 2, 6) % 4
MASK = PLACES > 1

FUNCTIONS = {
    "view": lambda x: x.view(1, -1),
    "view of other strides": lambda x: (
        x.to(memory_format=torch.channels_last).permute(0, 2, 3, 1).reshape(-1, 4)
    ),
    "view_as": lambda x: x.view_as(torch.zeros(1, 8, 6)),
    "reshape in place": lambda x: x.clone().squeeze_(0).t_() if x.ndim == 2 else x.clone().unsqueeze_(1),
    "flatten": nn.Flatten(),
    "unflatten": nn.Unflatten(1, (2, 2)),
    "permute": lambda x: x.permute(0, 3, 1, 2),
    "transpose in place": lambda x: x.clone().transpose_(1, 2),
    "T": lambda x: x[0, 0].T,
    "mT": lambda x: x.mT,
    "flip": lambda x: x.flip(1, 3),
    "roll": lambda x: x.roll(2, 3),
    "squeeze": lambda x: x[:, :1].squeeze(1),
    "pixel_shuffle": nn.PixelShuffle(2),
    "pixel_unshuffle": nn.PixelUnshuffle(2),
    "channel_shuffle": nn.ChannelShuffle(2),
    "narrow": lambda x: x.narrow(1, 1, 2),
    "chunk": lambda x: x.chunk(2, dim=1)[1],
    "split": lambda x: torch.split(x, [1, 3], dim=1)[1],
    "unbind": lambda x: x.unbind(1)[2],
    "iteration": lambda x: list(x[0])[1],
    "unpacking": lambda x: unpacked(x),
    "index": lambda x: x[:, 1:3, ..., None, 0],
    "index list": lambda x: x[:, [0, 2, 2]],
    "index tensor": lambda x: x[:, INDEX],
    "index mask": lambda x: x[MASK],
    "triu": lambda x: x.triu(),
    "diagonal": lambda x: x.diagonal(dim1=1, dim2=3),
    "sum": lambda x: x.sum(),
    "sum over axes": lambda x: x.sum(dim=(1, 3), keepdim=True, dtype=torch.float64),
    "mean": lambda x: x.mean(1),
    "mean over positions": lambda x: torch.mean(x, dim=[2, 3]),
    "cumsum": lambda x: x.cumsum(3),
    "expand": lambda x: x[:, :1].expand(1, 4, 2, 6),
    "repeat": lambda x: x.repeat(1, 2, 1, 3),
    "repeat_interleave": lambda x: x.repeat_interleave(2, dim=1),
    "tile": lambda x: x.tile(2),
    "index_select": lambda x: x.index_select(1, INDEX),
    "gather": lambda x: x.gather(1, PLACES),
    "take_along_dim": lambda x: x.take_along_dim(PLACES, dim=1),
    "masked_select": lambda x: x.masked_select(MASK),
    "unfold": lambda x: x.unfold(3, 3, 1),
    "F.unfold": lambda x: F.unfold(x, (2, 3), padding=1),
    "F.fold": lambda x: F.fold(F.unfold(x, 2), (2, 6), 2),
    "zero pad": nn.ZeroPad2d((1, 2, 0, 1)),
    "pad with a constant": lambda x: F.pad(x, (1, 1), value=3.0),
    "cropping pad": lambda x: F.pad(x, (-1, -1)),
    "reflection pad": lambda x: F.pad(x, (2, 2, 1, 1), mode="reflect"),
    "replication pad": nn.ReplicationPad2d(2),
    "circular pad": lambda x: F.pad(x, (2, 3, 1, 1), mode="circular"),
    "nearest": lambda x: F.interpolate(x, scale_factor=2),
    "nearest, smaller": lambda x: F.interpolate(x, size=(1, 4)),
    "nearest-exact": lambda x: F.interpolate(x, size=(3, 5), mode="nearest-exact"),
    "bilinear": nn.Upsample(scale_factor=2, mode="bilinear"),
    "bilinear aligned": lambda x: F.interpolate(x, size=(3, 7), mode="bilinear", align_corners=True),
    "area": lambda x: F.interpolate(x, size=(1, 4), mode="area"),
    "contiguous": lambda x: x.permute(0, 2, 3, 1).contiguous(),
    "clone": lambda x: x.clone(),
    "detach": lambda x: x.detach(),
    "precision": lambda x: x.float().to(torch.bfloat16).double().type(torch.float64).type_as(x).to(x),
    "identity": nn.Identity(),
}


def test_constants_shaped_like_the_input_are_constants(bound, norm):
    def function(x):
        constants = (
            torch.ones(()).to(x).expand_as(x) + torch.ones(48).view_as(x).type_as(x) + torch.full_like(x, 3)
        )
        return constants * x

    assert bound(function, SHAPE, norm) == pytest.approx(5.0)


def unpacked(x):
    a, b, c, d = x[0]
    return b + 2 * d - c + 0 * a


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bound_is_the_operator_norm(name, bound, norm):
    function = FUNCTIONS[name]
    basis = torch.eye(48, dtype=torch.float64).reshape(-1, *SHAPE)
    zero = function(torch.zeros(SHAPE, dtype=torch.float64))
    matrix = torch.stack([(function(x) - zero).flatten().double() for x in basis], dim=1)
    exact = float(torch.linalg.matrix_norm(matrix, ord=norm))
    assert bound(function, SHAPE, norm) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.long().double(),
        lambda x: x.sum(1, dtype=torch.int64).double(),
        lambda x: x.view(torch.int64).double(),
        lambda x: F.interpolate(x, scale_factor=2, mode="bicubic"),
        lambda x: x.gather(1, x.argmax(1, keepdim=True)),
        lambda x: x[x > 0],
        lambda x: torch.fft.rfft(x).abs(),
        lambda x: x.var(dim=1),
        lambda x: x.diff(dim=1).prod(dim=1),
    ],
)
def test_what_jumps_or_has_no_rule_is_refused(function, bound, norm):
    with pytest.raises(BoundError, match="no Lipschitz bound is known"):
        bound(function, SHAPE, norm)
