"""Where penalties look: on the segment, at the samples, around the data; one draw per sample."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch, BatchError, FieldError, interpolate, trees
from lipschitz.sampling import around_real, between, penalty_points
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


@given(batches(shape=(2,), min_size=2), st.sampled_from(["between", "around_real"]), st.integers(0, 1000))
def test_draws_come_from_the_batch_only(batch, points, seed):
    batch.generator.manual_seed(seed)
    first = penalty_points(batch, points)
    batch.generator.manual_seed(seed)
    torch.rand(3)  # moves torch's global generator
    state = torch.get_rng_state()
    assert torch.equal(penalty_points(batch, points), first)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(penalty_points(batch, points), first)


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


@given(batches(shape=(2,), min_size=2), st.floats(0, 2))
def test_around_real_moves_towards_larger_values_by_at_most_the_radius(batch, radius):
    got = around_real(batch, radius)
    reach = radius * batch.real.std(correction=0)
    moved = got - batch.real
    assert (moved >= -1e-12).all()
    assert (moved <= reach + 1e-12).all()


def test_around_real_stays_put_where_there_is_one_value():
    batch = Batch(real=torch.full((1, 1), 3.0))
    assert torch.equal(around_real(batch), batch.real)


@pytest.mark.parametrize("points", ["between", "real", "fake", "around_real"])
def test_points_are_detached_and_shaped_like_real(points):
    samples = torch.randn(4, 2, requires_grad=True)
    batch = Batch(real=(samples * 2, samples[:, 0] + 1), fake=(samples, samples[:, 1]))
    got = penalty_points(batch, points)
    assert trees.same_structure(got, batch.real)
    assert not any(leaf.requires_grad for leaf in trees.leaves(got))


def test_points_at_the_samples_are_the_samples():
    batch = Batch(real=torch.ones(4, 2), fake=torch.zeros(4, 2))
    assert torch.equal(penalty_points(batch, "real"), batch.real)
    assert torch.equal(penalty_points(batch, "fake"), batch.fake)


@pytest.mark.parametrize(
    ("points", "asker"),
    [("between", "the line between real and fake"), ("fake", "a penalty at the fake samples")],
)
def test_missing_fake_samples_are_reported(points, asker):
    with pytest.raises(BatchError, match=f"{asker} needs generated samples"):
        penalty_points(Batch(real=torch.zeros(4, 2)), points)


def test_unknown_places_are_refused():
    with pytest.raises(
        FieldError, match="points must be one of between, real, fake, around_real, got 'middle'"
    ):
        penalty_points(Batch(real=torch.zeros(4, 2)), "middle")
