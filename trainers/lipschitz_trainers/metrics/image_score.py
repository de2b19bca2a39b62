"""What all scores of images have in common: an extractor, and what it says about the three sets of an evaluation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from lipschitz.errors import FieldError
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.extractors import Classifier, Extractor, Outputs, opened
from lipschitz_trainers.extractors.opening import Opened
from lipschitz_trainers.metrics.base import Evaluation, Metric


@dataclass(frozen=True, kw_only=True)
class ImageScore(Metric):
    """A metric of images through the features or class probabilities of a network.

    Values by different extractors, or from different numbers of images, are different quantities: they are shown with
    both, beside what as many real images get, and never beside a published number made otherwise.

    Attributes:
        extractor: the network that looks at the images.
    """

    by_default = False
    kinds = ("images",)
    extractor: Extractor = Classifier()

    def __post_init__(self) -> None:
        """Refuse what is no extractor."""
        if not isinstance(self.extractor, Extractor):
            raise FieldError(
                f"{type(self).__name__}.extractor must be an extractor (see `lipschitz list extractors`), got "
                f"{self.extractor!r}."
            )

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are grey or coloured images."""
        return super().applies_to(source) and source.shape[0] in (1, 3)

    def get_ready(self, source: Source) -> None:
        """Open the extractor. Raises as `opened`."""
        opened(self.extractor, source)

    def of_real(self, evaluation: Evaluation) -> Outputs:
        """Return what the extractor says about the held-out real images. Raises as `opened`."""
        return self._opened(evaluation).of_real(evaluation.real, device_of(evaluation))

    def of_second_real(self, evaluation: Evaluation) -> Outputs:
        """Return what the extractor says about the other real images. Raises as `opened`."""
        return self._opened(evaluation).of_real(evaluation.second_real, device_of(evaluation))

    def of_fake(self, evaluation: Evaluation) -> Outputs | None:
        """Return what the extractor says about generated images; None if they are not finite. Raises as `opened`."""
        if not evaluation.fake_is_finite:
            return None
        extractor = self._opened(evaluation).extractor
        # Several metrics ask; the same object stands for the same extractor.
        return evaluation.known.once(
            "outputs",
            (extractor, evaluation.fake),
            lambda: extractor.outputs(evaluation.fake, device_of(evaluation)),
        )

    def pair_of(
        self, evaluation: Evaluation, compare: Callable[[Tensor, Tensor], tuple[float, float]]
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return two numbers from comparing features of generated images with real ones, and of other real images.

        Those of generated images are NaN if the images are not finite. Raises as `opened`.

        Args:
            evaluation: the three sets.
            compare: takes features of real images and of those that are judged.
        """
        real, fake = self.of_real(evaluation).features, self.of_fake(evaluation)
        found = (math.nan, math.nan) if fake is None else compare(real, fake.features)
        return found, compare(real, self.of_second_real(evaluation).features)

    def of_parts(self, evaluation: Evaluation, parts: Iterable[Tensor]) -> Tensor | None:
        """Return class probabilities, shape (n, classes), of images that come in parts; None if some are not finite.

        Only one part and what is said of the others is in memory. Raises as `opened`.
        """
        extractor, found = self._opened(evaluation).extractor, []
        for part in parts:
            if not torch.isfinite(part).all():
                return None
            found.append(extractor.outputs(part, device_of(evaluation)).probabilities)
        return torch.cat(found)

    def _opened(self, evaluation: Evaluation) -> Opened:
        return opened(self.extractor, evaluation.source)


def device_of(evaluation: Evaluation) -> torch.device:
    """Return where the critic lives, so that images are looked at there too."""
    critic = evaluation.critic
    if not isinstance(critic, torch.nn.Module):
        return torch.device("cpu")
    state = itertools.chain(critic.parameters(), critic.buffers())
    return next((tensor.device for tensor in state), torch.device("cpu"))
