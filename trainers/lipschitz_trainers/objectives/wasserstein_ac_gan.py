"""The Wasserstein objective with an auxiliary classifier of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge
from torch import Tensor
from torch.nn.functional import cross_entropy

from lipschitz import Batch, CriticError, CriticOutput, TrainingError
from lipschitz_trainers.objectives.wasserstein import Wasserstein


@dataclass(frozen=True, kw_only=True)
class WassersteinACGAN(Wasserstein):
    """Scores as in `Wasserstein`, and class scores (logits) of the same critic, trained on the labels.

    The critic learns to classify real samples only; the generator is asked for samples that it classifies as the label
    they were made for. Needs data with labels (``conditional: true``) and a critic with logits, such as
    ``cifar_resnet_critic`` with ``classes``.

    Attributes:
        critic_weight: of the cross-entropy of real samples in the critic's loss.
        generator_weight: of the cross-entropy of generated samples in the generator's loss.

    References:
        Odena, Olah, Shlens: Conditional Image Synthesis with Auxiliary Classifier GANs, 2016, arXiv 1610.09585;
        weights and the restriction to real samples are those of the code of Gulrajani et al. 2017, arXiv 1704.00028,
        table 3.

    Example:
        >>> import torch
        >>> sure = CriticOutput(torch.zeros(2), logits=100 * torch.eye(2))
        >>> batch = Batch(real=torch.zeros(2, 3), condition=(torch.tensor([0, 1]),))
        >>> WassersteinACGAN().critic_loss(sure, sure, batch)
        tensor([0., 0.])
    """

    name = "wasserstein_ac_gan"
    critic_weight: Annotated[float, Ge(0)] = 1.0
    generator_weight: Annotated[float, Ge(0)] = 0.1

    def critic_loss(self, real: CriticOutput, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the Wasserstein loss and the weighted cross-entropy of real samples, shape (B,).

        Raises:
            CriticError: the critic returns no logits, or not one for each class.
            TrainingError: the data have no labels.
        """
        return super().critic_loss(real, fake, batch) + self.critic_weight * _label_loss(real, batch)

    def generator_loss(self, fake: CriticOutput, batch: Batch) -> Tensor:
        """Return the negative scores and the weighted cross-entropy of generated samples, shape (B,).

        Raises:
            CriticError: the critic returns no logits, or not one for each class.
            TrainingError: the data have no labels.
        """
        return super().generator_loss(fake, batch) + self.generator_weight * _label_loss(fake, batch)


def _label_loss(output: CriticOutput, batch: Batch) -> Tensor:
    """Return the cross-entropy of each sample's label, in nats, shape (B,)."""
    if not batch.condition:
        raise TrainingError(
            "wasserstein_ac_gan learns from labels, and these samples have none; set conditional: true on a dataset "
            "with labels, or take the objective 'wasserstein'."
        )
    if output.logits is None:
        raise CriticError(
            "wasserstein_ac_gan needs class scores: let the critic return lipschitz.CriticOutput(scores, logits=...), "
            "as cifar_resnet_critic does with classes set, or take the objective 'wasserstein'; got scores only."
        )
    labels = batch.condition[0]
    if output.logits.shape[0] != labels.shape[0] or output.logits.ndim != 2:
        raise CriticError(
            f"the critic's logits should have shape ({labels.shape[0]}, classes), got {tuple(output.logits.shape)}."
        )
    try:
        return cross_entropy(output.logits, labels, reduction="none")
    except IndexError as error:
        raise CriticError(
            f"the critic has class scores for {output.logits.shape[1]} classes, and the data have a label outside; set "
            f"the critic's classes to the number of classes of the data."
        ) from error
