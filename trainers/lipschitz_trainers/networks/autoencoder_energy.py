"""A critic that is an autoencoder: its score is minus the error of the reconstruction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge
from torch import Tensor, nn

from lipschitz import CriticOutput
from lipschitz.trees import linalg
from lipschitz_trainers.networks.activations import Activation
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.mlp import MLP
from lipschitz_trainers.networks.shapes import require_scores


class AutoencoderEnergyModule(nn.Module):
    """Scores -|Dec(Enc(x)) - x|, with the codes Enc(x) as features."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        """Join two networks: from samples to codes (B, code), and from codes back to samples."""
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, x: Tensor) -> CriticOutput:
        """Map (B, *input_shape) to scores (B,), at most 0, and codes (B, code)."""
        codes = self.encoder(x)
        error = (self.decoder(codes) - x).flatten(1)
        return CriticOutput(-linalg.vector_norm(error, dim=1), features=codes)


@dataclass(frozen=True, kw_only=True)
class AutoencoderEnergy(Network):
    """An autoencoder as critic: the score of x is -|Dec(Enc(x)) - x|, minus the energy of EBGAN.

    Encoder and decoder are `MLP`; the codes go to the objective as `CriticOutput.features`. It suits the objective
    ``energy_based``. The score is never positive, and it is not smooth where the reconstruction is exact.

    Attributes:
        code: dimension of a code.
        width: units of each hidden layer, of encoder and decoder alike.
        depth: number of hidden layers of each.
        activation: after each hidden layer.

    References:
        Zhao, Mathieu, LeCun: Energy-based Generative Adversarial Network, 2016, arXiv 1609.03126, section 2.3.
    """

    name = "autoencoder_energy"
    role: ClassVar[str] = "critic"

    code: Annotated[int, Ge(1)] = 16
    width: Annotated[int, Ge(1)] = 512
    depth: Annotated[int, Ge(0)] = 2
    activation: Activation = "relu"

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for inputs of any shape."""
        require_scores(self.name, output_shape)
        half = MLP(width=self.width, depth=self.depth, activation=self.activation)
        return AutoencoderEnergyModule(
            half.build((math.prod(input_shape),), (self.code,)), half.build((self.code,), input_shape)
        )
