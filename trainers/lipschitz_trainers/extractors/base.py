"""What image scores ask of a network that looks at images: features, and class probabilities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz.fields import Checked
from lipschitz_trainers import registry
from lipschitz_trainers.data.base import Source

PART = 256
"""Images that go through a network at a time."""


class Outputs(NamedTuple):
    """What a network says about images.

    Attributes:
        features: shape (n, d), float32.
        probabilities: of the classes, shape (n, classes), float32; each row sums to 1.
    """

    features: Tensor
    probabilities: Tensor


class OpenedExtractor(ABC):
    """An extractor with its weights, for one dataset."""

    @abstractmethod
    def look(self, images: Tensor) -> Outputs:
        """Return features and probabilities of a few images, on the device they are on.

        Args:
            images: shape (n, channels, height, width) with 1 or 3 channels, float32, finite, values in [-1, 1] (of
                untrained generators also outside).
        """

    @torch.no_grad()
    def outputs(self, images: Tensor, device: torch.device | str = "cpu") -> Outputs:
        """Return features and probabilities of any number of images, on the CPU, part by part.

        Args:
            images: shape (n, channels, height, width) with 1 or 3 channels, values in [-1, 1].
            device: where the network looks at them.

        Raises:
            DataError: these are no images.
        """
        if images.ndim != 4 or images.shape[1] not in (1, 3) or images.numel() == 0:
            raise DataError(
                f"images must have shape (n, channels, height, width) with 1 or 3 channels, got {tuple(images.shape)}."
            )
        seen = [self.look(part.to(device, torch.float32)) for part in images.split(PART)]
        return Outputs(
            *(torch.cat([part.float().cpu() for part in kind]) for kind in zip(*seen, strict=True))
        )

    def features(self, images: Tensor) -> Tensor:
        """Return features, shape (n, d), float32. Raises as `outputs`."""
        return self.outputs(images).features

    def probabilities(self, images: Tensor) -> Tensor:
        """Return class probabilities, shape (n, classes), float32. Raises as `outputs`."""
        return self.outputs(images).probabilities


@dataclass(frozen=True, kw_only=True)
class Extractor(Checked):
    """A network that looks at images, by name; its fields say which one exactly, `open` brings its weights.

    Scores by different extractors, or different weights of one, are different quantities and never compared.

    Attributes:
        name: its name in YAML (set it on the class, it is no field).
        title: how a reader calls it; by default its name.
    """

    name: ClassVar[str]
    title: ClassVar[str] = ""

    def absent(self) -> list[str]:
        """Return what it needs and is not there, one message each; cheap, nothing is opened."""
        return []

    def open(self, source: Source) -> OpenedExtractor:
        """Read or train the weights.

        Args:
            source: the real data that are judged.

        Raises:
            DataError: weights are missing or damaged, or the data do not fit.
            MissingExtraError: a package is not installed.
        """
        raise NotImplementedError(f"{type(self).__name__} must define open().")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let a field of this type choose among all registered extractors by name."""
        if cls is not Extractor:
            return handler(source)
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda value: registry.PARSERS["extractor"](value)
        )
