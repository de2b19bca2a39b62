"""A lower bound of the Wasserstein-1 distance between two samples that any critic proves, whatever its slopes."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz_trainers.metrics.transport import as_vectors, distances

CHUNK = 2**22
"""Distances at once: 32 MiB."""


def dual_bound(x: Tensor, y: Tensor, on_x: Tensor, on_y: Tensor) -> float:
    r"""Return the better of two dual values that scores give after the c-transform: at most the exact distance.

    Any numbers with :math:`\phi_i + \psi_j \le |x_i - y_j|` for all i, j prove that W1 between the samples is at least
    the mean of :math:`\phi` plus that of :math:`\psi` (duality of linear programs). Scores on one side are taken as
    they are, and :math:`\psi_j = \min_i |x_i - y_j| - \phi_i` is the best completion; then the same from the other
    side. No slope of the critic enters: the bound holds for a critic of any kind, up to rounding in float64.

    Source: Villani, "Optimal transport: old and new", 2009, theorem 5.10 (c-transform and duality).

    Args:
        x: samples of which high scores are expected, shape (n, ...); all axes but the first are flattened.
        y: the others, shape (m, ...).
        on_x: scores of x, shape (n,), in the units of the samples.
        on_y: scores of y, shape (m,).

    Returns:
        The bound; negative where the scores prove nothing.

    Example:
        >>> x, y = torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0], [1.0]])
        >>> dual_bound(x, y, x[:, 0], y[:, 0]), dual_bound(x, y, 5 * x[:, 0], torch.zeros(2))
        (1.0, 0.5)
    """
    a, b = as_vectors(x, "the first sample"), as_vectors(y, "the second sample")
    phi, psi = on_x.detach().cpu().double(), -on_y.detach().cpu().double()
    completed_phi: list[Tensor] = []
    completed_psi = torch.full_like(psi, torch.inf)
    rows = max(1, CHUNK // len(b))
    for points, scores in zip(a.split(rows), phi.split(rows), strict=True):
        cost = distances(points, b)
        completed_phi.append((cost - psi).amin(dim=1))
        completed_psi = torch.minimum(completed_psi, (cost - scores.unsqueeze(1)).amin(dim=0))
    return max(float(phi.mean() + completed_psi.mean()), float(torch.cat(completed_phi).mean() + psi.mean()))
