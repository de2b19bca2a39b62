"""The critics that the cost of a gradient penalty is measured on, and the bars set for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lipschitz_trainers import registry


@dataclass(frozen=True)
class Bars:
    """The largest ratio to the classic double backward that counts as met."""

    penalty: float = 1.05
    step: float = 1.05
    memory: float = 1.0


@dataclass(frozen=True)
class Case:
    """A critic, its input and what is expected of it.

    Attributes:
        name: for `--only` and in the results.
        description: one line.
        make: builds it with fresh weights, from torch's global generator.
        shape: of one sample.
        batch: samples of a critic step.
        bars: the largest ratios to the classic code.
        quick_batch: samples in quick mode, where the full batch takes too long.
        attention: uses scaled dot-product attention, whose fused kernels have no double backward.
    """

    name: str
    description: str
    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    batch: int
    bars: Bars = Bars()
    quick_batch: int | None = None
    attention: bool = False

    def size(self, quick: bool) -> int:
        """Return the batch size of a mode."""
        return self.quick_batch if quick and self.quick_batch is not None else self.batch

    def samples(self, size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Return real and fake samples, float32 on the CPU."""
        generator = torch.Generator().manual_seed(seed)
        real = torch.randn(size, *self.shape, generator=generator).tanh()
        return real, 0.5 * torch.randn(size, *self.shape, generator=generator)

    def critic(self, seed: int = 0) -> nn.Module:
        """Return the critic; the same seed gives the same weights."""
        torch.manual_seed(seed)
        return self.make()


def tiny_mlp() -> nn.Module:
    """64-256-256-1, ReLU: so small that overheads count."""
    return nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1))


def mlp(inputs: int = 2, activation: str = "relu") -> nn.Module:
    """Three hidden layers of 512: the toy critic of the WGAN-GP authors."""
    return registry.build("network", "mlp", width=512, depth=3, activation=activation).build((inputs,), ())


def dcgan(side: int = 32, width: int = 64) -> nn.Module:
    """The authors' CIFAR critic: three strided 5x5 convolutions, leaky ReLU, no normalizer."""
    layers: list[nn.Module] = []
    channels = 3
    for factor in (1, 2, 4):
        layers += [
            nn.Conv2d(channels, factor * width, 5, stride=2, padding=2),
            nn.LeakyReLU(0.2),
        ]
        channels = factor * width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * (side // 8) ** 2, 1))


class Block(nn.Module):
    """A residual block of the critic: two 3x3 convolutions, means of 2x2 where it halves.

    The first block of the network starts with a convolution and pools before its 1x1 shortcut; the others start
    with normalizer and ReLU and pool after it (Gulrajani et al. 2017, arXiv 1704.00028, appendix F, and the
    authors' published script).
    """

    def __init__(self, inputs: int, outputs: int, *, halve: bool, first: bool, normalize: bool) -> None:
        super().__init__()
        self.halve, self.first = halve, first
        self.before = nn.Identity() if first else _activated(inputs, normalize)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.between = _activated(outputs, normalize)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if halve else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        branch = self.conv2(self.between(self.conv1(self.before(x))))
        if not self.halve:
            return branch + self.shortcut(x)
        if self.first:
            return F.avg_pool2d(branch, 2) + self.shortcut(F.avg_pool2d(x, 2))
        return F.avg_pool2d(branch, 2) + F.avg_pool2d(self.shortcut(x), 2)


def _activated(channels: int, normalize: bool) -> nn.Module:
    if normalize:  # over (C, H, W) with one scale a channel: the paper's replacement of batch normalization
        return nn.Sequential(nn.GroupNorm(1, channels), nn.ReLU())
    return nn.ReLU()


class ResNet(nn.Module):
    """The CIFAR-10 critic of the paper's appendix F: four residual blocks of 128 channels, global mean, linear."""

    def __init__(self, width: int = 128, normalize: bool = False) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            Block(3, width, halve=True, first=True, normalize=normalize),
            Block(width, width, halve=True, first=False, normalize=normalize),
            Block(width, width, halve=False, first=False, normalize=normalize),
            Block(width, width, halve=False, first=False, normalize=normalize),
        )
        self.score = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.blocks(x).relu().mean((2, 3))).squeeze(1)


class AttentionLayer(nn.Module):
    """Pre-norm self-attention and a two-layer perceptron, each with a residual sum."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.into, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.perceptron = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.into(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        return x + self.perceptron(self.norm2(x))


class AttentionCritic(nn.Module):
    """Patches of 4x4 pixels as 64 tokens, two layers of self-attention, the mean token's score."""

    def __init__(self, width: int = 128, heads: int = 4, layers: int = 2) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, width, 4, stride=4)
        self.position = nn.Parameter(0.02 * torch.randn(64, width))
        self.layers = nn.Sequential(*(AttentionLayer(width, heads) for _ in range(layers)))
        self.score = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.embed(x).flatten(2).transpose(1, 2) + self.position
        return self.score(self.layers(tokens).mean(1)).squeeze(1)


IMAGE = (3, 32, 32)

CASES = {
    case.name: case
    for case in (
        Case("tiny_mlp", "MLP 64-256-256-1, ReLU", tiny_mlp, (64,), 64),
        Case("toy_mlp", "MLP 2-512-512-512-1, ReLU", mlp, (2,), 256, Bars(0.75, 0.90)),
        Case("dcgan_32", "DCGAN 64-128-256, 5x5/2, leaky ReLU", dcgan, IMAGE, 64, Bars(0.75, 0.90), 32),
        Case("resnet", "CIFAR ResNet, 128 channels, ReLU", ResNet, IMAGE, 64, Bars(0.80, 0.90), 4),
        Case(
            "layer_norm_resnet",
            "the same with layer normalization",
            lambda: ResNet(normalize=True),
            IMAGE,
            64,
            quick_batch=4,
        ),
        Case("group_sort_mlp", "MLP 2-512-512-512-1, MaxMin", lambda: mlp(2, "max_min"), (2,), 256),
        Case(
            "self_attention",
            "2 layers of attention, 64 tokens of 128",
            AttentionCritic,
            IMAGE,
            64,
            quick_batch=8,
            attention=True,
        ),
    )
}
"""The critics by name, smallest first."""
