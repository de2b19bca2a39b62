"""Projections onto sets of tensors: pure functions, nearest point, bit-identical inside the set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

linalg: Any = torch.linalg  # has no type annotations


def project_box(tensor: Tensor, bound: float) -> Tensor:
    r"""Return the nearest tensor with all entries in [-bound, bound].

    .. math:: \arg\min_{|p_i| \le c} \|p - w\|_2

    Source: Arjovsky et al. 2017, arXiv 1701.07875, algorithm 1.
    """
    return tensor.clamp(-bound, bound)


def project_l2_ball(tensor: Tensor, radius: float) -> Tensor:
    """Return the nearest tensor of Euclidean norm at most `radius`, over all its entries."""
    norm = linalg.vector_norm(tensor)
    # `where` rather than an unconditional product: a tensor inside must come back bit for bit.
    return torch.where(
        norm > radius, tensor * (radius / norm.clamp(min=torch.finfo(tensor.dtype).tiny)), tensor
    )


def project_spectral_ball(matrix: Tensor, radius: float) -> Tensor:
    """Return the nearest matrix (in Frobenius norm) of spectral norm at most `radius`, by SVD.

    Args:
        matrix: shape (m, n).
        radius: largest singular value allowed.
    """
    u, s, vh = linalg.svd(matrix, full_matrices=False)
    if bool(s.max() <= radius):
        return matrix
    return (u * s.clamp(max=radius)) @ vh


@torch.no_grad()
def clip_(parameters: Iterable[Tensor], bound: float) -> None:
    """Clip every entry of the given parameters to [-bound, bound], in place."""
    for parameter in parameters:
        parameter.clamp_(-bound, bound)
