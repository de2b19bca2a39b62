"""The critic's loss on the samples it was trained on and on held-out ones: whether it overfits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import TrainingError
from lipschitz_trainers.metrics.base import Evaluation, Metric

Labels = tuple[Tensor, ...]


@dataclass(frozen=True, kw_only=True)
class NegativeCriticLoss(Metric):
    """Minus what the critic minimizes, on training and on held-out samples, against the same generated samples.

    For the Wasserstein objective it is the mean score of real minus that of generated samples. A critic that overfits
    gives training samples higher scores than held-out ones: the two values part (Gulrajani et al. 2017, arXiv
    1704.00028, section 5.5 and figure 5). The authors' script plots it with the penalty inside.

    Training samples are the first of a fresh shuffle of the training set, the same ones at every evaluation: all
    different while there are enough of them, so an evaluation of exactly as many samples as the training set has
    covers it; one of more repeats some. They come as in training, flipped or dequantized where the data are; penalties
    are computed at the same random places for both. Of labelled samples, as many are used as can be paired with
    generated ones of the same label.

    Keys: ``negative_critic_loss_train`` and ``negative_critic_loss_validation``, the same two with
    ``_with_penalty`` behind, ``negative_critic_loss`` = the validation value, and ``negative_critic_loss_gap`` =
    training minus validation; the last two without the penalty.

    Measured where it is asked for: other objectives' losses have other meanings.

    Attributes:
        samples: at most so many of the evaluation's samples are used of each kind; None: all.
    """

    name = "negative_critic_loss"
    by_default = False
    samples: Annotated[int, Ge(1)] | None = None

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the values.

        Raises:
            TrainingError: the evaluation is not that of a run, so nobody knows what the critic minimizes.
        """
        train = self._terms(evaluation, evaluation.second_real, evaluation.second_real_condition)
        validation = self._terms(evaluation, evaluation.real, evaluation.real_condition)
        values = {
            "": -validation[0],
            "_train": -train[0],
            "_validation": -validation[0],
            "_train_with_penalty": -sum(train),
            "_validation_with_penalty": -sum(validation),
            "_gap": validation[0] - train[0],
        }
        return {f"{self.name}{key}": float(value) for key, value in values.items()}

    def _terms(self, evaluation: Evaluation, real: Tensor, condition: Labels) -> tuple[float, float]:
        if evaluation.critic_terms is None:
            raise TrainingError(
                "negative_critic_loss needs what the critic minimizes, got an evaluation without critic_terms; let the "
                "trainer evaluate, or set it."
            )
        if not evaluation.fake_is_finite:
            return math.nan, math.nan
        rows, partners = paired(condition, evaluation.fake_condition, min(len(real), len(evaluation.fake)))
        rows, partners = rows[: self.samples], partners[: self.samples]
        if not len(rows):
            return math.nan, math.nan
        # The same places for training and held-out samples: their difference is one of samples only.
        places = torch.Generator().set_state(evaluation.generator.get_state())
        labels = tuple(entry[rows] for entry in condition)
        return evaluation.critic_terms(real[rows], evaluation.fake[partners], labels, places)


def paired(ours: Labels, theirs: Labels, n: int) -> tuple[Tensor, Tensor]:
    """Return which of two sets of n samples go together: equal labels, each sample once, as many as possible.

    Args:
        ours: per-sample entries of one set, each with first axis at least n; empty without labels.
        theirs: of the other set.
        n: how many of each set are looked at, the first ones.

    Returns:
        Indices into the first and into the second set, int64, of one length: the first set's in ascending order.
        Without labels all n, one after the other.

    Example:
        >>> [i.tolist() for i in paired((torch.tensor([3, 1, 3]),), (torch.tensor([1, 3, 2]),), 3)]
        [[0, 1], [1, 0]]
    """
    if not ours or not theirs:
        return torch.arange(n), torch.arange(n)
    waiting: dict[str, list[int]] = {}
    for i, label in reversed(list(enumerate(_keys(theirs, n)))):
        waiting.setdefault(label, []).append(i)
    found = [(i, waiting[label].pop()) for i, label in enumerate(_keys(ours, n)) if waiting.get(label)]
    first, second = zip(*found, strict=True) if found else ((), ())
    return torch.tensor(first, dtype=torch.int64), torch.tensor(second, dtype=torch.int64)


def _keys(labels: Labels, n: int) -> list[str]:
    return [str(row) for row in zip(*(entry[:n].tolist() for entry in labels), strict=True)]
