"""The formula of the Inception score, with any network's class probabilities."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz.seeding import fixed_seed
from lipschitz_trainers.data.extras import import_extra
from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.metrics.frechet_distance import Given
from lipschitz_trainers.metrics.image_score import ImageScore

SMALLEST = 1e-300
"""Below this a probability counts as this much, so that its logarithm is finite; times the probability it is 0."""


@dataclass(frozen=True, kw_only=True)
class InceptionScore(ImageScore):
    r"""Exponential of the mean divergence of an image's class probabilities from those of all images; mean over splits.

        exp(E_x KL(p(y|x) | p(y)))

    With the extractor `inception`, 50,000 images and 10 splits this is the Inception score of papers; otherwise it is
    NOT, and must not be compared with one. It lies between 1 and the number of classes; few images in a split make it
    smaller. It sees neither blur and noise that keep the class, nor missing variety within a class: look at a distance
    too.

    Keys: ``inception_score``, the mean over splits; ``inception_score_std``, the standard deviation over splits;
    ``inception_score_floor``, what the held-out real images of the evaluation get, in as many splits (here the value to
    be reached, from below); ``inception_score_samples``, the number of generated images;
    ``inception_score_floor_samples``, that of real ones. Where `images` asks for more generated images than there are
    held-out ones, the floor is of fewer images a split than the score, so it lies a little lower than that of as many
    would.

    Attributes:
        extractor: the network that tells classes.
        splits: parts the images are randomly divided into.
        images: how many generated images are scored, which may be more than there are held-out ones; `None` for those
            of the evaluation.

    References:
        Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen: Improved Techniques for Training GANs, 2016, arXiv
        1606.03498, section 4.
    """

    name = "inception_score"
    better = "higher"
    splits: Annotated[int, Ge(1)] = 10
    images: Annotated[int, Ge(2)] | None = None

    def objection(self, samples: int, *, trained: bool = True) -> str | None:
        """Return why there are too few images, or none to score; None if nothing is against it."""
        if not trained and self.images not in (None, samples):
            return (
                f"asks for {self.images} images instead of the {samples} of the evaluation, which takes a generator "
                f"that is trained; leave out 'images', then those are scored"
            )
        fewest = min(samples, self.images or samples)
        if fewest >= self.splits:
            return None
        return (
            f"needs at least one image for each of its {self.splits} splits, got {fewest} images; evaluate on more "
            f"(evaluation.samples, and the metric's own 'images'), or ask for fewer splits"
        )

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the score, its spread, and that of real images.

        Raises:
            DataError: there are fewer images than splits, the extractor cannot be opened for these data, or more images
                are asked for than a fixed generator has.
            MissingExtraError: torchmetrics or what the extractor needs is not installed.
        """
        real, fake = self.of_real(evaluation).probabilities, self._of_generated(evaluation)
        seed = int(torch.randint(2**62, (), generator=evaluation.generator))
        options = {"splits": self.splits, "seed": seed}
        mean, std = (math.nan,) * 2 if fake is None else inception_score(fake, **options)
        return {
            "inception_score": mean,
            "inception_score_std": std,
            "inception_score_floor": inception_score(real, **options)[0],
            "inception_score_samples": float(self.images or len(real)),
            "inception_score_floor_samples": float(len(real)),
        }

    def _of_generated(self, evaluation: Evaluation) -> Tensor | None:
        """Return class probabilities of the generated images that are scored; None if they are not finite."""
        if self.images is None or self.images == len(evaluation.fake):
            found = self.of_fake(evaluation)
            return None if found is None else found.probabilities
        if evaluation.more_fakes is None:
            raise DataError(
                f"inception_score.images={self.images} needs a generator that is trained; leave it out, then the "
                f"{len(evaluation.fake)} images of the evaluation are scored."
            )
        return self.of_parts(evaluation, evaluation.more_fakes(self.images))


def inception_score(probabilities: Tensor, *, splits: int, seed: int = 0) -> tuple[float, float]:
    """Return mean and standard deviation over random splits, in float64.

    Args:
        probabilities: p(y|x), shape (n, classes), each row a distribution.
        splits: how many, equally large; up to ``splits - 1`` images at the end are left out.
        seed: of the division.

    Raises:
        DataError: there are fewer rows than splits.
        MissingExtraError: torchmetrics is not installed.

    Example:
        >>> inception_score(torch.full((6, 4), 0.25), splits=3)
        (1.0, 0.0)
    """
    image: Any = import_extra(
        "torchmetrics.image.inception", package="torchmetrics", needed_for="the Inception score"
    )
    if probabilities.ndim != 2 or len(probabilities) < splits:
        raise DataError(
            f"probabilities of at least as many images as splits are needed, got shape {tuple(probabilities.shape)} "
            f"and {splits} splits; evaluate on more samples or ask for fewer splits."
        )
    # Of splits that cannot be equally large torchmetrics may make fewer.
    equal = len(probabilities) // splits * splits
    logits = probabilities[:equal].double().clamp_min(SMALLEST).log()
    with warnings.catch_warnings(), fixed_seed(seed):
        warnings.filterwarnings("ignore", message="Metric `InceptionScore` will save")
        warnings.filterwarnings("ignore", message=r"std\(\)")  # of a single split
        metric = image.InceptionScore(feature=Given(logits.shape[1]), splits=splits)
        metric.update(logits)
        mean, std = metric.compute()
    # torchmetrics estimates the spread of a population; papers give that of their splits.
    return float(mean), float(std) * math.sqrt((splits - 1) / splits) if splits > 1 else 0.0
