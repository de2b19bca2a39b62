"""Evaluations for tests of metrics."""

from dataclasses import dataclass

import pytest
import torch

from lipschitz_trainers.data import from_tensor
from lipschitz_trainers.extractors import Extractor, OpenedExtractor, Outputs
from lipschitz_trainers.metrics import Evaluation


@pytest.fixture(scope="session")
def evaluation():
    """Return a maker of evaluations; what a test does not give is filled in."""

    def make(real, fake, second_real=None, critic=None, source=None, seed=0):
        return Evaluation(
            real=real,
            fake=fake,
            second_real=real if second_real is None else second_real,
            critic=critic or (lambda x: x.flatten(1).sum(dim=1)),
            source=source or from_tensor(torch.zeros(2, *real.shape[1:]), kind="points", held_out=0.5),
            generator=torch.Generator().manual_seed(seed),
        )

    return make


class Pixels(OpenedExtractor):
    """Takes the numbers of an image for its features, and the first few for logits."""

    def __init__(self, classes):
        self.classes = classes
        self.seen = 0

    def look(self, images):
        self.seen += len(images)
        features = images.flatten(1)
        return Outputs(features, features[:, : self.classes].softmax(dim=1))


@dataclass(frozen=True, kw_only=True)
class PixelExtractor(Extractor):
    """Numbers of the image itself, so that tests know the features."""

    name = "pixels"
    classes: int = 4

    def open(self, source):
        return Pixels(self.classes)


@pytest.fixture(scope="session")
def pixels():
    """Return an extractor whose features are the numbers of the image."""
    return PixelExtractor()


@pytest.fixture(scope="session")
def normal():
    """Return a maker of normal tensors by shape and seed."""
    return lambda *shape, seed=0: torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
