"""A score of generated images by an offline classifier trained on the same data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated
from weakref import WeakKeyDictionary

import torch
from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.judge import Judge, train_judge


@dataclass(frozen=True, kw_only=True)
class ClassifierScore(Metric):
    """The formula of the Inception score on the class probabilities of a small classifier.

    This is NOT the Inception score: no Inception network is involved, so its values must never be compared
    with published ones, nor across datasets. The classifier is trained on labelled real data of the very
    dataset. The score lies between 1 (every image gets the same probabilities) and the number of classes
    (every image is certain, all classes equally frequent). Like the original, it does not see missing variety
    within a class.

    Keys: ``classifier_score``; ``classifier_score_floor``, what as many held-out real images get (here the
    value to be reached, from below); ``classifier_score_samples``, the number of images on each side;
    ``classifier_accuracy``, in [0, 1], on all held-out images, to judge the judge.

    Source of the formula: Salimans et al. 2016, arXiv 1606.03498, section 4.

    Attributes:
        train_size: at most this many labelled training images are used, a fixed random choice.
    """

    name = "classifier_score"
    better = "higher"
    kinds = ("images",)
    train_size: Annotated[int, Ge(10)] = 5000

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are labelled images."""
        return super().applies_to(source) and source.classes is not None and source.classes > 1

    def get_ready(self, source: Source) -> None:
        """Train the classifier.

        Raises:
            DataError: the data has no labels.
            MissingExtraError: scikit-learn is not installed.
        """
        _judge_of(source, self.train_size)

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the score, that of real images, and the classifier's accuracy.

        Raises:
            DataError: the data has no labels.
            MissingExtraError: scikit-learn is not installed.
        """
        judge = _judge_of(evaluation.source, self.train_size)
        score = math.nan
        if evaluation.fake_is_finite:
            score = inception_score_formula(judge.probabilities(evaluation.fake))
        return {
            "classifier_score": score,
            "classifier_score_floor": inception_score_formula(judge.probabilities(evaluation.real)),
            "classifier_score_samples": float(len(evaluation.real)),
            "classifier_accuracy": judge.accuracy,
        }


def inception_score_formula(probabilities: Tensor) -> float:
    r"""Return :math:`\exp(E_x KL(p(y|x) \| p(y)))`, with p(y) the mean of p(y|x) over the samples.

    Source: Salimans et al. 2016, arXiv 1606.03498, section 4.

    Args:
        probabilities: p(y|x), shape (n, classes), each row a distribution.

    Returns:
        A number from 1 to the number of classes; NaN if a probability is NaN.

    Raises:
        DataError: the rows are no distributions.

    Example:
        >>> inception_score_formula(torch.eye(4))
        4.0
    """
    p = probabilities.double()
    if p.ndim != 2 or p.numel() == 0:
        raise DataError(f"probabilities must have shape (n, classes), got {tuple(p.shape)}.")
    if (p < 0).any() or ((p.sum(dim=1) - 1).abs() > 1e-4).any():
        raise DataError("each row of probabilities must be non-negative and sum to 1; normalize the rows.")
    # xlogy is 0 where p is 0, as the limit of p log p is.
    divergence = torch.special.xlogy(p, p) - torch.special.xlogy(p, p.mean(dim=0))
    return float(divergence.sum(dim=1).mean().exp())


_JUDGES: WeakKeyDictionary[Source, dict[int, Judge]] = WeakKeyDictionary()


def _judge_of(source: Source, train_size: int) -> Judge:
    # Training takes longer than judging: once per opened dataset, forgotten together with it.
    judges = _JUDGES.setdefault(source, {})
    if train_size not in judges:
        judges[train_size] = train_judge(source, train_size)
    return judges[train_size]
