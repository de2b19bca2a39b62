"""Activations by name: those of the paper, and those that sort features and keep the length of gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from lipschitz import FieldError

Activation: TypeAlias = Literal[
    "relu",
    "leaky_relu",
    "tanh",
    "elu",
    "smooth_elu",
    "silu",
    "gelu",
    "softplus",
    "max_min",
    "group_sort",
    "full_sort",
    "identity",
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


class GroupSort(nn.Module):
    """Sorts features within groups of neighbours, largest first: 1-Lipschitz and gradient-norm preserving.

    Its Jacobian is a permutation wherever features of a group differ. Groups of 2 are `MaxMin`; one group of all
    features is FullSort. Source: Anil, Lucas, Grosse 2019, arXiv 1811.05381, section 4. Features are axis 1.
    """

    def __init__(self, size: int | None) -> None:
        """Set the size of a group, which must divide the number of features; `None` for all features."""
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Sort each group, shape (B, features, ...) to the same."""
        groups = x.unflatten(1, (-1, x.shape[1] if self.size is None else self.size))
        return groups.sort(dim=2, descending=True).values.flatten(1, 2)

    def extra_repr(self) -> str:
        """Return the size of a group."""
        return "all features" if self.size is None else f"size={self.size}"


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
    "full_sort": lambda: GroupSort(None),
    "identity": nn.Identity,
}


def activation(name: Activation, group_size: int = 2) -> nn.Module:
    """Return a fresh activation module.

    Args:
        name: one of `Activation`.
        group_size: of ``group_sort``; no other uses it.

    Example:
        >>> activation("leaky_relu")
        LeakyReLU(negative_slope=0.2)
        >>> activation("group_sort", 4)(torch.tensor([[1.0, 4.0, 2.0, 3.0]]))
        tensor([[4., 3., 2., 1.]])
    """
    return GroupSort(group_size) if name == "group_sort" else _MAKERS[name]()


def require_whole_groups(network: str, name: Activation, group_size: int, width: int) -> None:
    """Refuse a number of features that the groups of an activation do not divide.

    Raises:
        FieldError: saying which number would do.
    """
    size = {"max_min": 2, "group_sort": group_size}.get(name, 1)
    if width % size:
        raise FieldError(
            f"{network}.width must be {'even' if size == 2 else f'a multiple of {size}'} for {name}, which sorts "
            f"groups of {size} units; got {width}."
        )
