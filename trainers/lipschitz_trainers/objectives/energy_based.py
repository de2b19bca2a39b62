"""The energy-based objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt
from torch import Tensor
from torch.nn.functional import normalize, relu

from lipschitz import Batch, CriticError, CriticOutput
from lipschitz_trainers.objectives.base import Objective


@dataclass(frozen=True, kw_only=True)
class EnergyBased(Objective):
    """EBGAN: an energy E = -D, low for real samples and at least `margin` for fake ones.

    The critic minimizes E(real) + max(0, margin - E(fake)), the generator E(fake), plus the pulling-away term if it is
    asked for: it makes the codes of the samples in a batch point in different directions. Energies are meant to be
    bounded below, such as the reconstruction errors of ``autoencoder_energy``, which gives codes too; without a bound,
    scores of real samples rise without end.

    Attributes:
        margin: m, in the unit of the energy (10 for MNIST, by the authors).
        pulling_away: weight of the pulling-away term, 0.1 in the authors' EBGAN-PT. It compares the samples on one
            device.

    References:
        Zhao, Mathieu, LeCun: Energy-based Generative Adversarial Network, 2016, arXiv 1609.03126, equations 1, 2 and 4.
    """

    name = "energy_based"
    margin: Annotated[float, Gt(0)] = 1.0
    pulling_away: Annotated[float, Ge(0)] = 0.0

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the energy of each real sample and what its partner lacks to the margin, shape (B,)."""
        return relu(self.margin + fake.scores) - real.scores

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the energies, with each sample's share of the pulling-away term, shape (B,).

        Raises:
            CriticError: the term is asked for, and the critic returns no codes.
        """
        if self.pulling_away == 0:
            return -fake.scores
        if fake.features is None:
            raise CriticError(
                "energy_based with pulling_away > 0 needs the codes of an autoencoder: let the critic return "
                "lipschitz.CriticOutput(scores, features=codes), as the network 'autoencoder_energy' does, or set "
                "pulling_away to 0; got a critic that returns scores only."
            )
        return -fake.scores + self.pulling_away * pulling_away_term(fake.features)


def pulling_away_term(codes: Tensor) -> Tensor:
    """Return how parallel each code is to the others: the mean squared cosine, shape (B,), in [0, 1].

    Args:
        codes: shape (B, ...); all axes but the first are flattened. A single code gives 0.

    Example:
        >>> import torch
        >>> pulling_away_term(torch.tensor([[2.0, 0.0], [0.0, 1.0], [-3.0, 0.0]]))
        tensor([0.5000, 0.0000, 0.5000])
    """
    directions = normalize(codes.flatten(1), dim=1)
    squared = (directions @ directions.T).square()
    others = squared.sum(dim=1) - squared.diagonal()
    return others / max(len(codes) - 1, 1)
