"""Projections onto sets of tensors: pure functions, nearest point, bit-identical inside the set.

What they return is inside the set as they measure it, so that a second projection changes not a bit. To get there
against rounding, points outside go to a set smaller by a few units in the last place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
    r"""Return the nearest tensor of Euclidean norm at most `radius`, over all its entries.

    .. math:: w \min(1, r / \|w\|_2)

    Example:
        >>> project_l2_ball(torch.tensor([3.0, 4.0]), 10.0)
        tensor([3., 4.])
    """
    (projected,) = project_joint_l2_ball([tensor], radius)
    return projected


def project_joint_l2_ball(tensors: Sequence[Tensor], radius: float) -> list[Tensor]:
    """Return the nearest tensors whose entries, laid end to end, have Euclidean norm at most `radius`.

    Args:
        tensors: on one device; at least one.
        radius: largest norm allowed.

    Example:
        >>> [float(part) for part in project_joint_l2_ball([torch.tensor(3.0), torch.tensor(4.0)], 10.0)]
        [3.0, 4.0]
    """
    wide = [_wide(tensor) for tensor in tensors]
    norm = linalg.vector_norm(torch.stack([linalg.vector_norm(part) for part in wide]))
    count = sum(tensor.numel() for tensor in tensors)
    # Rounding an entry changes it by half a unit at most, and the norm by no larger share; summing adds the other.
    margin = max(_epsilon(tensor) for tensor in tensors) + 4 * math.sqrt(count) * _epsilon(norm)
    factor = radius * (1 - margin) / norm.clamp(min=torch.finfo(norm.dtype).tiny)
    # `where` rather than an unconditional product: tensors inside must come back bit for bit.
    return [
        torch.where(norm > radius, (part * factor).to(tensor.dtype), tensor)
        for part, tensor in zip(wide, tensors, strict=True)
    ]


def project_spectral_ball(matrix: Tensor, radius: float) -> Tensor:
    """Return the nearest matrix (in Frobenius norm) of spectral norm at most `radius`, by SVD.

    Args:
        matrix: shape (m, n). With entries that are not finite it comes back as it is.
        radius: largest singular value allowed.

    Example:
        >>> project_spectral_ball(torch.diag(torch.tensor([3.0, 0.5])), 1.0).round(decimals=5)
        tensor([[1.0000, 0.0000],
                [0.0000, 0.5000]])
    """
    wide = _wide(matrix)
    finite = wide.isfinite().all()
    # The decomposition raises for entries that are not finite.
    u, s, vh = linalg.svd(wide.nan_to_num(posinf=0.0, neginf=0.0), full_matrices=False)
    small, large = sorted(matrix.shape)
    margin = math.sqrt(small) * _epsilon(matrix) + 16 * math.sqrt(large) * _epsilon(wide)
    projected = (u * s.clamp(max=radius * (1 - margin))) @ vh
    return torch.where(finite & (s.amax() > radius), projected.to(matrix.dtype), matrix)


@torch.no_grad()
def clip_(parameters: Iterable[Tensor], bound: float) -> None:
    """Clip every entry of the given parameters to [-bound, bound], in place."""
    for parameter in parameters:
        parameter.clamp_(-bound, bound)


def _wide(tensor: Tensor) -> Tensor:
    """Return a tensor in the precision to compute norms in: float64, where the device has it."""
    return tensor.to(torch.float32 if tensor.device.type == "mps" else torch.float64)


def _epsilon(tensor: Tensor) -> float:
    return torch.finfo(tensor.dtype).eps
