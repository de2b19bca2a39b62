"""Each extractor is opened once for each opened dataset, and looks at the same real images once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from lipschitz_trainers.data.base import Source
from lipschitz_trainers.extractors.base import Extractor, OpenedExtractor, Outputs

REMEMBERED = 2
"""Sets of real images whose outputs are kept: an evaluation has two, and the next evaluation has the same."""


class Opened:
    """An opened extractor that remembers what it said about real images."""

    def __init__(self, extractor: OpenedExtractor) -> None:
        """Start without memory."""
        self.extractor = extractor
        self._remembered: OrderedDict[str, Outputs] = OrderedDict()

    def of_real(self, images: Tensor, device: torch.device | str = "cpu") -> Outputs:
        """Return the outputs of images that will be asked for again. Raises as `OpenedExtractor.outputs`."""
        key = f"{tuple(images.shape)} {_digest(images)}"
        if key not in self._remembered:
            self._remembered[key] = self.extractor.outputs(images, device)
        self._remembered.move_to_end(key)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return self._remembered[key]


_OPENED: WeakKeyDictionary[Source, dict[str, Opened]] = WeakKeyDictionary()


def opened(extractor: Extractor, source: Source) -> Opened:
    """Return an extractor opened for some data; the same one for equal extractors, forgotten together with the data.

    Raises:
        DataError: weights are missing or damaged, or the data do not fit.
        MissingExtraError: a package is not installed.
    """
    known = _OPENED.setdefault(source, {})
    key = f"{type(extractor).__module__} {extractor!r}"
    if key not in known:
        known[key] = Opened(extractor.open(source))
    return known[key]


def _digest(images: Tensor) -> str:
    return hashlib.sha256(np.ascontiguousarray(images.numpy()).data).hexdigest()
