"""The search for good multipliers of a semidefinite certificate, by gradient descent."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from lipschitz.bounds.chains import Chain
from lipschitz.bounds.linear_map import MARGIN
from lipschitz.bounds.semidefinite import certified, eliminated, form_of
from lipschitz.trees import linalg

RATE = 0.2
"""First step length of the logarithms of multipliers; it falls to 0."""


def semidefinite_bound(chain: Chain, norm: float, steps: int) -> float:
    """Return the bound of the best certificate met in `steps` gradient steps.

    Args:
        chain: with one activation at least, and no matrix that is zero.
        norm: 2, 1 or inf, of the input.
        steps: each costs a few Cholesky decompositions of every layer's size.

    Example:
        >>> generator = torch.Generator().manual_seed(0)
        >>> draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
        >>> chain = Chain([draw(8, 3), draw(1, 8)], [(0.0, 1.0)])
        >>> product = math.prod(float(torch.linalg.matrix_norm(matrix, ord=2)) for matrix in chain.matrices)
        >>> semidefinite_bound(chain, 2, steps=50) < 0.8 * product
        True
    """
    scaled, factor = _normalized(chain)
    first = scaled.matrices[0]
    if norm == 2 and first.shape[1] > first.shape[0]:
        first = linalg.qr(first.T)[1].T  # same lengths, fewer columns
    with torch.enable_grad():
        logs = [start.log().requires_grad_() for start in _start(scaled)]
        shares = torch.zeros(first.shape[1], dtype=torch.float64, device=first.device, requires_grad=True)
        best, kept = math.inf, [log.detach().clone() for log in (*logs, shares)]
        optimizer: Any = torch.optim.Adam([*logs, shares], lr=RATE)
        for step in range(steps + 1):
            found = form_of(scaled, [log.exp() for log in logs])
            value = None if found is None else _square(found, first, norm, shares)
            if value is None or not math.isfinite(float(value.detach())):
                _restore([*logs, shares], kept)
                optimizer = torch.optim.Adam([*logs, shares], lr=optimizer.param_groups[0]["lr"] / 2)
                continue
            if float(value.detach()) < best:
                best, kept = float(value.detach()), [log.detach().clone() for log in (*logs, shares)]
            optimizer.zero_grad()
            value.log().backward()
            optimizer.param_groups[0]["lr"] = RATE * (1 - step / (steps + 1))
            optimizer.step()
    *best_logs, best_shares = kept
    multipliers = [log.exp() for log in best_logs]
    found = form_of(scaled, multipliers)
    if found is None:
        return math.inf
    square = _square(certified(scaled, multipliers, found), first, norm, best_shares)
    return math.sqrt(float(square)) * factor * MARGIN


def _square(found: Tensor, first: Tensor, norm: float, shares: Tensor) -> Any:
    """Return the largest value of |F W_0 dx|^2 for |dx| = 1, where F'F is `found`; for inf an upper bound of it.

    For inf, dx is shorter than 1 in the norm that weighs its squares by shares that add up to 1.
    """
    factor = linalg.cholesky(found).T @ first
    if norm == 1:
        return factor.square().sum(0).max()
    if norm == math.inf:
        factor = factor * torch.softmax(shares, 0).rsqrt()
    rows, columns = factor.shape
    gram = factor @ factor.T if rows <= columns else factor.T @ factor
    return linalg.eigvalsh(gram)[-1]


def _normalized(chain: Chain) -> tuple[Chain, float]:
    """Return the chain with matrices of norm 1 and slopes up to 1, and the factor taken out."""
    matrices, factor = list(chain.matrices), 1.0
    slopes: list[tuple[float, float]] = []
    for low, high in chain.slopes:
        largest = max(abs(low), abs(high))
        slopes.append((low / largest, high / largest))
        factor *= largest
    for i, matrix in enumerate(matrices):
        size = float(linalg.matrix_norm(matrix, ord=2))
        matrices[i], factor = matrix / size, factor * size
    return Chain(matrices, slopes), factor


def _start(chain: Chain) -> list[Tensor]:
    """Return multipliers equal within each layer; each makes the next elimination possible."""
    row = chain.matrices[-1]
    ahead, found = row.T @ row, list[Tensor]()
    for i in reversed(range(len(chain.slopes))):
        low, high = chain.slopes[i]
        ratio = torch.linspace(0.5005, 4, 700, dtype=torch.float64)
        after = (low + high) ** 2 * ratio.square() / (2 * ratio - 1) - 2 * low * high * ratio
        size = linalg.eigvalsh(ahead)[-1] * ratio[after.argmin()]
        found.insert(0, size.expand(len(ahead)).clone())
        form = eliminated(ahead, found[0], chain.slopes[i])
        assert form is not None
        ahead = chain.matrices[i].T @ form @ chain.matrices[i]
    return found


def _restore(parameters: list[Tensor], values: list[Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip(parameters, values, strict=True):
            parameter.copy_(value)
