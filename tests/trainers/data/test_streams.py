"""Every training stream goes on exactly where it was saved."""

import copy
import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import CheckpointError
from lipschitz_trainers.data import (
    Digits,
    EightGaussians,
    StoredSource,
    SwissRoll,
    TextSource,
    TwentyFiveGaussians,
    from_tensor,
)
from lipschitz_trainers.data.blocked_epochs import BlockedEpochs
from lipschitz_trainers.data.epochs import ShuffledEpochs
from lipschitz_trainers.data.image_store import RowStore, split
from lipschitz_trainers.data.preparation import Preparation

PIXELS = [np.arange(n * 12, dtype=np.uint8).reshape(n, 12) for n in (5, 4, 8)]
LABELS = torch.arange(17)


def stored(flips, *, dequantise=True, in_blocks=False):
    whole = RowStore(PIXELS, (3, 2, 2), LABELS, in_blocks=in_blocks)
    train, held_out = (whole, whole) if in_blocks else split(whole, 4)
    return StoredSource(train, held_out, Preparation(dequantise, flips), conditional=True)


SOURCES = {
    "eight_gaussians": EightGaussians().open(),
    "twenty_five_gaussians": TwentyFiveGaussians().open(),
    "swiss_roll": SwissRoll().open(),
    "digits": Digits(conditional=True).open(),
    "tensor": from_tensor(torch.arange(14.0).reshape(7, 2), labels=torch.arange(7), conditional=True),
    "stored": stored("sample"),
    "stored in blocks": stored("batch", in_blocks=True),
    "text": TextSource(
        torch.arange(30).reshape(10, 3) % 4, torch.zeros(1, 3, dtype=torch.uint8), tuple("?abc")
    ),
}


def assert_same(got, want):
    assert torch.equal(got.x, want.x)
    assert len(got.condition) == len(want.condition)
    assert all(torch.equal(a, b) for a, b in zip(got.condition, want.condition, strict=True))


def through_a_file(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize("name", SOURCES)
@settings(deadline=None, max_examples=15)
@given(
    before=st.lists(st.integers(0, 3000), max_size=4),
    after=st.lists(st.integers(1, 3000), min_size=1, max_size=3),
    seed=st.integers(0, 2**31),
)
def test_a_restored_stream_returns_the_same_next_batches(name, before, after, seed):
    source = SOURCES[name]
    generator = torch.Generator().manual_seed(seed)
    stream = source.train(generator)
    for n in before:
        stream.next(n)
    state = through_a_file({"stream": stream.state_dict(), "generator": generator.get_state()})
    expected = [stream.next(n) for n in after]

    other = torch.Generator().manual_seed(seed + 1)  # a resumed process may start from anything
    restored = source.train(other)
    restored.next(5)
    restored.load_state_dict(state["stream"])
    other.set_state(state["generator"])
    for n, batch in zip(after, expected, strict=True):
        assert_same(restored.next(n), batch)


@pytest.mark.parametrize("name", SOURCES)
def test_a_saved_position_does_not_move_with_the_stream(name):
    stream = SOURCES[name].train(torch.Generator().manual_seed(0))
    stream.next(3)
    state = stream.state_dict()
    kept = copy.deepcopy(state)
    stream.next(2000)
    assert state.keys() == kept.keys()
    assert all(torch.equal(torch.as_tensor(state[key]), torch.as_tensor(kept[key])) for key in kept)


@pytest.mark.parametrize("name", SOURCES)
def test_batches_have_the_promised_form(name):
    source = SOURCES[name]
    for n in (1, 33):
        batch = source.train(torch.Generator()).next(n)
        assert batch.x.shape == (n, *source.shape)
        assert batch.x.dtype == torch.float32
        assert all(entry.shape == (n,) and entry.dtype == torch.int64 for entry in batch.condition)


@settings(deadline=None)
@given(st.integers(1, 20), st.lists(st.integers(0, 45), max_size=8), st.integers(0, 2**31))
def test_every_item_comes_once_an_epoch_however_batches_are_cut(total, sizes, seed):
    order = ShuffledEpochs(total, torch.Generator().manual_seed(seed))
    parts = [order.next(n) for n in sizes]
    assert [len(part) for part in parts] == sizes
    drawn = torch.cat([*parts, torch.empty(0, dtype=torch.int64)])
    for epoch in drawn.split(total):
        assert len(epoch.unique()) == len(epoch), f"an item came twice in the epoch {epoch.tolist()}"
    whole = ShuffledEpochs(total, torch.Generator().manual_seed(seed)).next(sum(sizes))
    assert torch.equal(drawn, whole), "the sequence must not depend on how it is cut into batches"


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.lists(st.integers(0, 45), max_size=8),
    st.integers(0, 2**31),
)
def test_blocks_come_one_after_the_other_whole_and_shuffled(blocks, sizes, seed):
    order = BlockedEpochs(blocks, torch.Generator().manual_seed(seed))
    drawn = torch.cat([*(order.next(n) for n in sizes), torch.empty(0, dtype=torch.int64)])
    owner = torch.repeat_interleave(torch.arange(len(blocks)), torch.tensor(blocks))[drawn]
    for epoch, owners in zip(drawn.split(sum(blocks)), owner.split(sum(blocks)), strict=True):
        assert len(epoch.unique()) == len(epoch)
        changes = int((owners.diff() != 0).sum())
        assert changes == max(0, len(owners.unique()) - 1), "a block must not be left and come back to"


def test_the_order_within_a_block_and_of_the_blocks_is_random():
    epochs = [BlockedEpochs((40, 40), torch.Generator().manual_seed(seed)).next(80) for seed in range(20)]
    assert {int(epoch[0]) < 40 for epoch in epochs} == {True, False}
    assert all(not torch.equal(epoch[:40].sort().values, epoch[:40]) for epoch in epochs)


def test_epochs_differ():
    order = ShuffledEpochs(50, torch.Generator().manual_seed(0))
    assert not torch.equal(order.next(50), order.next(50))


def test_a_position_of_other_data_is_refused():
    state = ShuffledEpochs(5, torch.Generator())
    state.next(1)
    with pytest.raises(CheckpointError, match="5 samples, this one has 6"):
        ShuffledEpochs(6, torch.Generator()).load_state_dict(state.state_dict())
