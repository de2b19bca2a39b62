"""Sources over tensors: splits, labels, scaling, and what they refuse."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz_trainers.data import ArraySource, from_tensor, require_finite
from lipschitz_trainers.data.splits import split_indices

IMAGES = torch.arange(8 * 3 * 2 * 2).reshape(8, 3, 2, 2).to(torch.uint8)


@settings(deadline=None)
@given(st.integers(2, 300), st.data())
def test_a_split_is_a_partition(total, data):
    held_out = data.draw(st.integers(1, total - 1))
    train, kept = split_indices(total, held_out)
    assert len(kept) == held_out
    assert torch.equal(torch.cat([train, kept]).sort().values, torch.arange(total))


@pytest.mark.parametrize(("total", "held_out"), [(5, 5), (5, 0), (5, 6), (1, 1), (0, 1)])
def test_a_split_that_leaves_one_side_empty_is_refused(total, held_out):
    with pytest.raises(DataError, match="sample"):
        split_indices(total, held_out)


@settings(deadline=None)
@given(st.integers(2, 200), st.floats(0.01, 0.9), st.integers(0, 2**31))
def test_nothing_held_out_is_ever_trained_on(total, share, seed):
    rows = torch.arange(total * 2.0).reshape(total, 2)
    assume(round(share * total) < total)
    source = from_tensor(rows, held_out=share)
    count = max(1, round(share * total))
    held_out = source.held_out(count, torch.Generator().manual_seed(seed)).x[:, 0]
    trained = source.train(torch.Generator().manual_seed(seed)).next(3 * total).x[:, 0]
    assert set(held_out.tolist()).isdisjoint(trained.tolist())
    assert len(held_out.unique()) == count, "held-out samples must differ"
    assert len(trained.unique()) == total - count
    assert set(held_out.tolist()) | set(trained.tolist()) == set(rows[:, 0].tolist())


def test_held_out_samples_run_out_with_an_error_that_says_so():
    source = from_tensor(torch.zeros(10, 2), held_out=0.3)
    with pytest.raises(DataError, match="4 held-out samples are needed and this data has 3"):
        source.held_out(4, torch.Generator())


def test_the_kind_follows_from_the_axes():
    assert from_tensor(torch.zeros(4, 7)).kind == "points"
    assert from_tensor(torch.zeros(4, 1, 2, 2)).kind == "images"
    assert from_tensor(torch.zeros(4, 3, 5), kind="points").shape == (3, 5)
    with pytest.raises(DataError, match=r"\(4, 3, 5\)"):
        from_tensor(torch.zeros(4, 3, 5))
    with pytest.raises(DataError, match=r"must have shape \(n, channels, height, width\)"):
        from_tensor(torch.zeros(4, 3), kind="images")


def test_bytes_are_kept_and_scaled_batch_by_batch():
    source = from_tensor(
        torch.tensor([0, 51, 255, 102], dtype=torch.uint8).reshape(4, 1, 1, 1), held_out=0.25
    )
    train, held_out = source.train(torch.Generator()).next(3).x, source.held_out(1, torch.Generator()).x
    assert source._train.dtype == torch.uint8
    both = torch.cat([train, held_out]).flatten().sort().values
    torch.testing.assert_close(both, torch.tensor([-1.0, -0.6, -0.2, 1.0]))


def test_arrays_and_other_dtypes_are_accepted():
    for x in (
        np.zeros((6, 2)),
        np.zeros((6, 2), dtype=np.float32),
        torch.zeros(6, 2, dtype=torch.int64),
        [[0, 1]] * 6,
    ):
        assert from_tensor(x).train(torch.Generator()).next(2).x.dtype == torch.float32


def test_labels_are_handed_on_only_when_asked():
    labels = torch.arange(8) % 4
    plain = from_tensor(IMAGES, labels=labels)
    conditional = from_tensor(IMAGES, labels=labels, conditional=True)
    assert plain.classes == conditional.classes == 4
    assert plain.train(torch.Generator()).next(3).condition == ()
    for batch in (conditional.train(torch.Generator()).next(20), conditional.held_out(2, torch.Generator())):
        (got,) = batch.condition
        first_pixel = ((batch.x[:, 0, 0, 0] + 1) * 127.5).round().long()  # 12 values a sample
        assert torch.equal(got, first_pixel // 12 % 4), "each label must stay with its image"


def test_labelled_sets_are_whole():
    train, held_out = from_tensor(IMAGES, labels=torch.arange(8), held_out=0.25).labelled()
    assert train.x.shape == (6, 3, 2, 2)
    assert held_out.x.shape == (2, 3, 2, 2)
    assert torch.cat([train.condition[0], held_out.condition[0]]).sort().values.tolist() == list(range(8))
    with pytest.raises(DataError, match="no labels"):
        from_tensor(IMAGES).labelled()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": torch.full((5, 2), torch.nan)}, "finite"),
        ({"x": torch.full((5, 2), 1e300, dtype=torch.float64)}, "finite"),
        ({"x": torch.zeros(0, 2)}, "at least 2 samples"),
        ({"x": torch.zeros(5, 0)}, "not be empty"),
        ({"x": torch.tensor(1.0)}, "cannot tell"),
        ({"x": torch.zeros(5), "kind": "points"}, "two axes"),
        ({"x": torch.full((5, 1, 2, 2), 200.0)}, r"values in \[-1, 1\]"),
        ({"x": torch.zeros(5, 2), "held_out": 1.0}, r"\(0, 1\)"),
        ({"x": torch.zeros(5, 2), "held_out": 0.95}, "one left to train on"),
        ({"x": torch.zeros(5, 2), "labels": [0, 1]}, r"shape \(5,\)"),
        ({"x": torch.zeros(5, 2), "labels": [0.0] * 5}, "integer"),
        ({"x": torch.zeros(5, 2), "labels": [0, 1, -1, 0, 1]}, "from 0, got -1"),
        ({"x": torch.zeros(5, 2), "conditional": True}, "needs labels"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(arguments, message):
    with pytest.raises(DataError, match=message):
        from_tensor(**arguments)


def test_halves_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="one shape"):
        ArraySource(torch.zeros(3, 2), torch.zeros(3, 4), kind="points")
    with pytest.raises(DataError, match="both"):
        ArraySource(
            torch.zeros(3, 2),
            torch.zeros(3, 2),
            kind="points",
            train_labels=torch.zeros(3, dtype=torch.int64),
        )


def test_require_finite_counts_and_points():
    bad = torch.zeros(4, 3)
    bad[2, 1], bad[3, 0] = torch.inf, torch.nan
    with pytest.raises(DataError, match=r"my data .* 2 of 12 .* first \(inf\) at index \(2, 1\)"):
        require_finite(bad, "my data")
    good = torch.ones(2, 2)
    assert require_finite(good, "my data") is good
    assert require_finite(IMAGES, "bytes") is IMAGES
