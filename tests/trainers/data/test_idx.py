"""Files in MNIST's format: read right, and every fault named."""

import gzip
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError, FieldError
from lipschitz_trainers.data import Idx
from lipschitz_trainers.data.idx_format import read_images, read_labels

SHARED = Path(__file__).parents[4] / "shared" / "data"


def idx_bytes(values, kind=0x08):
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, kind, values.ndim, *values.shape)
    return header + values.to(torch.uint8).numpy().tobytes()


def image_bytes(n=6, height=3, width=2):
    return idx_bytes(torch.arange(n * height * width).reshape(n, height, width))


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.booleans(), st.randoms())
def test_what_was_written_is_read(tmp_path_factory, n, height, width, zipped, random):
    images = torch.tensor([random.randrange(256) for _ in range(n * height * width)], dtype=torch.uint8)
    images = images.reshape(n, height, width)
    path = tmp_path_factory.mktemp("idx") / "anything"
    path.write_bytes(gzip.compress(idx_bytes(images)) if zipped else idx_bytes(images))
    assert torch.equal(read_images(path), images)
    path.write_bytes(idx_bytes(images[:, 0, 0]))
    assert torch.equal(read_labels(path), images[:, 0, 0])


def test_images_are_scaled_and_keep_their_labels(write):
    images = torch.arange(6).reshape(6, 1, 1) * 51
    source = Idx(
        images=write("x", idx_bytes(images)),
        labels=write("y.gz", gzip.compress(idx_bytes(torch.arange(6)))),
        held_out=2,
        conditional=True,
    ).open()
    assert source.shape == (1, 1, 1)
    assert source.kind == "images"
    assert source.classes == 6
    train, held_out = source.train(torch.Generator()).next(4), source.held_out(2, torch.Generator())
    for batch in (train, held_out):
        torch.testing.assert_close(batch.x.flatten(), batch.condition[0] * 0.4 - 1)
    assert set(train.condition[0].tolist()).isdisjoint(held_out.condition[0].tolist())


def test_held_out_files_are_used_whole(write):
    source = Idx(
        images=write("x", image_bytes(6)),
        labels=write("y", idx_bytes(torch.zeros(6))),
        held_out_images=write("u", image_bytes(4)),
        held_out_labels=write("v", idx_bytes(torch.ones(4))),
    ).open()
    train, held_out = source.labelled()
    assert (len(train.x), len(held_out.x)) == (6, 4)
    assert source.train(torch.Generator()).next(2).condition == ()
    assert source.held_out(4, torch.Generator()).x.shape == (4, 1, 3, 2)


def test_labels_are_optional(write):
    source = Idx(images=write("x", image_bytes()), held_out=1).open()
    assert source.classes is None
    with pytest.raises(DataError, match="no labels"):
        source.labelled()


def test_a_limit_keeps_a_fixed_random_choice_with_its_labels(write):
    images = torch.arange(50).reshape(50, 1, 1)
    paths = {"images": write("x", idx_bytes(images)), "labels": write("y", idx_bytes(torch.arange(50)))}
    (first, held_out), (second, _) = (Idx(**paths, held_out=20, limit=10).open().labelled() for _ in range(2))
    assert (len(first.x), len(held_out.x)) == (10, 20)
    assert torch.equal(first.x, second.x)
    assert torch.equal(((first.x.flatten() + 1) * 127.5).round().long(), first.condition[0])
    kept = Idx(**paths, held_out=20).open().labelled()[0].condition[0]
    assert set(first.condition[0].tolist()) < set(kept.tolist())
    assert first.condition[0].tolist() != kept[:10].tolist(), "not simply the first ones"
    assert len(Idx(**paths, held_out=20, limit=1000).open().labelled()[0].x) == 30


FAULTY_IMAGES = {
    "empty file": (b"", "got only 0 bytes"),
    "cut off magic": (image_bytes()[:3], "got only 3 bytes"),
    "cut off header": (image_bytes()[:10], "header of 16 bytes, got 10"),
    "cut off values": (image_bytes()[:-1], r"shape \(6, 3, 2\), so 36 values, got 35"),
    "too many values": (image_bytes() + b"\0", "36 values, got 37"),
    "text": (b"<html>not found</html>", "begins with the bytes 00 00 08 03, got 3c 68 74 6d"),
    "unknown type": (b"\0\0\x07\x03" + image_bytes()[4:], "another format"),
    "floats": (idx_bytes(torch.zeros(6, 3, 2), kind=0x0D), "type 0x0d"),
    "labels": (idx_bytes(torch.zeros(6)), "got 1 axes; check that the files .* are not exchanged"),
    "colour": (idx_bytes(torch.zeros(6, 3, 2, 3)), "got 4 axes"),
    "no images": (idx_bytes(torch.zeros(0, 3, 2)), r"got none: .* \(0, 3, 2\)"),
    "no pixels": (idx_bytes(torch.zeros(6, 0, 2)), r"got none: .* \(6, 0, 2\)"),
    "damaged gzip": (gzip.compress(image_bytes())[:-9], "damaged gzip"),
    "flipped gzip": (gzip.compress(image_bytes())[:20] + b"\xff" * 20, "damaged gzip"),
    "gzip of text": (gzip.compress(b"hello world"), "another format"),
}


@pytest.mark.parametrize("fault", FAULTY_IMAGES)
def test_a_faulty_file_of_images_is_named_with_what_was_expected_and_got(write, fault):
    content, message = FAULTY_IMAGES[fault]
    path = write("images-file", content)
    with pytest.raises(DataError, match=message) as caught:
        Idx(images=path, held_out=1).open()
    assert path in str(caught.value)
    assert "expected an IDX file of images" in str(caught.value)


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_no_content_raises_anything_but_a_data_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(content)
    with pytest.raises(DataError, match="expected an IDX file"):
        read_images(path)


def test_missing_files_and_directories_are_named(write, tmp_path):
    with pytest.raises(DataError, match=r"nowhere: expected .* no such file"):
        Idx(images=str(tmp_path / "nowhere")).open()
    with pytest.raises(DataError, match="got a directory"):
        Idx(images=str(tmp_path)).open()
    with pytest.raises(DataError, match="no such file"):
        Idx(images=write("x", image_bytes()), labels=str(tmp_path / "nowhere"), held_out=1).open()
    with pytest.raises(DataError, match="cannot be read"):
        read_images(write("plain", image_bytes()) + "/below-a-file")


def test_files_that_do_not_fit_together_are_refused(write):
    images, labels = write("x", image_bytes(6)), write("y", idx_bytes(torch.zeros(5)))
    with pytest.raises(DataError, match=r"y: expected 6 labels, one for each image of .*x, got 5"):
        Idx(images=images, labels=labels, held_out=1).open()
    with pytest.raises(DataError, match=r"expected an IDX file of labels .* got 3 axes"):
        Idx(images=images, labels=images, held_out=1).open()
    with pytest.raises(DataError, match=r"shape \(1, 3, 2\) as in .*, got \(1, 5, 2\)"):
        Idx(images=images, held_out_images=write("u", image_bytes(4, 5))).open()
    with pytest.raises(DataError, match="more than held_out=6 images, got 6"):
        Idx(images=images, held_out=6).open()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"held_out_labels": "v"}, "needs Idx.held_out_images"),
        ({"labels": "y", "held_out_images": "u"}, "both"),
        ({"held_out_images": "u", "held_out_labels": "v"}, "both"),
        ({"conditional": True}, "needs Idx.labels"),
        ({"held_out": 0}, ">= 1"),
        ({"labels": 3}, "string"),
    ],
)
def test_fields_that_contradict_each_other_are_refused_early(fields, message):
    with pytest.raises(FieldError, match=message):
        Idx(images="x", **fields)


def shared(name):
    path = SHARED / name
    if not path.is_dir():
        pytest.skip(f"the real files are not here: {path}")
    return path


def test_fashion_mnist_is_read_whole():
    folder = shared("fashion-mnist")
    source = Idx(
        images=str(folder / "train-images-idx3-ubyte.gz"),
        labels=str(folder / "train-labels-idx1-ubyte.gz"),
        held_out_images=str(folder / "t10k-images-idx3-ubyte.gz"),
        held_out_labels=str(folder / "t10k-labels-idx1-ubyte.gz"),
    ).open()
    assert source.shape == (1, 28, 28)
    assert source.classes == 10
    assert source._train.shape == (60_000, 1, 28, 28)
    assert source._train.dtype == torch.uint8
    assert source._train_labels.bincount().tolist() == [6000] * 10
    assert source._train.float().mean() / 255 == pytest.approx(0.2860, abs=1e-3)  # published pixel mean
    assert len(source.held_out(10_000, torch.Generator()).x) == 10_000


def test_mnist_sample_is_read_and_split():
    folder = shared("mnist-10k")
    source = Idx(
        images=str(folder / "images-idx3-ubyte.gz"),
        labels=str(folder / "labels-idx1-ubyte.gz"),
        held_out=2000,
    ).open()
    train, held_out = source.labelled()
    assert (len(train.x), len(held_out.x)) == (8000, 2000)
    assert source.classes == 10
    batch = source.train(torch.Generator()).next(64).x
    assert batch.shape == (64, 1, 28, 28)
    assert -1 <= batch.min() < batch.max() <= 1
