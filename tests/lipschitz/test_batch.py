"""Batch: what fits together, and randomness that belongs to the sample."""

import dataclasses
import itertools

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.utils import _pytree as pytree

from lipschitz import Batch, BatchError
from lipschitz.testing.strategies import batches, seeds, shapes

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def part(size, seed, offset=0, global_size=None, dtype=torch.float64):
    """Return a batch of zeros at a place of the global batch, with a fresh generator."""
    generator = torch.Generator().manual_seed(seed)
    return Batch(
        real=torch.zeros(size, 2, dtype=dtype), generator=generator, offset=offset, global_size=global_size
    )


@pytest.mark.parametrize("draw", [Batch.uniform, Batch.normal])
@given(size=st.integers(1, 40), seed=seeds(), tail=shapes(), cuts=st.sets(st.integers(1, 39)))
def test_shards_and_single_samples_see_the_numbers_of_the_whole(draw, size, seed, tail, cuts):
    whole = draw(part(size, seed), *tail)
    edges = [0, *sorted(cut for cut in cuts if cut < size), size]
    shards = [draw(part(b - a, seed, a, size), *tail) for a, b in itertools.pairwise(edges)]
    alone = [draw(part(1, seed, i, size), *tail) for i in range(size)]
    assert whole.shape == (size, *tail)
    assert torch.equal(torch.cat(shards), whole), f"shards at {edges}"
    assert torch.equal(torch.cat(alone), whole)


@given(size=st.integers(2, 20), seed=seeds())
def test_shards_stay_in_step_over_several_draws(size, seed):
    whole, shard = part(size, seed), part(1, seed, size - 1, size)
    for draw, tail in [(Batch.uniform, ()), (Batch.normal, (3,)), (Batch.uniform, (2, 2))]:
        assert torch.equal(draw(shard, *tail)[0], draw(whole, *tail)[-1])


@pytest.mark.parametrize("draw", [Batch.uniform, Batch.normal])
@given(size=st.integers(1, 40), seed=seeds())
def test_draws_are_the_same_in_every_dtype_up_to_its_rounding(draw, size, seed):
    want = draw(part(size, seed, dtype=torch.float32), 3)
    for dtype in DTYPES:
        got = draw(part(size, seed, dtype=dtype), 3)
        assert got.dtype is dtype
        assert torch.equal(got, want.to(dtype)), f"{dtype}"


@given(size=st.integers(2, 8), seed=seeds())
def test_every_sample_has_draws_of_its_own(size, seed):
    drawn = part(size, seed).uniform(2)
    assert drawn.unique(dim=0).shape[0] == size
    assert not torch.equal(part(size, seed + 1).uniform(2), drawn)


def test_uniform_fills_the_unit_interval():
    drawn = part(10_000, 0).uniform()
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert torch.histc(drawn, 10, 0, 1).min() > 850


def test_normal_has_mean_zero_and_variance_one():
    drawn = part(10_000, 0).normal()
    assert abs(drawn.mean()) < 0.05
    assert drawn.var().item() == pytest.approx(1, abs=0.05)


def test_without_a_generator_the_global_one_is_used():
    batch = Batch(real=torch.zeros(4, 2))
    torch.manual_seed(3)
    first = batch.uniform()
    torch.manual_seed(3)
    assert torch.equal(batch.uniform(), first)
    assert torch.equal(part(4, 3, dtype=torch.float32).uniform(), first)


def test_draws_land_on_the_device_of_the_samples():
    batch = Batch(real=torch.zeros(4, 2, device="meta"), generator=torch.Generator())
    assert batch.uniform(3).device.type == "meta"
    assert Batch(real=torch.zeros(4, 2, device="meta")).normal().shape == (4,)


def test_fake_is_detached_and_the_rest_is_kept():
    latent = torch.randn(3, 2, requires_grad=True)
    batch = Batch(real={"x": torch.zeros(3, 2)}, fake={"x": 2 * latent})
    assert not batch.fake["x"].requires_grad
    assert torch.equal(batch.fake["x"], 2 * latent)
    assert Batch(real=torch.zeros(3, 2)).fake is None


def test_size_device_and_dtype_are_those_of_the_first_leaf():
    batch = Batch(real=(torch.zeros(5, 2, dtype=torch.float64), torch.zeros(5)))
    assert (batch.size, batch.device, batch.dtype) == (5, torch.device("cpu"), torch.float64)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"real": torch.zeros(0, 2)}, "Batch.real holds no sample; at least one is needed"),
        ({"real": ()}, "Batch.real holds no tensor"),
        ({"real": torch.tensor(1.0)}, "Batch.real needs a batch axis"),
        (
            {"real": torch.zeros(2, 2, dtype=torch.int64)},
            "Batch.real must be floating point, got torch.int64",
        ),
        (
            {"real": torch.zeros(2, 2), "fake": torch.zeros(2, 2, dtype=torch.uint8)},
            "Batch.fake must be floating point, got torch.uint8",
        ),
        (
            {"real": torch.zeros(4, 2), "fake": torch.zeros(3, 2)},
            r"equal shapes \(samples are paired in order\), got \(4, 2\) and \(3, 2\)",
        ),
        ({"real": (torch.zeros(2, 1),), "fake": torch.zeros(2, 1)}, "must have equal shapes"),
        (
            {"real": torch.zeros(4, 2), "condition": (torch.zeros(3),)},
            r"Batch.condition\[0\] must have one entry per sample \(4\), got shape \(3,\)",
        ),
        (
            {"real": torch.zeros(2, 2), "condition": torch.zeros(2, 2)},
            r"Batch.condition must be a tuple of tensors, got Tensor; write condition=\(labels,\)",
        ),
        ({"real": torch.zeros(2, 2), "offset": -1}, "a batch of 2 at offset -1 does not fit"),
        (
            {"real": torch.zeros(2, 2), "offset": 3, "global_size": 4},
            "offset 3 does not fit in a global batch of 4",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(fields, message):
    with pytest.raises(BatchError, match=message):
        Batch(**fields)


def test_missing_fake_is_reported_by_who_needs_it():
    with pytest.raises(
        BatchError, match=r"the asker needs generated samples: pass Batch\(real=..., fake=...\)"
    ):
        Batch(real=torch.zeros(2, 2)).require_fake("the asker")


@given(batches(condition=((3,),)))
def test_batch_is_a_pytree(batch):
    leaves, spec = pytree.tree_flatten(batch)
    assert [tuple(leaf.shape) for leaf in leaves] == [(batch.size, 2), (batch.size, 2), (batch.size, 3)]
    again = pytree.tree_unflatten(leaves, spec)
    for field in dataclasses.fields(Batch):
        got, want = getattr(again, field.name), getattr(batch, field.name)
        assert got is want or got == want or torch.equal(got[0], want[0]), field.name
    doubled = pytree.tree_map(lambda leaf: 2 * leaf, batch)
    assert torch.equal(doubled.fake, 2 * batch.fake)
    assert doubled.step == batch.step


@given(batches(), st.integers(0, 5))
def test_batch_is_frozen_and_replaceable(batch, offset):
    with pytest.raises(dataclasses.FrozenInstanceError):
        batch.step = 3
    moved = dataclasses.replace(batch, offset=offset, global_size=20)
    assert moved.uniform().shape == (batch.size,)


@given(st.integers(1, 6), st.integers(0, 6), st.integers(1, 6))
def test_place_in_the_global_batch_must_exist(size, offset, global_size):
    assume(offset + size > global_size)
    with pytest.raises(BatchError, match="does not fit"):
        part(size, 0, offset, global_size)


def test_real_and_fake_need_the_same_dtype():
    with pytest.raises(BatchError, match="same dtype and device"):
        Batch(real=torch.zeros(2, 3), fake=torch.zeros(2, 3, dtype=torch.float64))


def test_a_place_needs_the_size_of_the_whole():
    with pytest.raises(BatchError, match="needs the global_size"):
        Batch(real=torch.zeros(2, 3), offset=2)
