"""The gated activation."""

from __future__ import annotations

from torch import Tensor, nn


class Gate(nn.Module):
    """Halves the channels: sigmoid of the even ones times hyperbolic tangent of the odd ones.

    Source: van den Oord et al. 2016, arXiv 1606.05328, equation 2; the pairing of channels is that of the authors of
    Gulrajani et al. 2017, arXiv 1704.00028.

    Example:
        >>> import torch
        >>> Gate()(torch.zeros(1, 6, 2, 2)).shape
        torch.Size([1, 3, 2, 2])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, 2 C, ...) to (B, C, ...)."""
        return x[:, ::2].sigmoid() * x[:, 1::2].tanh()
