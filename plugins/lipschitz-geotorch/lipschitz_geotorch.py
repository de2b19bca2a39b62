"""geotorch's manifolds as a constraint: weights that cannot leave a set of matrices."""

from dataclasses import dataclass
from typing import Annotated, Literal

import geotorch
import torch
from annotated_types import Ge, Interval
from torch import nn
from torch.nn.utils import parametrize

import lipschitz
from lipschitz.layers import as_matrix, from_matrix, full_precision, normalizable_layers, output_axis
from lipschitz.seeding import fixed_seed


@dataclass(frozen=True, kw_only=True)
class Geotorch(lipschitz.Constraint):
    """Each weight matrix moves on one of geotorch's manifolds (kernels flattened).

        orthogonal:         s_i = 1              norm 1
        almost_orthogonal:  |s_i - 1| <= radius  norm 1 + radius at most
        sphere:             |W_j| = 1            norm 1 of every row, sqrt(m) at most of all m
        low_rank:           s_i = 0 for i > rank nothing is said about slopes

    s_i are the singular values of a weight W in descending order, W_j its rows. The norm of W is the Lipschitz constant
    of a linear layer. That of a convolution may be larger than its flattened kernel's, by up to the square root of the
    kernel's size, and by more where the padding repeats the input. Starts at the matrix of the manifold that is
    nearest to the weight. All but ``sphere`` work with square matrices of the larger side of W, which is slow and large
    where that is long.

    Attributes:
        manifold: which of these.
        radius: of the interval of ``almost_orthogonal``; no other uses it.
        rank: of ``low_rank``, at most; no other uses it.
        map: from skew-symmetric to orthogonal matrices: the exponential, or the rational Cayley map.

    References:
        Lezcano-Casado: Trivializations for gradient-based optimization on manifolds, 2019, arXiv 1909.09501.
    """

    name = "geotorch"
    family = "reparametrization"
    guarantee = "hard"
    cost = "weights"
    changes = frozenset({"parametrization"})

    manifold: Literal["orthogonal", "almost_orthogonal", "sphere", "low_rank"] = "orthogonal"
    radius: Annotated[float, Interval(gt=0, le=1)] = 0.1
    rank: Annotated[int, Ge(1)] = 4
    map: Literal["expm", "cayley"] = "expm"

    def __post_init__(self):
        """Note that a bounded rank bounds no slope."""
        object.__setattr__(self, "guarantee", "none" if self.manifold == "low_rank" else "hard")

    def prepare(self, critic, example=None):
        """Reparametrize every linear and convolution layer."""
        layers = normalizable_layers(critic, self.name)
        if any(parameter.is_meta for parameter in critic.parameters()):
            raise lipschitz.CriticError(
                "geotorch starts from the values of the weights, and on the meta device there are none; move the "
                "critic to its device first."
            )
        # geotorch completes matrices that are not square by columns from torch's global generator.
        with fixed_seed(0, {parameter.device for parameter in critic.parameters()}), torch.no_grad():
            for layer in layers.values():
                weight, axis = layer.weight, output_axis(layer)
                start = self._nearest(as_matrix(weight.detach(), axis))
                manifold = self._manifold(start.shape).to(weight)
                weight.copy_(from_matrix(start, weight.shape, axis))
                parametrize.register_parametrization(layer, "weight", _OnMatrix(manifold, axis))
        return critic

    def _nearest(self, matrix):
        """Return the matrix of the manifold to start from, shape (m, n) to (m, n)."""
        if self.manifold == "sphere":
            norms = matrix.norm(dim=1, keepdim=True)
            # A row of zeros has no direction; any is as near.
            return torch.where(norms > 0, matrix / norms, matrix.shape[1] ** -0.5)
        u, singular, vh = torch.linalg.svd(matrix, full_matrices=False)
        if self.manifold == "low_rank":
            rank = self._rank(matrix.shape)
            return (u[:, :rank] * singular[:rank]) @ vh[:rank]
        return u @ vh

    def _manifold(self, shape):
        if self.manifold == "sphere":
            return geotorch.SphereEmbedded(shape)
        if self.manifold == "low_rank":
            return geotorch.LowRank(shape, self._rank(shape), triv=self.map)
        if self.manifold == "almost_orthogonal":
            return geotorch.AlmostOrthogonal(shape, self.radius, triv=self.map)
        return geotorch.Stiefel(shape, triv=self.map)

    def _rank(self, shape):
        return min(self.rank, *shape)


class _OnMatrix(nn.Module):
    """Applies a manifold's map to the weight of a layer as a matrix, never in half precision."""

    def __init__(self, manifold, axis):
        super().__init__()
        self.manifold = manifold
        self.axis = axis

    def forward(self, free):
        with full_precision(free.device):
            matrix = self.manifold(as_matrix(free, self.axis))
        return from_matrix(matrix, free.shape, self.axis)

    def right_inverse(self, weight):
        matrix = self.manifold.right_inverse(as_matrix(weight, self.axis))
        return from_matrix(matrix, weight.shape, self.axis).contiguous()


@lipschitz.hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(Geotorch)
