"""Weights kept orthogonal: all singular values are 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from annotated_types import Ge
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

from lipschitz import Batch, Constraint, CriticError, hookimpl
from lipschitz.layers import (
    as_matrix,
    from_matrix,
    full_precision,
    normalizable_layers,
    output_axis,
    require_untied,
    weight_of,
)
from lipschitz.seeding import fixed_seed
from lipschitz.trees import linalg


@dataclass(frozen=True, kw_only=True)
class Orthogonal(Constraint):
    """Each weight matrix is orthogonal: it keeps lengths, on the smaller of its two sides.

        W'W = 1   (n <= m)   or   WW' = 1   (m <= n)   for W of shape (m, n)

    A fully connected critic with 1-Lipschitz activations has constant 1. Where activations keep the length of
    gradients, as sorting does (``group_sort``), and no layer is wider than the one before it, every slope is 1; with
    rectifiers, slopes shrink from layer to layer. Convolution kernels are flattened to (out, in * k * k); the norm of
    the convolution is larger than theirs, by up to the square root of the kernel's size.

    The weight is a function of a free matrix A, which is trained:

    ``bjorck`` divides A by a bound of its norm and replaces it ``iterations`` times by A (3 - A'A) / 2, which takes
    every singular value closer to 1 from below; in the first half of them by A (2 - 32/27 A'A), which lifts small ones
    faster. The norm is at most 1 after any number of iterations; singular values that were small lag behind (8
    iterations leave about 5% of those of a random 512 x 512 matrix below 0.99, 20 none).

    ``cayley`` is Q (1 + S/2) (1 - S/2)^-1 with S = A - A' and Q the orthogonal matrix nearest to the initial weight:
    exact, and fastest for square matrices; for others it works with square ones of the larger side, slow and large for
    a long row. ``matrix_exp`` is Q exp(S), alike and slower.

    ``householder`` is a product of reflections: exact, and economical for long rows. Keep an optimizer's weight decay
    off: the diagonal of A holds signs. The last three are those of `torch.nn.utils.parametrizations.orthogonal`.

    Attributes:
        map: which of these.
        iterations: of ``bjorck``; no other uses it.

    References:
        Anil, Lucas, Grosse: Sorting out Lipschitz function approximation, 2019, arXiv 1811.05381, section 4.
        Bjorck, Bowie: An iterative algorithm for computing the best estimate of an orthogonal matrix, 1971, SIAM
        Journal on Numerical Analysis 8(2). Lezcano-Casado: Trivializations for gradient-based optimization on
        manifolds, 2019, arXiv 1909.09501.
    """

    name = "orthogonal"
    family = "reparametrization"
    guarantee = "hard"
    changes = frozenset({"parametrization"})
    cost = "weights"

    map: Literal["bjorck", "cayley", "matrix_exp", "householder"] = "bjorck"
    iterations: Annotated[int, Ge(1)] = 8

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Reparametrize every linear and convolution layer."""
        layers = normalizable_layers(critic, self.name)
        if self.map in ("cayley", "matrix_exp"):
            require_untied(layers, self.name)
        if self.map != "bjorck" and any(weight_of(layer).is_meta for layer in layers.values()):
            raise CriticError(
                f"orthogonal starts the map {self.map!r} from the values of the weights, and on the meta device there "
                f"are none; move the critic to its device first, or use map 'bjorck'."
            )
        # Matrices that are not square are completed by random columns, from torch's global generator.
        with fixed_seed(0, {parameter.device for parameter in critic.parameters()}):
            for layer in layers.values():
                weight, axis = weight_of(layer), output_axis(layer)
                by_torch = self.map != "bjorck"
                inside = _by_torch(weight, axis, self.map) if by_torch else Bjorck(self.iterations)
                parametrize.register_parametrization(layer, "weight", OnMatrix(inside, axis))
        return critic


class Bjorck(nn.Module):
    """Brings all singular values of a matrix closer to 1, by a fixed number of iterations, and none above it."""

    def __init__(self, iterations: int) -> None:
        """Set the number of iterations."""
        super().__init__()
        self.iterations = iterations

    def forward(self, free: Tensor) -> Tensor:
        """Map (m, n) to (m, n)."""
        wide = free.shape[0] < free.shape[1]
        matrix = _contracted(free.mT if wide else free)  # so that A'A is the smaller of both Gram matrices
        for k in range(self.iterations):
            gram = matrix.mT @ matrix
            # Singular values become s (2 - 32/27 s^2) or s (3 - s^2) / 2, both at most 1 for s between 0 and 1.
            fast = k < self.iterations // 2
            first, third = (2.0, 32 / 27) if fast else (1.5, 0.5)
            matrix = first * matrix - third * matrix @ gram
        return matrix.mT if wide else matrix

    def right_inverse(self, matrix: Tensor) -> Tensor:
        """Start from the weight as it is."""
        return matrix


def _contracted(matrix: Tensor) -> Tensor:
    """Return a matrix of norm at most 1, in the direction of one whose rows are not shorter than its columns."""
    tiny = torch.finfo(matrix.dtype).tiny
    # |A|_2^2 <= |A|_1 |A|_inf, the largest sums of absolute values along columns and along rows.
    bound = (linalg.matrix_norm(matrix, ord=1) * linalg.matrix_norm(matrix, ord=math.inf)).sqrt()
    matrix = matrix / bound.clamp(min=tiny)
    # Far above the norm of large matrices, but then |A|_2^8 <= trace (A'A)^4 neither over- nor underflows.
    gram = matrix.mT @ matrix
    return matrix / linalg.matrix_norm(gram @ gram).pow(0.25).clamp(min=tiny)


class OnMatrix(nn.Module):
    """Applies a parametrization of matrices to the weight of a layer, in the weight's own precision."""

    def __init__(self, inside: Any, axis: int) -> None:
        """Take what maps matrices to matrices, and the axis of the weight that counts outputs."""
        super().__init__()
        self.inside = inside
        self.axis = axis

    def forward(self, free: Tensor) -> Tensor:
        """Map the free parameter, of the weight's shape, to the weight."""
        # Autocast would round what is to be orthogonal to bfloat16.
        with full_precision(free.device):
            matrix = self.inside(as_matrix(free, self.axis))
        return from_matrix(matrix, free.shape, self.axis)

    def right_inverse(self, weight: Tensor) -> Tensor:
        """Return the free parameter to start from."""
        free = self.inside.right_inverse(as_matrix(weight, self.axis))
        return from_matrix(free, weight.shape, self.axis).contiguous()


def _by_torch(weight: Tensor, axis: int, name: str) -> Any:
    """Make a weight orthogonal, in place, and return torch's parametrization of such matrices."""
    matrix = as_matrix(weight.detach(), axis)
    u, _, vh = linalg.svd(matrix, full_matrices=False)
    with torch.no_grad():
        weight.copy_(from_matrix(u @ vh, weight.shape, axis))
    scratch: Any = nn.Linear(*matrix.T.shape, bias=False, dtype=matrix.dtype, device=matrix.device)
    # Householder's form needs no base, which for a long row would be a matrix as large as the row is long, squared.
    parametrizations.orthogonal(scratch, orthogonal_map=name, use_trivialization=name != "householder")
    return scratch.parametrizations.weight[0]


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(Orthogonal)
