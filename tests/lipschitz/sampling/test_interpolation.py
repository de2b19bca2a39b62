"""Points on the segment between paired samples, and at one of its ends: one draw per sample."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch, BatchError, interpolate, trees
from lipschitz.sampling import between, either
from lipschitz.testing.strategies import batches, shapes, tensors


@given(st.integers(1, 5), st.lists(shapes(), min_size=1, max_size=3), st.data())
def test_points_lie_on_the_segment_with_one_epsilon_for_all_axes_and_leaves(size, tails, data):
    real = tuple(data.draw(tensors((size, *tail))) for tail in tails)
    fake = tuple(data.draw(tensors((size, *tail))) for tail in tails)
    epsilon = data.draw(tensors((size,))).sigmoid()
    got = interpolate(real, fake, epsilon)
    from_real = trees.sample_norms(trees.map_leaves(torch.sub, got, real))
    from_fake = trees.sample_norms(trees.map_leaves(torch.sub, got, fake))
    length = trees.sample_norms(trees.map_leaves(torch.sub, real, fake))
    torch.testing.assert_close(from_real + from_fake, length)
    torch.testing.assert_close(from_real, (1 - epsilon) * length)
    for point, x in zip(got, real, strict=True):
        assert point.shape == x.shape
        assert point.dtype is x.dtype


@given(batches(shape=(2, 3)))
def test_ends_of_the_segment(batch):
    ones = torch.ones(batch.size, dtype=torch.float64)
    assert torch.equal(interpolate(batch.real, batch.fake, ones), batch.real)
    assert torch.equal(interpolate(batch.real, batch.fake, 0 * ones), batch.fake)


@given(batches(shape=(3,)), st.data())
def test_equal_ends_give_the_sample(batch, data):
    epsilon = data.draw(tensors((batch.size, 1))).sigmoid()
    torch.testing.assert_close(interpolate(batch.real, batch.real, epsilon), batch.real, rtol=1e-15, atol=0)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 1, 1)])
def test_epsilon_may_have_axes_of_length_one(shape):
    epsilon = torch.linspace(0, 1, 4).reshape(shape)
    got = interpolate(torch.ones(4, 2, 2), torch.zeros(4, 2, 2), epsilon)
    assert torch.equal(got[:, 0, 0], epsilon.reshape(4))


@pytest.mark.parametrize(
    ("real", "fake", "epsilon", "message"),
    [
        ((4, 2), (4, 3), (4,), r"must have equal shapes to be interpolated, got \(4, 2\) and \(4, 3\)"),
        ((4, 2), (4, 2), (1,), r"one number per sample, shape \(4,\) or \(4, 1\), got \(1,\)"),
        ((4, 2), (4, 2), (4, 2), r"one number per sample, shape \(4,\) or \(4, 1\), got \(4, 2\)"),
        ((4, 2), (4, 2), (), r"one number per sample.*got \(\)"),
    ],
)
def test_what_does_not_fit_is_refused(real, fake, epsilon, message):
    with pytest.raises(BatchError, match=message):
        interpolate(torch.zeros(real), torch.zeros(fake), torch.zeros(epsilon))


def test_integers_are_not_interpolated():
    x = torch.zeros(4, 2, dtype=torch.int64)
    with pytest.raises(BatchError, match="real must be floating point"):
        interpolate(x, x, torch.zeros(4))


@given(st.integers(1, 30), st.integers(0, 1000))
def test_between_uses_one_uniform_number_per_sample(size, seed):
    batch = Batch(
        real=torch.ones(size, 3, dtype=torch.float64),
        fake=torch.zeros(size, 3, dtype=torch.float64),
        generator=torch.Generator().manual_seed(seed),
    )
    got = between(batch)
    batch.generator.manual_seed(seed)
    assert torch.equal(got, batch.uniform(1).expand(size, 3))


@given(batches(shape=(2,)))
def test_either_is_one_end_of_each_segment_whole(batch):
    got = either(batch)
    for i in range(batch.size):
        assert torch.equal(got[i], batch.real[i]) or torch.equal(got[i], batch.fake[i])


def test_either_is_fair():
    batch = Batch(real=torch.ones(4000, 3), fake=torch.zeros(4000, 3))
    # Five standard deviations of the mean of 4000 tosses.
    assert abs(either(batch).mean().item() - 0.5) < 5 * 0.5 / 4000**0.5
