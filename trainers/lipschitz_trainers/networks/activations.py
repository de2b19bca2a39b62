"""Activations by name, those of the paper among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

Activation: TypeAlias = Literal[
    "relu", "leaky_relu", "tanh", "elu", "smooth_elu", "silu", "gelu", "softplus", "max_min", "identity"
]
"""Names `activation` knows."""


class SmoothELU(nn.Module):
    """The smooth look-alike of ELU that trains under a gradient penalty: softplus(2x + 2) / 2 - 1.

    Source: Gulrajani et al. 2017, arXiv 1704.00028, appendix D.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to every entry."""
        return softplus(2 * x + 2) / 2 - 1


class MaxMin(nn.Module):
    """Sorts neighbouring pairs of features: 1-Lipschitz and gradient-norm preserving (GroupSort of size 2).

    Source: Anil, Lucas, Grosse 2019, arXiv 1811.05381, section 4. Features are axis 1, an even number of them.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Sort each pair, larger first."""
        a, b = x.unflatten(1, (-1, 2)).unbind(2)
        return torch.stack((a.maximum(b), a.minimum(b)), dim=2).flatten(1, 2)


_MAKERS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    # The slope of the authors' code; PyTorch's default is 0.01.
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "elu": nn.ELU,
    "smooth_elu": SmoothELU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "softplus": nn.Softplus,
    "max_min": MaxMin,
    "identity": nn.Identity,
}


def activation(name: Activation) -> nn.Module:
    """Return a fresh activation module.

    Example:
        >>> activation("leaky_relu")
        LeakyReLU(negative_slope=0.2)
    """
    return _MAKERS[name]()
