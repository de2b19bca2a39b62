"""CIFAR-10's binary version, packed and unpacked, and every fault named."""

import functools
import io
import pickle
import tarfile

import numpy as np
import pytest
import torch

from lipschitz import DataError
from lipschitz_trainers.data import Cifar10 as PublishedCifar10
from lipschitz_trainers.data.cifar_format import TEST, TRAIN

NAMES = (*TRAIN, *TEST)
PUBLISHED = 10_000 * 3073

Cifar10 = functools.partial(PublishedCifar10, any_size=True)
"""Files here are tiny."""


def records(n, seed):
    """Return records whose first red pixel is ten times their class."""
    values = np.random.default_rng(seed).integers(0, 256, (n, 3073), dtype=np.uint8)
    values[:, 0] %= 10
    values[:, 1] = values[:, 0] * 10
    return values


@pytest.fixture
def batches():
    """Return the six files' bytes by name."""
    return {name: records(3, seed).tobytes() for seed, name in enumerate(NAMES)}


def unpacked(folder, batches):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in batches.items():
        (folder / name).write_bytes(content)
    return str(folder)


def packed(folder, batches, form="w:gz"):
    folder.mkdir(exist_ok=True)
    with tarfile.open(folder / "cifar-10-binary.tar.gz", form) as archive:
        for name, content in batches.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return str(folder)


@pytest.fixture(params=["unpacked", "unpacked as published", "packed"])
def folder(request, tmp_path, batches):
    if request.param == "unpacked":
        return unpacked(tmp_path, batches)
    if request.param == "packed":
        return packed(tmp_path, batches)
    unpacked(tmp_path / "cifar-10-batches-bin", batches)
    return str(tmp_path)


def test_images_and_labels_are_read_in_whatever_form(folder):
    source = Cifar10(folder=folder, conditional=True).open()
    assert (source.shape, source.kind, source.classes) == ((3, 32, 32), "images", 10)
    train, held_out = source.labelled()
    assert (len(train.x), len(held_out.x)) == (15, 3)
    want = np.concatenate([records(3, seed) for seed in range(6)])
    pixels = torch.tensor(want[:, 1:].reshape(-1, 3, 32, 32), dtype=torch.float32) / 127.5 - 1
    torch.testing.assert_close(torch.cat([train.x, held_out.x]), pixels)
    assert torch.cat([train.condition[0], held_out.condition[0]]).tolist() == want[:, 0].tolist()


def test_streams_keep_labels_and_options(folder):
    source = Cifar10(folder=folder, conditional=True, dequantise=True, flips="none").open()
    batch = source.train(torch.Generator().manual_seed(0)).next(15)
    assert torch.equal(((batch.x[:, 0, 0, 0] + 1) * 128).long(), batch.condition[0] * 10)
    flipped = Cifar10(folder=folder, flips="sample").open().train(torch.Generator().manual_seed(0)).next(15)
    assert flipped.condition == ()


def test_the_archive_itself_may_be_given(tmp_path, batches):
    packed(tmp_path, batches)
    assert Cifar10(folder=str(tmp_path / "cifar-10-binary.tar.gz")).open().shape == (3, 32, 32)


def test_unpacked_files_are_mapped_and_not_read(tmp_path, batches):
    source = Cifar10(folder=unpacked(tmp_path, batches)).open()
    assert all(isinstance(array, np.memmap) for array in source._train._arrays)


def test_missing_files_say_how_to_get_them(tmp_path, batches):
    with pytest.raises(
        DataError, match=r"got files without cifar-10-binary.tar.gz; .*lipschitz data get cifar10.*'folder'"
    ):
        Cifar10(folder=str(tmp_path)).open()
    with pytest.raises(DataError, match="no such folder"):
        Cifar10(folder=str(tmp_path / "nowhere")).open()
    del batches["data_batch_4.bin"], batches["test_batch.bin"]
    with pytest.raises(DataError, match="without data_batch_4.bin, test_batch.bin"):
        Cifar10(folder=unpacked(tmp_path, batches)).open()


@pytest.mark.parametrize("write", [unpacked, packed])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "got 0 bytes"),
        (records(3, 0).tobytes()[:-1], "got 9218 bytes, which is no whole number"),
        (b"\x0a" + bytes(3072), "classes from 0 to 9 .* got 10"),
    ],
)
def test_a_damaged_batch_is_named(tmp_path, batches, write, content, message):
    batches["data_batch_2.bin"] = content
    with pytest.raises(DataError, match=f"data_batch_2.bin: expected .*{message}"):
        Cifar10(folder=write(tmp_path, batches)).open()


@pytest.mark.parametrize("write", [unpacked, packed])
def test_other_numbers_of_images_than_the_published_are_refused_unless_meant(tmp_path, batches, write):
    batches["data_batch_1.bin"] = records(1, 0).tobytes()
    folder = write(tmp_path, batches)
    with pytest.raises(
        DataError, match=r"data_batch_1.bin: expected the 10,000 records .* got 1; .*any_size: true"
    ):
        PublishedCifar10(folder=folder).open()
    assert len(PublishedCifar10(folder=folder, any_size=True).open().labelled()[0].x) == 13


def test_a_published_file_cut_off_between_two_images_is_named(tmp_path):
    for name in NAMES:  # files of zeros take no place on the disk
        with (tmp_path / name).open("wb") as file:
            file.truncate(PUBLISHED)
    assert PublishedCifar10(folder=str(tmp_path)).open().shape == (3, 32, 32)
    for name, size in (("data_batch_1.bin", PUBLISHED // 2), ("test_batch.bin", PUBLISHED + 3073)):
        with (tmp_path / name).open("r+b") as file:
            file.truncate(size)
        with pytest.raises(
            DataError, match=rf"{name}: expected the 10,000 records .* got {size // 3073:,}; "
        ):
            PublishedCifar10(folder=str(tmp_path)).open()
        with (tmp_path / name).open("r+b") as file:
            file.truncate(PUBLISHED)


@pytest.mark.parametrize("keep", [0, 100, -20])
def test_a_cut_off_archive_is_named(tmp_path, batches, keep):
    path = tmp_path / "cifar-10-binary.tar.gz"
    packed(tmp_path, batches)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"cifar-10-binary.tar.gz: expected the archive .*fetch it again"):
        Cifar10(folder=str(tmp_path)).open()


def test_a_changed_byte_in_the_archive_is_found(tmp_path, batches):
    path = tmp_path / "cifar-10-binary.tar.gz"
    packed(tmp_path, batches)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match="cifar-10-binary.tar.gz"):
        Cifar10(folder=str(tmp_path)).open()


def test_an_archive_with_pickles_is_refused_without_loading_them(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    packed(tmp_path, {"data_batch_1": pickle.dumps(Bomb())})
    with pytest.raises(DataError, match="without data_batch_1.bin, .* can run code"):
        Cifar10(folder=str(tmp_path)).open()


def test_nothing_is_written_when_reading(tmp_path, batches):
    Cifar10(folder=packed(tmp_path, batches)).open().train(torch.Generator()).next(20)
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-binary.tar.gz"]
