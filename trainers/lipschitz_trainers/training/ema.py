"""The moving average of a generator."""

from __future__ import annotations

import copy

import torch
from torch import nn


class GeneratorAverage:
    """Exponential moving average of the parameters; buffers (running statistics, ...) are copied, never averaged.

    Attributes:
        module: the averaged network, in evaluation mode.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        """Start at the network's present parameters.

        Args:
            network: the network that is trained.
            decay: share of the old average kept at each update, in (0, 1).
        """
        self.network = network
        self.decay = decay
        self.module = copy.deepcopy(network).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self) -> None:
        """Move towards the network's parameters; call after each of its optimizer steps."""
        averages, current = list(self.module.parameters()), list(self.network.parameters())
        torch._foreach_lerp_(averages, current, 1.0 - self.decay)
        for average, buffer in zip(self.module.buffers(), self.network.buffers(), strict=True):
            average.copy_(buffer)
