"""The presets of IDX files: names of files, labels, limits."""

import gzip
import struct

import pytest
import torch

from lipschitz import DataError
from lipschitz_trainers.data import FashionMnist, Mnist


@pytest.fixture(params=["", ".gz"])
def folder(request, tmp_path):
    """Return a folder with four files: in every image all pixels are its label."""
    for part, n in (("train", 50), ("t10k", 20)):
        labels = bytes(i % 10 for i in range(n))
        images = b"".join(bytes([label] * 4) for label in labels)
        contents = {
            f"{part}-images-idx3-ubyte": struct.pack(">4B3I", 0, 0, 8, 3, n, 2, 2) + images,
            f"{part}-labels-idx1-ubyte": struct.pack(">4BI", 0, 0, 8, 1, n) + labels,
        }
        for name, content in contents.items():
            packed = gzip.compress(content) if request.param else content
            (tmp_path / (name + request.param)).write_bytes(packed)
    return tmp_path


@pytest.mark.parametrize("cls", [Mnist, FashionMnist])
def test_the_four_files_are_found_and_belong_together(folder, cls):
    source = cls(folder=str(folder), conditional=True).open()
    assert (source.shape, source.classes) == ((1, 2, 2), 10)
    train, held_out = source.labelled()
    assert (len(train.x), len(held_out.x)) == (50, 20)
    for part in (train, held_out):
        assert torch.equal(((part.x[:, 0, 0, 0] + 1) * 127.5).round().long(), part.condition[0])


def test_a_limit_cuts_training_images_only(folder):
    train, held_out = Mnist(folder=str(folder), limit=7).open().labelled()
    assert (len(train.x), len(held_out.x)) == (7, 20)


def test_a_missing_file_is_named_with_the_command_that_fetches_it(folder):
    next(folder.glob("t10k-labels*")).unlink()
    with pytest.raises(
        DataError, match=r"fashion_mnist: .* without t10k-labels-idx1-ubyte.gz; .*data get fashion_mnist"
    ):
        FashionMnist(folder=str(folder)).open()


def test_the_real_files_are_found_by_name(shared):
    source = FashionMnist(folder=shared("fashion-mnist"), limit=1000).open()
    train, held_out = source.labelled()
    assert (len(train.x), len(held_out.x)) == (1000, 10_000)
    assert train.condition[0].bincount().min() > 60  # 100 expected of each class, standard deviation 9.5
