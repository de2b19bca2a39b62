"""Images from a folder or a zip file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Dataset, Source
from lipschitz_trainers.data.decoded_store import DecodedStore
from lipschitz_trainers.data.image_decoding import Decoder
from lipschitz_trainers.data.image_files import EXPECTED, EncodedImages, class_names, images_of
from lipschitz_trainers.data.image_store import Part, split
from lipschitz_trainers.data.places import absent_paths
from lipschitz_trainers.data.preparation import Flips, Preparation
from lipschitz_trainers.data.stored_source import StoredSource


@dataclass(frozen=True, kw_only=True)
class ImageFolder(Dataset):
    """Images from a folder or a zip file; folders in it are classes.

    Files are sorted by path. The class of an image is the first folder in which paths differ, classes are numbered
    from 0 by name; if some image lies in no such folder, there are no labels. A zip file is read in place.

    Attributes:
        images: path of the folder or zip file; a relative one is seen from the working directory.
        held_out_images: path of images never trained on; without it, a fixed part of `images` is held out.
        held_out: without held-out images, how many are held out: the last ones after a fixed shuffle.
        size: height and width in pixels that all are brought to: the shorter side is resized, then the centre is cut
            out. Without it all must have one size.
        channels: 3 for colours, 1 for gray.
        limit: at most this many images are trained on, a fixed random choice.
        memory: decoded images are kept in memory if they take at most this many MiB; otherwise files are decoded
            batch by batch.
        conditional: whether each sample carries its label, int64, as condition for the networks.
        dequantise: add the uniform noise that fills the step between two of the 256 levels.
        flips: mirror training images at random: ``none``, ``batch`` (all of a batch or none) or ``sample``.

    Example:
        >>> ImageFolder(images="photographs.zip", size=64).held_out
        1000
    """

    name = "image_folder"
    kind = "images"
    images: str
    held_out_images: str | None = None
    held_out: Annotated[int, Ge(1)] = 1000
    size: Annotated[int, Ge(1)] | None = None
    channels: Literal[1, 3] = 3
    limit: Annotated[int, Ge(1)] | None = None
    memory: Annotated[int, Ge(0)] = 512
    conditional: bool = False
    dequantise: bool = False
    flips: Flips = "none"

    def absent(self) -> list[str]:
        """Return a message for each path at which there is nothing."""
        return absent_paths(EXPECTED, self.images, self.held_out_images)

    def open(self) -> Source:
        """List all files; read them too if they fit into memory.

        Raises:
            DataError: there are no images, one is damaged or has another size, or classes do not fit together.
            MissingExtraError: Pillow is not installed.
        """
        files = images_of(self.images)
        names = class_names(files.names)
        classes = None if names is None else sorted(set(names))
        whole = self._store(files, names, classes)
        if self.held_out_images is not None:
            others = images_of(self.held_out_images)
            train = Part(whole, torch.arange(len(whole)))
            held_out = self._store(others, _held_out_classes(others, classes), classes)
        else:
            if self.held_out >= len(whole):
                raise DataError(
                    f"{self.images}: expected more than held_out={self.held_out} images, got {len(whole)}; hold out "
                    f"fewer."
                )
            train, held_out = split(whole, self.held_out)
        return StoredSource(
            train if self.limit is None else limited(train, self.limit),
            held_out,
            Preparation(self.dequantise, self.flips),
            classes=None if classes is None else len(classes),
            conditional=self.conditional,
        )

    def _store(
        self, files: EncodedImages, names: list[str] | None, classes: list[str] | None
    ) -> DecodedStore:
        labels: Tensor | None = None
        if names is not None and classes is not None:
            number = {name: i for i, name in enumerate(classes)}
            labels = torch.tensor([number[name] for name in names])
        return DecodedStore(files, Decoder(self.size, self.channels), labels, memory=self.memory)


def limited(store: Part, most: int) -> Part:
    """Return at most `most` images of a store, a fixed random choice."""
    rows = torch.randperm(len(store), generator=torch.Generator().manual_seed(0))[:most]
    return Part(store, rows)


def _held_out_classes(files: EncodedImages, classes: list[str] | None) -> list[str] | None:
    if classes is None:
        return None
    names = class_names(files.names)
    unknown = sorted({*(names or [])} - {*classes})
    if names is None or unknown:
        raise DataError(
            f"{files.where}: expected held-out images in class folders like those of the training images "
            f"({', '.join(classes[:10])}), got {', '.join(unknown[:10]) or 'images in no class folder'}."
        )
    return names
