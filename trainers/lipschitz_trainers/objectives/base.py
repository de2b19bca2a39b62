"""What the trainer asks of an objective: the losses of critic and generator, per sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from lipschitz import Batch, CriticOutput
from lipschitz.fields import Checked


@dataclass(frozen=True, kw_only=True)
class Objective(Checked):
    """Losses to be minimized by critic and generator, by name. The constraint's penalty is no part of them.

    Attributes:
        name: its name in YAML (set it on the class, it is no field).
    """

    name: ClassVar[str]

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return what the critic minimizes, shape (B,) or ().

        Args:
            real: the critic's output on ``batch.real``.
            fake: its output on ``batch.fake``.
            batch: the samples themselves.
        """
        raise NotImplementedError(f"{type(self).__name__} must define critic_loss().")

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return what the generator minimizes, shape (B,) or ().

        Args:
            fake: the critic's output on freshly generated samples, differentiable to the generator.
            batch: those samples as ``real``-shaped data with their conditions.
        """
        raise NotImplementedError(f"{type(self).__name__} must define generator_loss().")
