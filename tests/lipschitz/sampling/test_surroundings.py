"""Points around the data: how far, in which directions, depending on what."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch
from lipschitz.sampling import around_real, noise
from lipschitz.testing.strategies import batches


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


def test_around_real_is_the_published_formula():
    batch = Batch(real=torch.randn(6, 2, 3), generator=torch.Generator().manual_seed(3))
    got = around_real(batch, 0.7)
    draws = torch.Generator().manual_seed(3)
    along, step = torch.rand(6, generator=draws), torch.rand(6, 2, 3, generator=draws)
    spread = (batch.real - batch.real.mean()).square().mean().sqrt()
    want = batch.real + along[:, None, None] * 0.7 * spread * step
    torch.testing.assert_close(got, want)


@given(batches(shape=(2,), min_size=2), st.floats(0.01, 5))
def test_noise_is_gaussian_draws_times_the_radius(batch, radius):
    state = batch.generator.get_state()
    moved = noise(batch, radius) - batch.real
    draws = torch.randn(batch.real.shape, generator=torch.Generator().set_state(state))
    torch.testing.assert_close(moved, radius * draws.double())


def test_noise_has_the_radius_as_standard_deviation_in_every_coordinate():
    batch = Batch(real=torch.full((4000, 2), 3.0), generator=torch.Generator().manual_seed(0))
    moved = noise(batch, 2.0) - 3.0
    assert moved.std(0).tolist() == pytest.approx([2.0, 2.0], rel=0.06)
    assert moved.mean(0).tolist() == pytest.approx([0.0, 0.0], abs=0.16)
