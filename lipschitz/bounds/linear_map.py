"""A linear map between tensors of fixed shapes, and certified upper bounds of its operator norms."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import vjp, vmap

from lipschitz.bounds.lanczos import largest_eigenvalue
from lipschitz.errors import BoundError
from lipschitz.trees import linalg

DENSE = 1024
"""Where the smaller side of a map has at most this size, its matrix is formed."""

LARGEST_MATRIX = 2**24
"""Entries of a matrix formed whole: 128 MiB in float64."""

MARGIN = 1 + 1e-11
"""Above what rounding in float64 can lose of a norm computed from a dense matrix."""

CHUNK = 64
"""Basis vectors mapped at once."""


@dataclass(frozen=True)
class LinearMap:
    """A linear map, known by what it does to float64 tensors.

    Attributes:
        shape: of its argument.
        apply: the map itself.
        absolute: the map whose matrix holds the absolute values of the entries, or upper bounds of them.
        device: where to compute.
    """

    shape: tuple[int, ...]
    apply: Callable[[Tensor], Tensor]
    absolute: Callable[[Tensor], Tensor]
    device: torch.device = torch.device("cpu")

    def full(self, value: float) -> Tensor:
        """Return an argument with all entries equal."""
        return torch.full(self.shape, value, dtype=torch.float64, device=self.device)


def operator_norm_of(linear: LinearMap, norm: float, tolerance: float = 1e-3) -> float:
    """Return an upper bound of the operator norm of a linear map, from the norm p to the same norm.

    Args:
        linear: the map.
        norm: 2, 1 or inf.
        tolerance: relative tightness aimed at where the norm is 2 and the map too large for its matrix.

    Returns:
        The norm to rounding, and never below it, where the matrix can be formed. Otherwise, for 1 and inf, the
        largest column and row sum of `absolute`; for 2, the bound of `lipschitz.bounds.lanczos`, which holds but
        for a probability of 1e-12.

    Raises:
        BoundError: the map has entries that are not finite.

    Example:
        >>> double = LinearMap((3,), lambda x: 2 * x, lambda x: 2 * x)
        >>> round(operator_norm_of(double, 2), 6)
        2.0
    """
    images = linear.absolute(linear.full(1.0))
    row = float(images.abs().max())
    if not math.isfinite(row):
        raise BoundError(
            "weights of the critic are not finite, so it has no Lipschitz constant; check its training."
        )
    if row == 0:
        return 0.0
    size_in, size_out = math.prod(linear.shape), images.numel()
    if fits_a_matrix(size_in, size_out):
        return norm_of_matrix(matrix_of(linear), norm)
    column = float(_transpose(linear.absolute, linear.full(1.0))(torch.ones_like(images)).abs().max())
    if norm != 2:
        return (column if norm == 1 else row) * MARGIN
    ceiling = math.sqrt(row * column) * MARGIN  # the square of the norm is at most |A|_1 |A|_inf
    return _by_lanczos(linear, images, ceiling, tolerance)


def fits_a_matrix(size_in: int, size_out: int) -> bool:
    """Return whether the norm of a map of these sizes is computed from its matrix."""
    return min(size_in, size_out) <= DENSE and size_in * size_out <= LARGEST_MATRIX


def norm_of_matrix(matrix: Tensor, norm: float) -> float:
    """Return the operator norm of a float64 matrix, with what rounding can have lost."""
    if norm != 2:
        return float(linalg.matrix_norm(matrix, ord=norm)) * MARGIN
    scale = float(matrix.abs().max()) if matrix.numel() else 0.0
    if scale == 0:
        return 0.0
    matrix = matrix / scale  # squares of tiny entries would vanish, those of huge ones overflow
    rows, columns = matrix.shape
    gram = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
    return scale * math.sqrt(max(float(linalg.eigvalsh(gram)[-1]), 0.0)) * MARGIN


def _by_lanczos(linear: LinearMap, images: Tensor, ceiling: float, tolerance: float) -> float:
    transposed = _transpose(linear.apply, linear.full(0.0))
    wide = images.numel() < math.prod(linear.shape)
    shape = tuple(images.shape) if wide else linear.shape

    def gram(row: Tensor) -> Tensor:
        x = row.reshape(shape)
        return (linear.apply(transposed(x)) if wide else transposed(linear.apply(x))).flatten()

    def gram_of_rows(rows: Tensor) -> Tensor:
        return _mapped(gram, rows.to(linear.device)).cpu()

    square = largest_eigenvalue(gram_of_rows, math.prod(shape), ceiling**2, 2 * tolerance)
    return min(ceiling, math.sqrt(square) * MARGIN)


def _transpose(apply: Callable[[Tensor], Tensor], at: Tensor) -> Callable[[Tensor], Tensor]:
    pull: Any = vjp(apply, at)[1]
    return lambda y: pull(y)[0]


def matrix_of(linear: LinearMap) -> Tensor:
    """Return the matrix, shape (size_out, size_in), from the images of the smaller of both bases."""
    shape = linear.apply(linear.full(0.0)).shape
    size_in, size_out = math.prod(linear.shape), math.prod(shape)
    eye = torch.eye(min(size_in, size_out), dtype=torch.float64, device=linear.device)
    if size_in <= size_out:
        return _mapped(lambda row: linear.apply(row.reshape(linear.shape)).flatten(), eye).T
    transposed = _transpose(linear.apply, linear.full(0.0))
    return _mapped(lambda row: transposed(row.reshape(shape)).flatten(), eye)


def _mapped(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some batching rules are slow
            return vmap(function, chunk_size=CHUNK)(rows)
    except (RuntimeError, ValueError):  # some operation has no batching rule
        return torch.stack([function(row) for row in rows])
