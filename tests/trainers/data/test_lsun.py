"""LSUN's LMDB: images by key, sizes, and every fault named."""

import gc
import hashlib
import sys

import pytest
import torch

from lipschitz import DataError, MissingExtraError
from lipschitz_trainers.data import Lsun
from lipschitz_trainers.data.lmdb_images import LmdbImages

lmdb = pytest.importorskip("lmdb", reason="lmdb, which reads LSUN, is not installed")


@pytest.fixture
def place(tmp_path, encoded):
    """Return a function that writes an LMDB of images of one colour each and returns the folder above it."""

    def write(contents=None, category="bedroom"):
        if contents is None:
            contents = [
                encoded(5 * i, (20 + i, 16), "WEBP" if i % 2 else "JPEG", quality=100) for i in range(12)
            ]
        folder = tmp_path / f"{category}_train_lmdb"
        environment = lmdb.open(str(folder), map_size=2**24)
        with environment.begin(write=True) as transaction:
            for i, content in enumerate(contents):
                transaction.put(hashlib.sha1(str(i).encode()).hexdigest().encode(), content)
        environment.close()
        return tmp_path

    return write


def test_images_are_decoded_and_cut_and_split(place):
    source = Lsun(folder=str(place()), size=8, held_out=4).open()
    assert (source.shape, source.kind, source.classes) == ((3, 8, 8), "images", None)
    train = source.train(torch.Generator().manual_seed(0)).next(16).x
    held_out = source.held_out(4, torch.Generator()).x
    levels = [{round((v + 1) * 127.5 / 5) for v in x[:, 0, 4, 4].tolist()} for x in (train, held_out)]
    assert [len(values) for values in levels] == [8, 4]
    assert levels[0] | levels[1] == set(range(12))
    assert -1 <= train.min() < train.max() <= 1


def test_another_category(place):
    assert Lsun(
        folder=str(place(category="church_outdoor")), category="church_outdoor", held_out=1
    ).open().shape == (3, 64, 64)


def test_one_process_may_open_it_twice(place):
    folder = str(place())
    first, second = (Lsun(folder=folder, size=4, held_out=2, flips="batch").open() for _ in range(2))
    a, b = (source.train(torch.Generator().manual_seed(1)).next(5).x for source in (first, second))
    assert torch.equal(a, b)


def test_an_environment_is_closed_when_nobody_uses_it(place):
    folder = place()
    Lsun(folder=str(folder), size=4, held_out=2).open()
    gc.collect()
    lmdb.open(str(folder / "bedroom_train_lmdb")).close()  # raises while it is open


def test_images_come_in_the_order_of_their_keys(place, encoded):
    images = LmdbImages(place([encoded(i) for i in range(30)]) / "bedroom_train_lmdb")
    assert len(images) == 30
    keys = sorted((hashlib.sha1(str(i).encode()).hexdigest(), i) for i in range(30))
    assert [images.content(k) for k in range(30)] == [encoded(i) for _, i in keys]


def test_reading_leaves_the_folder_as_it_was(place):
    folder = place() / "bedroom_train_lmdb"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    Lsun(folder=str(folder.parent), size=4, held_out=2).open().train(torch.Generator()).next(20)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_missing_files_say_how_to_get_them(tmp_path):
    with pytest.raises(DataError, match=r"without bedroom_train_lmdb/data.mdb; .*dl.yf.io/lsun.*'folder'"):
        Lsun(folder=str(tmp_path)).open()
    with pytest.raises(DataError, match="expected a folder with data.mdb, got no such folder"):
        LmdbImages(tmp_path / "nowhere")


@pytest.mark.parametrize("keep", [0, 5, 4096, 10_000, -4096])
def test_a_cut_off_database_is_named_before_it_is_read(place, keep):
    folder = place()
    path = folder / "bedroom_train_lmdb" / "data.mdb"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"bedroom_train_lmdb: expected an LMDB of images.*cut off"):
        Lsun(folder=str(folder), held_out=2).open()


def test_other_files_and_empty_ones_are_named(place, tmp_path):
    with pytest.raises(DataError, match="an empty one"):
        Lsun(folder=str(place([]))).open()
    other = tmp_path / "kitchen_train_lmdb"
    other.mkdir()
    (other / "data.mdb").write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match="no LMDB"):
        Lsun(folder=str(tmp_path), category="kitchen").open()


def test_an_unreadable_image_is_named_by_its_key(place, encoded):
    folder = place([encoded(0), b"", b"no image"])
    with pytest.raises(DataError, match="value of key '[0-9a-f]{40}'.*expected an image"):
        Lsun(folder=str(folder), size=4, held_out=1).open().train(torch.Generator()).next(2)


def test_too_few_images_are_named(place):
    with pytest.raises(DataError, match="more than held_out=1000 images, got 12"):
        Lsun(folder=str(place())).open()


def test_without_lmdb_the_extra_is_named(place, monkeypatch):
    folder = str(place())
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(MissingExtraError, match=r"reading LSUN needs lmdb.*torch-lipschitz\[lsun\]"):
        Lsun(folder=folder).open()


def test_lmdb_is_asked_for_before_anything_is_opened(place, monkeypatch):
    dataset = Lsun(folder=str(place()))
    assert dataset.absent() == []
    monkeypatch.setitem(sys.modules, "lmdb", None)
    (message,) = dataset.absent()
    assert message.startswith("reading LSUN needs lmdb")
