"""Certificates of the slopes of chains by semidefinite programming: one positive multiplier for each hidden unit.

A function with slopes in [a, b] obeys (dz - a dv)(dz - b dv) <= 0 for any change dv of its argument and dz of its
value. Adding these, each with a weight T_i >= 0 and -2 in front, to |df|^2 = dz' W_n' W_n dz bounds |df|^2 by a
quadratic form; where that has no direction upwards in the hidden units, it bounds it by a form in the input alone
(LipSDP-Neuron: Fazlyab, Robey, Hassani, Morari, Pappas 2019, arXiv 1906.04893, theorem 2; with diagonal multipliers
only, since the coupled ones proposed there are not valid: Pauli, Koch, Berberich, Kohler, Allgoewer 2021, arXiv
2005.02929). All multipliers with that property are certificates, so no solver is needed: a few gradient steps find
good ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz.bounds.chains import Chain
from lipschitz.trees import linalg

ROUNDING = 1e-12
"""Error of the largest eigenvalue of a symmetric matrix in float64, relative to its Frobenius norm."""


def form_of(chain: Chain, multipliers: list[Tensor]) -> Tensor | None:
    """Return S with df^2 <= dv' S dv, by eliminating the hidden layers from the last to the first.

    Args:
        chain: with n >= 1 activations.
        multipliers: T_1 to T_n, the diagonals, positive; gradients flow to them.

    Returns:
        Symmetric and positive definite, shape (units of the first layer,) * 2; `None` where the multipliers certify
        nothing.

    Example:
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> form_of(Chain([one, 3 * one], [(0.0, 1.0)]), [9 * one[0]])
        tensor([[9.]], dtype=torch.float64)
    """
    row = chain.matrices[-1]
    ahead, found = row.T @ row, None
    for i in reversed(range(len(multipliers))):
        found = eliminated(ahead, multipliers[i], chain.slopes[i])
        if found is None:
            return None
        ahead = chain.matrices[i].T @ found @ chain.matrices[i]
    return found


def eliminated(ahead: Tensor, weights: Tensor, slopes: tuple[float, float]) -> Tensor | None:
    """Return S with dz' P dz <= dv' S dv, where dz is the change of an activation's values.

    The maximum over dz of dz' P dz - 2 (dz - a dv)' T (dz - b dv), which is finite where 2 T - P is positive definite.

    Args:
        ahead: P, symmetric.
        weights: the diagonal of T, positive.
        slopes: a and b.

    Example:
        >>> one = torch.ones(1, dtype=torch.float64)
        >>> eliminated(4 * torch.diag(one), 4 * one, (0.0, 1.0))
        tensor([[4.]], dtype=torch.float64)
    """
    low, high = slopes
    lower, info = linalg.cholesky_ex(torch.diag(2 * weights) - ahead)
    if int(info) > 0:
        return None
    half = linalg.solve_triangular(lower, torch.diag(weights), upper=False)
    return (low + high) ** 2 * half.T @ half - torch.diag(2 * low * high * weights)


def certified(chain: Chain, multipliers: list[Tensor], found: Tensor) -> Tensor:
    """Return `found` enlarged until it holds in spite of rounding.

    The whole quadratic form of all layers is built anew. Its largest eigenvalue, zero in exact arithmetic, is what
    rounding can have broken: in the direction of the hidden values, whose lengths are bounded by the argument's.
    """
    sizes = [found.shape[0], *(len(weights) for weights in multipliers)]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    whole = torch.zeros(sum(sizes), sum(sizes), dtype=torch.float64, device=found.device)
    places = [slice(start, start + size) for start, size in zip(starts, sizes, strict=True)]
    whole[places[0], places[0]] -= found
    row = chain.matrices[-1]
    whole[places[-1], places[-1]] += row.T @ row
    lengths, reach = 1.0, 1.0
    for i, weights in enumerate(multipliers):
        low, high = chain.slopes[i]
        matrix = chain.matrices[i] if i > 0 else torch.eye(sizes[0], dtype=torch.float64, device=found.device)
        weighted = weights.unsqueeze(1) * matrix
        before, here = places[i], places[i + 1]
        whole[before, before] -= 2 * low * high * matrix.T @ weighted
        whole[here, before] += (low + high) * weighted
        whole[before, here] += (low + high) * weighted.T
        whole[here, here] -= torch.diag(2 * weights)
        reach *= max(abs(low), abs(high)) * float(linalg.matrix_norm(matrix, ord=2))
        lengths += reach**2
    excess = max(float(linalg.eigvalsh(whole)[-1]), 0.0) + ROUNDING * float(linalg.matrix_norm(whole))
    return found + 1.001 * excess * lengths * torch.eye(sizes[0], dtype=torch.float64, device=found.device)
