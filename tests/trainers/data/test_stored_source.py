"""Images of a store: order, labels, held-out part, limits of memory."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz_trainers.data import StoredSource, stored_source
from lipschitz_trainers.data.image_store import ImageStore, Part, RowStore, split
from lipschitz_trainers.data.preparation import Preparation


def rows(*sizes, shape=(3, 2, 2), **more):
    """Every pixel of image i is i, and so is its label."""
    total = sum(sizes)
    size = int(np.prod(shape))
    values = np.repeat(np.arange(total, dtype=np.uint8)[:, None], size, axis=1)
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return RowStore(parts, shape, torch.arange(total), **more)


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.data())
def test_images_of_several_arrays_are_found_by_number(sizes, data):
    store = rows(*sizes)
    assert len(store) == sum(sizes)
    wanted = data.draw(st.lists(st.integers(0, sum(sizes) - 1), max_size=20))
    got = store.read(torch.tensor(wanted, dtype=torch.int64))
    assert got.shape == (len(wanted), 3, 2, 2)
    assert got.dtype == torch.uint8
    assert got[:, 2, 1, 0].tolist() == wanted


def test_bytes_before_the_image_are_passed_over_and_pixels_keep_their_order():
    record = np.arange(13, dtype=np.uint8)[None]
    image = RowStore([record], (3, 2, 2)).read(torch.tensor([0]))[0]
    assert image.tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]]


def test_nothing_held_out_is_trained_on_and_labels_stay_with_their_images():
    source = StoredSource(*split(rows(30), 10), Preparation(), conditional=True)
    assert (source.shape, source.kind, source.classes) == ((3, 2, 2), "images", 30)
    train = source.train(torch.Generator().manual_seed(0)).next(40)
    held_out = source.held_out(10, torch.Generator().manual_seed(0))
    for batch in (train, held_out):
        values = ((batch.x[:, 0, 0, 0] + 1) * 127.5).round().long()
        assert torch.equal(values, batch.condition[0])
    assert set(train.condition[0].tolist()).isdisjoint(held_out.condition[0].tolist())
    assert len(train.condition[0].unique()) == 20
    assert len(held_out.condition[0].unique()) == 10


def test_labels_are_handed_on_only_when_asked():
    source = StoredSource(*split(rows(30), 10), Preparation())
    assert source.train(torch.Generator()).next(4).condition == ()
    assert source.held_out(4, torch.Generator()).condition == ()


def test_only_training_images_are_mirrored():
    pixels = np.tile(np.array([0, 255], dtype=np.uint8), (40, 1))
    source = StoredSource(*split(RowStore([pixels], (1, 1, 2)), 20), Preparation(flips="sample"))
    train = source.train(torch.Generator().manual_seed(0)).next(20).x
    held_out = source.held_out(20, torch.Generator().manual_seed(0)).x
    assert train[:, 0, 0, 0].unique().tolist() == [-1, 1]
    assert held_out[:, 0, 0, 0].unique().tolist() == [-1]


def test_held_out_samples_run_out_with_an_error_that_says_so():
    source = StoredSource(*split(rows(30), 10), Preparation())
    with pytest.raises(DataError, match="11 held-out samples are needed and this data has 10"):
        source.held_out(11, torch.Generator())


class Counting(ImageStore):
    """Knows the largest number of images that were asked for at once."""

    def __init__(self, total):
        self.shape = (1, 1, 1)
        self.labels = torch.arange(total) % 7
        self.total = total
        self.most = 0

    def __len__(self):
        return self.total

    def read(self, rows):
        self.most = max(self.most, len(rows))
        return (rows % 7).to(torch.uint8).reshape(-1, 1, 1, 1)


def test_only_the_running_batch_is_read():
    store = Counting(300_000)
    source = StoredSource(store, store, Preparation())
    source.train(torch.Generator()).next(64)
    source.held_out(20, torch.Generator())
    assert store.most == 64


def test_labelled_sets_are_whole_unless_memory_forbids(monkeypatch):
    store = Counting(1000)
    source = StoredSource(*split(store, 100), Preparation())
    train, held_out = source.labelled()
    assert (len(train.x), len(held_out.x)) == (900, 100)
    monkeypatch.setattr(stored_source, "LABELLED_BYTES", 4 * 250)
    (train, held_out), (again, _) = source.labelled(), source.labelled()
    assert (len(train.x), len(held_out.x)) == (250, 100)
    assert torch.equal(train.x, again.x)
    assert torch.equal(((train.x.flatten() + 1) * 127.5).round().long(), train.condition[0])


def test_what_does_not_fit_is_refused():
    plain = RowStore([np.zeros((5, 12), np.uint8)], (3, 2, 2))
    with pytest.raises(DataError, match="one shape"):
        StoredSource(rows(5), rows(5, shape=(1, 2, 2)), Preparation())
    with pytest.raises(DataError, match="both"):
        StoredSource(rows(5), plain, Preparation())
    with pytest.raises(DataError, match="needs labels"):
        StoredSource(plain, plain, Preparation(), conditional=True)
    with pytest.raises(
        DataError, match="expected a label for each image, got no labels; give them .* one subfolder a class"
    ):
        StoredSource(plain, plain, Preparation()).labelled()


def test_a_part_of_a_part_is_numbered_from_its_own_beginning():
    part = Part(Part(rows(10), torch.tensor([9, 7, 5])), torch.tensor([2, 0]))
    assert part.read(torch.tensor([0, 1]))[:, 0, 0, 0].tolist() == [5, 9]
    assert part.labels.tolist() == [5, 9]
