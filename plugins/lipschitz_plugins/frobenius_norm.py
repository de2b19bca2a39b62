"""Normalization of weights by their Frobenius norm."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.utils import parametrize

from lipschitz import Batch, Constraint, hookimpl
from lipschitz.layers import normalizable_layers
from lipschitz.trees import linalg


class DividedByItsNorm(nn.Module):
    """The parametrization of a weight w as w / |w|, the Euclidean norm over all its entries."""

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight divided by its norm."""
        return weight / linalg.vector_norm(weight)


@dataclass(frozen=True, kw_only=True)
class FrobeniusNorm(Constraint):
    """Each weight matrix is divided by its Frobenius norm, the square root of the sum of its squares.

        W / |W|_F,   and  |W|_2 <= |W|_F <= sqrt(rank W) |W|_2

    A fully connected critic with 1-Lipschitz activations has constant 1 so, at every step and without the iteration and
    the state of `spectral_norm`. But only matrices of rank one reach it: others leave the critic far below. The norm of
    a convolution is larger than that of its kernel, by up to the square root of the kernel's size.

    References:
        Miyato, Kataoka, Koyama, Yoshida: Spectral Normalization for Generative Adversarial Networks, 2018,
        arXiv 1802.05957, section 3, on norms that sum the squares of all singular values.
    """

    name = "frobenius_norm"
    family = "reparametrization"
    guarantee = "hard"
    changes = frozenset({"parametrization"})
    cost = "weights"

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Reparametrize every linear and convolution layer."""
        for layer in normalizable_layers(critic, self.name).values():
            parametrize.register_parametrization(layer, "weight", DividedByItsNorm())
        return critic


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(FrobeniusNorm)
