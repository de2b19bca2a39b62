"""ImageNet-32's npz files: mapped or unpacked one at a time, and every fault named."""

import functools
import io
import pickle
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz_trainers.data import ImageNet32 as PublishedImageNet32
from lipschitz_trainers.data import imagenet32, npz_format
from lipschitz_trainers.data.imagenet32 import HELD_OUT, TRAIN
from lipschitz_trainers.data.npz_format import CompressedRows, load, mapped

N = 6

ImageNet32 = functools.partial(PublishedImageNet32, any_size=True)
"""Files here are tiny."""


def batch(seed):
    """Return images whose first pixel is their label's last byte."""
    random = np.random.default_rng(seed)
    labels = random.integers(1, 1001, N)
    data = random.integers(0, 256, (N, 3072), dtype=np.uint8)
    data[:, 0] = (labels - 1) % 256
    return {"data": data, "labels": labels, "mean": data.mean(0)}


@pytest.fixture
def place(tmp_path):
    """Return a function that writes all files and returns their folder."""

    def write(save=np.savez, **changes):
        for seed, name in enumerate((*TRAIN, *HELD_OUT)):
            save(tmp_path / name, **(batch(seed) | changes.get(name.removesuffix(".npz"), {})))
        return str(tmp_path)

    return write


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_images_and_labels_are_read(place, save):
    source = ImageNet32(folder=place(save), conditional=True).open()
    assert (source.shape, source.kind, source.classes) == ((3, 32, 32), "images", 1000)
    train, held_out = source.labelled()
    want = [batch(seed) for seed in range(11)]
    pixels = np.concatenate([one["data"] for one in want]).reshape(-1, 3, 32, 32)
    torch.testing.assert_close(
        torch.cat([train.x, held_out.x]), torch.tensor(pixels, dtype=torch.float32) / 127.5 - 1
    )
    labels = np.concatenate([one["labels"] for one in want]) - 1
    assert torch.cat([train.condition[0], held_out.condition[0]]).tolist() == labels.tolist()
    drawn = source.train(torch.Generator().manual_seed(0)).next(100)
    assert torch.equal(((drawn.x[:, 0, 0, 0] + 1) * 127.5).round().long(), drawn.condition[0] % 256)


def test_uncompressed_files_are_mapped_and_compressed_ones_held_two_at_a_time(place):
    source = ImageNet32(folder=place()).open()
    assert all(isinstance(array, np.memmap) for array in source._train._arrays)
    assert source._train.blocks == ()
    source = ImageNet32(folder=place(np.savez_compressed)).open()
    assert source._train.blocks == (N,) * 10
    arrays = source._train._arrays
    assert all(isinstance(array, CompressedRows) for array in arrays)
    stream = source.train(torch.Generator().manual_seed(0))
    held = []
    for _ in range(25):
        stream.next(5)
        held.append(list(arrays[0]._loaded))
    assert max(map(len, held)) == 2
    assert {path for paths in held for path in paths} == {array._path for array in arrays}


def test_two_streams_do_not_unpack_a_file_again_and_again(place, monkeypatch):
    source = ImageNet32(folder=place(np.savez_compressed)).open()
    unpacked = []
    monkeypatch.setattr(npz_format, "load", lambda path, key: unpacked.append(path) or load(path, key))
    first, second = (source.train(torch.Generator().manual_seed(seed)) for seed in range(2))
    for _ in range(N):
        first.next(1)
        second.next(1)
    assert len(unpacked) <= 2


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(0, 6), max_size=4),
    st.sampled_from(["u1", "<i8", ">f4", "<f8"]),
    st.booleans(),
    st.integers(0, 2**31),
)
def test_a_mapped_array_is_the_saved_one(tmp_path_factory, shape, kind, fortran, seed):
    array = (np.random.default_rng(seed).random(shape) * 100).astype(kind)
    array = np.asfortranarray(array) if fortran else array
    path = tmp_path_factory.mktemp("npz") / "x.npz"
    np.savez(path, other=np.arange(3), data=array)
    if array.size and array.ndim:
        np.testing.assert_array_equal(mapped(path, "data"), array)
    np.testing.assert_array_equal(load(path, "data"), array)


def test_missing_files_say_how_to_get_them(place, tmp_path):
    with pytest.raises(DataError, match=r"image-net.org/download-images.*'folder'"):
        ImageNet32(folder=str(tmp_path)).open()
    folder = place()
    (tmp_path / "train_data_batch_7.npz").unlink()
    with pytest.raises(DataError, match="without train_data_batch_7.npz;"):
        ImageNet32(folder=folder).open()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": np.zeros((N, 3072), np.float32)}, "uint8 of shape .* got float32"),
        ({"data": np.zeros((N, 12288), np.uint8)}, r"\(6, 12288\)"),
        ({"data": np.zeros((0, 3072), np.uint8), "labels": np.zeros(0, int)}, r"\(0, 3072\)"),
        ({"labels": np.arange(N)}, "labels from 1 to 1000, .* from 0 to 5"),
        ({"labels": np.full(N, 1001)}, "from 1001 to 1001"),
        ({"labels": np.ones(N - 1, int)}, r"6 labels .* shape \(5,\)"),
        ({"labels": np.ones(N)}, "got float64"),
        ({"labels": np.array([1, "a", None, 2, 3, 4], dtype=object)}, "Python objects|Object arrays"),
    ],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_of_other_arrays_is_named(place, save, change, message):
    with pytest.raises(DataError, match=f"train_data_batch_3.npz: expected .*({message})"):
        ImageNet32(folder=place(save, train_data_batch_3=change)).open()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_other_numbers_of_images_than_the_published_are_refused_unless_meant(place, save, monkeypatch):
    assert imagenet32.PUBLISHED == {TRAIN: 1_281_167, HELD_OUT: 50_000}
    fewer = {name: array[:-1] for name, array in batch(10).items() if name != "mean"}
    folder = place(save, val_data=fewer)
    with pytest.raises(
        DataError, match=r"1,281,167 images in train_data_batch_1.npz to .*_10.npz, got 60; .*any_size"
    ):
        PublishedImageNet32(folder=folder).open()
    monkeypatch.setattr(imagenet32, "PUBLISHED", {TRAIN: 10 * N, HELD_OUT: N})
    with pytest.raises(
        DataError, match=rf"expected {N} images in val_data.npz, got {N - 1}; .*any_size: true"
    ):
        PublishedImageNet32(folder=folder).open()
    assert PublishedImageNet32(folder=place(save)).open().classes == 1000


@pytest.mark.parametrize("key", ["data", "labels"])
def test_pickles_are_never_loaded(place, tmp_path, key):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    folder = place()
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|O", "fortran_order": False, "shape": (N, 3072) if key == "data" else (N,)}
    )
    arrays = batch(0)
    with zipfile.ZipFile(tmp_path / "val_data.npz", "w") as archive:
        for name, array in arrays.items():
            plain = io.BytesIO()
            np.save(plain, array)
            archive.writestr(
                f"{name}.npy", header.getvalue() + pickle.dumps(Bomb()) if name == key else plain.getvalue()
            )
    with pytest.raises(DataError, match="val_data.npz: .*(Python objects|Object arrays)"):
        ImageNet32(folder=folder).open()


@pytest.mark.parametrize("keep", [0, 30, 1000, -30])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_cut_off_file_is_named(place, tmp_path, save, keep):
    folder = place(save)
    path = tmp_path / "train_data_batch_10.npz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"train_data_batch_10.npz: expected an npz file .* fetch it again"):
        ImageNet32(folder=folder).open()


@settings(deadline=None, max_examples=60)
@given(data=st.data(), compressed=st.booleans())
def test_changed_bytes_raise_a_data_error_or_change_pixels(tmp_path_factory, data, compressed):
    path = tmp_path_factory.mktemp("npz") / "x.npz"
    (np.savez_compressed if compressed else np.savez)(path, data=np.arange(40, dtype=np.uint8).reshape(4, 10))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    for read in (mapped, load):
        try:
            read(path, "data")
        except DataError as error:
            assert str(error).startswith(f"{path}: expected an")  # noqa: PT017


def test_another_key_is_named(tmp_path):
    np.savez(tmp_path / "x.npz", images=np.zeros(3))
    with pytest.raises(DataError, match=r"expected an array 'data', got images.npy"):
        load(tmp_path / "x.npz", "data")
