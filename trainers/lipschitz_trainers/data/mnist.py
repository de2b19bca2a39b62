"""MNIST and Fashion-MNIST: IDX files whose names are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from annotated_types import Ge

from lipschitz_trainers.data.base import Source
from lipschitz_trainers.data.file_dataset import Download, FileDataset
from lipschitz_trainers.data.idx import Idx

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""Training images and labels, held-out images and labels."""


def _downloads(base: str, megabytes: tuple[float, ...], checksums: tuple[str, ...]) -> tuple[Download, ...]:
    return tuple(
        Download(f"{base}/{name}.gz", f"{name}.gz", f"md5:{checksum}", size)
        for name, size, checksum in zip(FILES, megabytes, checksums, strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class Mnist(FileDataset):
    """MNIST: 60,000 training and 10,000 held-out handwritten digits, shape (1, 28, 28), 10 classes.

    A preset of `idx` that knows the names of the files, plain or with ``.gz``.

    Attributes:
        folder: the folder with the four files; by default the one named like the dataset in the folder for data,
            where `lipschitz data get mnist` puts them.
        limit: at most this many images are trained on, a fixed random choice.
        conditional: whether each sample carries its label, int64, as condition for the networks.

    References:
        LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998, Proceedings of
        the IEEE 86(11).

    Example:
        >>> Mnist(limit=1000).limit
        1000
    """

    name = "mnist"
    kind = "images"
    downloads: ClassVar[tuple[Download, ...]] = _downloads(
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        (9.9, 0.03, 1.6, 0.005),
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
    )
    limit: Annotated[int, Ge(1)] | None = None
    conditional: bool = False

    def missing(self) -> list[str]:
        """Return the files that are not there."""
        return [f"{name}.gz" for name in FILES if self._path(name) is None]

    def open(self) -> Source:
        """Read and check the files.

        Raises:
            DataError: one is missing or damaged.
        """
        self.require_files()
        images, labels, held_out_images, held_out_labels = (str(self._path(name)) for name in FILES)
        return Idx(
            images=images,
            labels=labels,
            held_out_images=held_out_images,
            held_out_labels=held_out_labels,
            limit=self.limit,
            conditional=self.conditional,
        ).open()

    def _path(self, name: str) -> Path | None:
        candidates = (self.place() / name, self.place() / f"{name}.gz")
        return next((path for path in candidates if path.is_file()), None)


@dataclass(frozen=True, kw_only=True)
class FashionMnist(Mnist):
    """Fashion-MNIST: 60,000 training and 10,000 held-out pictures of clothes, shape (1, 28, 28), 10 classes.

    A preset of `idx` that knows the names of the files, plain or with ``.gz``.

    Attributes:
        folder: the folder with the four files; by default the one named like the dataset in the folder for data,
            where `lipschitz data get fashion_mnist` puts them.
        limit: at most this many images are trained on, a fixed random choice.
        conditional: whether each sample carries its label, int64, as condition for the networks.

    References:
        Xiao, Rasul, Vollgraf: Fashion-MNIST, 2017, arXiv 1708.07747.

    Example:
        >>> FashionMnist(conditional=True).conditional
        True
    """

    name = "fashion_mnist"
    downloads = _downloads(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        (26.4, 0.03, 4.4, 0.005),
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    )
