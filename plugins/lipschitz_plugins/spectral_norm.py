"""Spectral normalization of every linear and convolution layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge
from torch import nn
from torch.nn.utils import parametrizations

from lipschitz import Batch, Constraint, hookimpl
from lipschitz.layers import normalizable_layers
from lipschitz.seeding import fixed_seed


@dataclass(frozen=True, kw_only=True)
class SpectralNorm(Constraint):
    """Each weight matrix is divided by its largest singular value, estimated by power iteration.

        W / s,   v <- W'u / |W'u|,   u <- Wv / |Wv|,   s = u'Wv

    Convolution kernels are flattened to (out, in * k * k), as published. The true norm of the convolution is
    larger, by up to the square root of the kernel's size, so a convolutional critic is Lipschitz with a larger
    constant than 1; a fully connected one with 1-Lipschitz activations has constant 1, once the power
    iteration has converged. Uses `torch.nn.utils.parametrizations.spectral_norm`.

    Attributes:
        power_iterations: iterations each time the weights are computed in training: once a critic step and once a
            generator step in the trainer (one is enough, since weights move slowly).

    References:
        Miyato, Kataoka, Koyama, Yoshida: Spectral Normalization for Generative Adversarial Networks, 2018,
        arXiv 1802.05957, section 2.1 and algorithm 1.
    """

    name = "spectral_norm"
    family = "reparametrization"
    guarantee = "hard"
    changes = frozenset({"parametrization"})
    cost = "weights"
    published_optimizer = {"name": "adam", "lr": 2e-4, "betas": (0.0, 0.9)}

    power_iterations: Annotated[int, Ge(1)] = 1

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Reparametrize every linear and convolution layer; the same random start on every call."""
        layers = normalizable_layers(critic, self.name)
        # The starting vectors come from torch's global generator.
        with fixed_seed(0, {parameter.device for parameter in critic.parameters()}):
            for layer in layers.values():
                parametrizations.spectral_norm(layer, n_power_iterations=self.power_iterations)
        return critic


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(SpectralNorm)
