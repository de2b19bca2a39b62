"""The places by name: what they share, and what is refused."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch, BatchError, FieldError, trees
from lipschitz.sampling import PLACES, WHOLE_BATCH, WITH_RADIUS, penalty_points
from lipschitz.testing.strategies import batches

RANDOM = [name for name in PLACES if name not in ("real", "fake")]


@given(batches(shape=(2,), min_size=2), st.sampled_from(RANDOM), st.integers(0, 1000))
def test_draws_come_from_the_batch_only(batch, points, seed):
    batch.generator.manual_seed(seed)
    first = penalty_points(batch, points)
    batch.generator.manual_seed(seed)
    torch.rand(3)  # moves torch's global generator
    state = torch.get_rng_state()
    assert torch.equal(penalty_points(batch, points), first)
    assert torch.equal(torch.get_rng_state(), state)
    others = [penalty_points(batch, points) for _ in range(30)]  # a coin may fall alike again
    assert not all(torch.equal(other, first) for other in others)


@pytest.mark.parametrize("points", PLACES)
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
    [
        ("between", "the line between real and fake"),
        ("fake", "a penalty at the fake samples"),
        ("both", "a penalty at both real and fake samples"),
        ("coupled", "the line between coupled real and fake samples"),
    ],
)
def test_missing_fake_samples_are_reported(points, asker):
    with pytest.raises(BatchError, match=f"{asker} needs generated samples"):
        penalty_points(Batch(real=torch.zeros(4, 2)), points)


def test_unknown_places_are_refused():
    with pytest.raises(
        FieldError,
        match="points must be one of between, real, fake, both, around_real, noise, coupled, got 'middle'",
    ):
        penalty_points(Batch(real=torch.zeros(4, 2)), "middle")


def alone(batch, i):
    one = slice(i, i + 1)
    fake = batch.fake[one]
    return dataclasses.replace(batch, real=batch.real[one], fake=fake, offset=i, global_size=batch.size)


@pytest.mark.parametrize("points", sorted(set(PLACES) - WHOLE_BATCH))
@given(batch=batches(shape=(2,), min_size=2))
def test_a_sample_alone_has_the_point_it_has_in_the_batch(points, batch):
    state = batch.generator.get_state()
    whole = penalty_points(batch, points)
    for i in range(batch.size):
        batch.generator.set_state(state)
        torch.testing.assert_close(penalty_points(alone(batch, i), points), whole[i : i + 1])


@pytest.mark.parametrize("points", sorted(WHOLE_BATCH))
def test_other_places_depend_on_the_batch_as_a_whole(points):
    batch = Batch(
        real=torch.arange(8.0).reshape(4, 2) ** 2,
        fake=torch.tensor([[50.0, 60.0], [30, 30], [10, 10], [0, 0]]),
        generator=torch.Generator().manual_seed(0),
    )
    state = batch.generator.get_state()
    whole = penalty_points(batch, points)
    batch.generator.set_state(state)
    assert not torch.allclose(penalty_points(alone(batch, 0), points), whole[:1])


def test_radius_is_handed_to_places_that_have_one():
    assert {"around_real", "noise"} == WITH_RADIUS
    far, real = {}, torch.randn(6, 2).double()
    for points in WITH_RADIUS:
        for radius in (1.0, 10.0):
            batch = Batch(real=real, generator=torch.Generator().manual_seed(0))
            far[radius] = penalty_points(batch, points, radius) - real
        torch.testing.assert_close(far[10.0], 10 * far[1.0])


@pytest.mark.parametrize("points", sorted(set(PLACES) - WITH_RADIUS))
def test_a_radius_without_meaning_is_refused(points):
    batch = Batch(real=torch.zeros(2, 2), fake=torch.zeros(2, 2))
    with pytest.raises(FieldError, match=f"points='{points}' has no radius to choose, got radius=1.0"):
        penalty_points(batch, points, 1.0)
