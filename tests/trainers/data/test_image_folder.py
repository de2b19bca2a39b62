"""Folders and zip files of images: order, classes, sizes, and every fault named."""

import os
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lipschitz import DataError
from lipschitz_trainers.data import ImageFolder
from lipschitz_trainers.data.image_decoding import Decoder
from lipschitz_trainers.data.image_files import class_names, images_of


@pytest.fixture
def place(tmp_path):
    """Return a function that writes files into a folder or a zip and returns its path."""

    def write(files, form="folder", name="images"):
        if form == "zip":
            path = tmp_path / f"{name}.zip"
            with zipfile.ZipFile(path, "w") as archive:
                for file, content in files.items():
                    archive.writestr(file, content)
            return str(path)
        for file, content in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return str(tmp_path / name)

    return write


def level(x):
    """Return the grey level 0..255 of images of one colour."""
    return ((x[:, 0, 0, 0] + 1) * 127.5).round().long()


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("memory", [0, 1])
def test_class_folders_give_labels(place, encoded, form, memory):
    files = {
        f"train/{name}/{i}.png": encoded(50 * c + i)
        for c, name in enumerate(("ant", "bee", "cat"))
        for i in range(4)
    }
    files["train/readme.txt"] = b"not an image"
    files["__MACOSX/train/ant/._0.png"] = files["train/.hidden.png"] = b"junk"
    source = ImageFolder(images=place(files, form), held_out=3, memory=memory, conditional=True).open()
    assert (source.shape, source.kind, source.classes) == ((3, 4, 4), "images", 3)
    train, held_out = source.labelled()
    assert (len(train.x), len(held_out.x)) == (9, 3)
    for part in (train, held_out, source.train(torch.Generator()).next(9)):
        assert torch.equal(level(part.x) // 50, part.condition[0])
    both = torch.cat([level(train.x), level(held_out.x)])
    assert both.sort().values.tolist() == [0, 1, 2, 3, 50, 51, 52, 53, 100, 101, 102, 103]


def test_folder_and_zip_and_memory_give_the_same_stream(place, encoded):
    files = {f"{i}.png": encoded(i) for i in range(20)}
    batches = [
        ImageFolder(images=place(files, form), held_out=5, memory=memory, flips="sample")
        .open()
        .train(torch.Generator().manual_seed(3))
        .next(40)
        .x
        for form in ("folder", "zip")
        for memory in (0, 1)
    ]
    assert all(torch.equal(batch, batches[0]) for batch in batches)


def test_decoding_by_several_threads_keeps_the_order(place, encoded):
    path = place({f"{i:03}.png": encoded(i) for i in range(60)}, "zip")
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        source = ImageFolder(images=path, held_out=1, memory=0).open()
        assert source._train._whole.read(torch.arange(59, -1, -1))[:, 0, 0, 0].tolist() == [
            *range(59, -1, -1)
        ]
    finally:
        torch.set_num_threads(before)


def test_held_out_images_have_the_numbers_of_the_training_classes(place, encoded):
    train = place({"b/1.png": encoded(1), "a/0.png": encoded(0), "c/2.png": encoded(2)}, name="train")
    test = place({"c/x.png": encoded(2), "b/y.png": encoded(1)}, name="test")
    source = ImageFolder(images=train, held_out_images=test, conditional=True).open()
    held_out = source.held_out(2, torch.Generator())
    assert torch.equal(level(held_out.x), held_out.condition[0])
    assert source.classes == 3
    other = place({"d/1.png": encoded(1), "a/0.png": encoded(0)}, name="other")
    with pytest.raises(DataError, match=r"like those of the training images \(a, b, c\), got d"):
        ImageFolder(images=train, held_out_images=other).open()
    with pytest.raises(DataError, match="no class folder"):
        ImageFolder(images=train, held_out_images=place({"1.png": encoded(0)}, name="flat")).open()


@pytest.mark.parametrize(
    ("names", "want"),
    [
        (["1.png", "2.png"], None),
        (["a/1.png", "a/2.png"], None),
        (["a/1.png", "2.png"], None),
        (["a/1.png", "b/2.png"], ["a", "b"]),
        (["ab/1.png", "a/2.png"], ["ab", "a"]),
        (["x/a/1.png", "x/b/deep/2.png"], ["a", "b"]),
        (["x/1.png", "x/b/2.png"], None),
    ],
)
def test_the_class_is_the_first_folder_where_paths_differ(names, want):
    assert class_names(names) == want


def test_without_class_folders_there_are_no_labels(place, encoded):
    source = ImageFolder(images=place({f"{i}.png": encoded(i) for i in range(4)}), held_out=1).open()
    assert source.classes is None
    with pytest.raises(DataError, match="needs labels"):
        ImageFolder(
            images=place({f"{i}.png": encoded(i) for i in range(4)}), held_out=1, conditional=True
        ).open()


def test_a_limit_keeps_a_fixed_choice(place, encoded):
    path = place({f"{i:02}.png": encoded(i) for i in range(30)}, "zip")
    drawn = [
        set(
            level(
                ImageFolder(images=path, held_out=10, limit=5)
                .open()
                .train(torch.Generator().manual_seed(s))
                .next(50)
                .x
            ).tolist()
        )
        for s in range(2)
    ]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 5


def test_links_to_folders_are_followed_and_circles_end(place, encoded, tmp_path):
    folder = place({"a/0.png": encoded(0)})
    place({"1.png": encoded(1)}, name="elsewhere")
    os.symlink(tmp_path / "elsewhere", tmp_path / "images" / "b")
    os.symlink(tmp_path / "images", tmp_path / "images" / "a" / "up")
    assert images_of(folder).names == ["a/0.png", "b/1.png"]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 12))
def test_any_size_becomes_the_size_asked_for(encoded, width, height, size):
    pixels = Decoder(size)(encoded(77, (width, height)), "x")
    assert pixels.shape == (3, size, size)
    assert (pixels == 77).all()


@pytest.mark.parametrize("tall", [False, True])
def test_the_centre_is_cut_out(encoded, tall):
    stripes = np.zeros((8, 24, 3), dtype=np.uint8)
    stripes[:, 8:16] = 200  # the middle third
    content = encoded(stripes.transpose(1, 0, 2).copy() if tall else stripes)
    assert (Decoder(8)(content, "x") == 200).all()
    resized = Decoder(4)(content, "x").astype(int)
    assert (resized[:, 1:3, 1:3] == 200).all()
    want = Image.fromarray(stripes).resize((12, 4), Image.Resampling.BILINEAR).crop((4, 0, 8, 4))
    want = np.asarray(want).transpose(2, 0, 1)
    np.testing.assert_array_equal(resized, want.transpose(0, 2, 1) if tall else want)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP"])
def test_formats_are_told_by_content(encoded, form):
    pixels = Decoder()(encoded((200, 100, 50), (6, 5), form), "x")
    assert pixels.shape == (3, 5, 6)
    assert np.abs(pixels.reshape(3, -1).T.astype(int) - [200, 100, 50]).max() <= 4


def test_gray_and_turned_images(encoded):
    assert Decoder(channels=1)(encoded((100, 100, 100)), "x").tolist() == [[[100] * 4] * 4]
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    assert Decoder()(encoded(5, (6, 3), "JPEG", exif=exif), "x").shape == (3, 6, 3)


def test_sixteen_bit_images_are_refused(tmp_path):
    Image.fromarray(np.full((4, 4), 40_000, dtype=np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(
        DataError, match=r"deep.png: expected an image with 8 bits a value, got one of mode I"
    ):
        ImageFolder(images=str(tmp_path), held_out=1).open()


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's remarks on damaged metadata,
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # and on damaged sizes
@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]), st.data())
def test_damaged_images_raise_a_data_error_or_nothing(encoded, form, data):
    pixels = np.arange(20 * 20 * 3, dtype=np.uint8).reshape(20, 20, 3)
    content = bytearray(encoded(pixels, form=form))
    for _ in range(data.draw(st.integers(0, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        assert Decoder(8)(content, "file").shape == (3, 8, 8)
    except DataError as error:
        assert str(error).startswith("file: expected an image")  # noqa: PT017


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty file"), (b"<html>", "cannot be decoded"), (None, "cannot be decoded")],
)
def test_an_unreadable_image_is_named(place, encoded, form, content, message):
    bad = encoded(3, (30, 30), "JPEG")[:-200] if content is None else content
    files = {f"{i}.png": encoded(i, (30, 30)) for i in range(5)} | {"3.png": bad}
    with pytest.raises(DataError, match=rf"images(.zip)?/3.png: expected an image.*{message}"):
        ImageFolder(images=place(files, form), held_out=1).open()
    with pytest.raises(DataError, match=r"^((?!BytesIO).)*$"):
        ImageFolder(images=place(files, form), held_out=1).open()
    streamed = ImageFolder(images=place(files, form), held_out=1, memory=0).open()
    with pytest.raises(DataError, match=r"3.png: expected an image"):
        streamed.train(torch.Generator()).next(4), streamed.held_out(1, torch.Generator())


def test_mixed_sizes_need_a_size(place, encoded):
    path = place({"a.png": encoded(0, (4, 6)), "b.png": encoded(0, (4, 6)), "c.png": encoded(0, (5, 6))})
    with pytest.raises(
        DataError, match=r"c.png: expected an image of 4 x 6 pixels like a.png, got 5 x 6; give .* size"
    ):
        ImageFolder(images=path, held_out=1).open()
    assert ImageFolder(images=path, held_out=1, size=3).open().shape == (3, 3, 3)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_places_without_images_are_named(place, tmp_path, form):
    path = place({"readme.txt": b"hello"}, form)
    with pytest.raises(DataError, match=r"images(.zip)?: expected a (folder|zip file) of images, got none"):
        ImageFolder(images=path).open()
    with pytest.raises(DataError, match="no such file"):
        ImageFolder(images=str(tmp_path / "nowhere")).open()


def test_too_few_images_are_named(place, encoded):
    path = place({f"{i}.png": encoded(i) for i in range(5)})
    with pytest.raises(DataError, match="more than held_out=1000 images, got 5"):
        ImageFolder(images=path).open()


@pytest.mark.parametrize(
    "name", ["../up.png", "a/../../up.png", "/root.png", "C:/x.png", "..\\up.png", "\\\\server\\x.png"]
)
def test_a_zip_whose_entries_leave_the_folder_is_refused(place, encoded, name):
    path = place({"good.png": encoded(1), name: encoded(2)}, "zip")
    with pytest.raises(DataError, match=r"stay in its own folder, got .*do not use it"):
        ImageFolder(images=path, held_out=1).open()


@pytest.mark.parametrize("keep", [0, 10, 200, -30])
def test_a_cut_off_zip_is_named(place, encoded, keep):
    path = place({f"{i}.png": encoded(i) for i in range(5)}, "zip")
    with open(path, "rb") as file:
        content = file.read()
    with open(path, "wb") as file:
        file.write(content[:keep])
    with pytest.raises(DataError, match="images.zip: expected a folder or a zip file of images"):
        ImageFolder(images=path, held_out=1).open()


def test_a_changed_byte_in_a_zip_is_found(place, encoded):
    path = place({f"{i}.png": encoded(i) for i in range(5)}, "zip")
    with open(path, "r+b") as file:
        file.seek(60)
        byte = file.read(1)
        file.seek(60)
        file.write(bytes([byte[0] ^ 255]))
    with pytest.raises(DataError, match=r"0.png: expected an image, got an entry that cannot be unpacked"):
        ImageFolder(images=path, held_out=1).open()


def test_the_cifar_subset_is_read_with_its_classes(shared):
    source = ImageFolder(
        images=shared("cifar10-test.zip"), held_out=1000, conditional=True, dequantise=True
    ).open()
    assert (source.shape, source.classes) == ((3, 32, 32), 10)
    train, held_out = source.labelled()
    labels = torch.cat([train.condition[0], held_out.condition[0]])
    assert labels.bincount().tolist() == [500] * 10
    means = (train.x.mean((0, 2, 3)) + 1) / 2
    # published means of CIFAR-10: 0.491, 0.482, 0.447; the standard error on 4,000 images is about 0.002
    np.testing.assert_allclose(means.numpy(), [0.4914, 0.4822, 0.4465], atol=0.012)
