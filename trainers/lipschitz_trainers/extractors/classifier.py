"""A classifier trained on the labels of the very data that are judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz.seeding import fixed_seed
from lipschitz_trainers.data.base import Samples, Source
from lipschitz_trainers.data.places import data_folder
from lipschitz_trainers.extractors import classifier_network, classifier_training
from lipschitz_trainers.extractors.base import Extractor, OpenedExtractor, Outputs
from lipschitz_trainers.extractors.classifier_network import ClassifierNetwork
from lipschitz_trainers.extractors.classifier_training import train_classifier
from lipschitz_trainers.extractors.weights import FOLDER, made_once


@dataclass(frozen=True, kw_only=True)
class Classifier(Extractor):
    """A small convolutional classifier, trained once on the labelled training images and then kept on disk.

    128 features: the averages over the last feature map. Training takes about a minute on one core and is the same
    every time; weights are kept in the folder for data, under ``extractors``, by a digest of the images, the labels and
    the code. Its scores mean something on these data only, and are never compared with published ones or those of
    other data. Like every network it is certain even of images unlike any it was trained on, so noise need not score
    low: look at distances of features too. It has seen the training images, so that real against real is measured
    between images it knows and images it does not.

    Attributes:
        seen: how many images it is trained on, each training image about as often as the others.
    """

    name = "classifier"
    title = "classifier of these data"
    seen: Annotated[int, Ge(1)] = 100_000

    def open(self, source: Source) -> OpenedExtractor:
        """Train the classifier, or read what was kept of it.

        Raises:
            DataError: the data are no images, or have no labels, or only one class.
        """
        if source.kind != "images":
            raise DataError(f"the extractor 'classifier' looks at images, and this data holds {source.kind}.")
        try:
            train, _ = source.labelled()
        except DataError as error:
            if source.classes is not None:  # there are labels: something else is wrong
                raise
            raise DataError(
                "expected labels for the extractor 'classifier', which is trained on them, got data with no labels; "
                "give labels (for a folder or zip of images: one subfolder a class), or choose an extractor that needs "
                "none, such as 'efficientnet_lite0' or 'inception'."
            ) from error
        labels = train.condition[0]
        classes = source.classes or int(labels.max()) + 1
        if labels.unique().numel() < 2:
            raise DataError(
                f"the extractor 'classifier' needs at least 2 classes among its {len(labels)} training images, got 1; "
                f"choose another extractor."
            )
        with fixed_seed(0):  # initial weights, which are overwritten, are nobody else's random numbers
            network = ClassifierNetwork(tuple(train.x.shape[1:]), classes)
        weights = made_once(
            data_folder() / FOLDER / f"classifier-{digest(train, classes, self.seen)}.pt",
            lambda: train_classifier(train.x, labels, classes, self.seen).state_dict(),
            fits=network.state_dict(),
        )
        network.load_state_dict(weights)
        return _Opened(network.eval().requires_grad_(False))


def digest(train: Samples, classes: int, seen: int) -> str:
    """Return what the weights of a classifier depend on, as 16 hexadecimal digits: data, settings and code."""
    found = hashlib.sha256(f"{classes} {seen} {tuple(train.x.shape)}".encode())
    for tensor in (train.x, *train.condition):
        found.update(np.ascontiguousarray(tensor.numpy()).data)
    for module in (classifier_network, classifier_training):
        found.update(Path(str(module.__file__)).read_bytes())
    return found.hexdigest()[:16]


class _Opened(OpenedExtractor):
    def __init__(self, network: ClassifierNetwork) -> None:
        self._network = network

    def look(self, images: Tensor) -> Outputs:
        network = self._network.to(images.device)
        features = network.features(images)
        return Outputs(features, network.linear(features).softmax(dim=1))
