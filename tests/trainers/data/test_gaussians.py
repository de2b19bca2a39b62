"""Published facts about the two Gaussian sets, and the order in which they are drawn."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz_trainers.data import EightGaussians, Modes, TwentyFiveGaussians
from lipschitz_trainers.data.mixtures import draw_mixture
from lipschitz_trainers.data.twenty_five_gaussians import POINTS_PER_MODE, make_points


def nearest_modes(x, modes):
    return torch.cdist(x, modes.centres).min(dim=1)


def test_eight_gaussians_have_the_published_radius_spread_and_scale(generator):
    source = EightGaussians().open()
    assert source.shape == (2,)
    assert source.kind == "points"
    assert source.modes.centres.norm(dim=1) == pytest.approx([1.4144] * 8, abs=1e-4)
    assert source.modes.std == pytest.approx(0.01414, abs=1e-5)
    angles = torch.atan2(source.modes.centres[:, 1], source.modes.centres[:, 0]) / (math.pi / 4)
    torch.testing.assert_close(angles.remainder(8).round(), torch.arange(8.0))
    x = source.train(generator(0)).next(200_000).x
    assert x.dtype == torch.float32
    torch.testing.assert_close(x.std(dim=0), torch.ones(2), atol=0.005, rtol=0)
    torch.testing.assert_close(x.mean(dim=0), torch.zeros(2), atol=0.01, rtol=0)
    distance, mode = nearest_modes(x, source.modes)
    assert (distance**2).mean().sqrt() == pytest.approx(0.01414 * math.sqrt(2), rel=0.01)
    torch.testing.assert_close(mode.bincount() / len(x), torch.full((8,), 1 / 8), atol=0.005, rtol=0)


def test_twenty_five_gaussians_are_4000_points_for_each_mode(generator):
    source = TwentyFiveGaussians().open()
    grid = source.modes.centres
    assert grid[:, 0].unique().diff() == pytest.approx([0.7072] * 4, abs=1e-4)
    assert source.modes.std == pytest.approx(0.01768, abs=1e-5)
    x = source.train(generator(0)).next(100_000).x
    torch.testing.assert_close(x.std(dim=0), torch.ones(2), atol=0.002, rtol=0)
    distance, mode = nearest_modes(x, source.modes)
    assert torch.equal(mode.bincount(), torch.full((25,), POINTS_PER_MODE))
    assert (distance**2).mean().sqrt() == pytest.approx(0.01768 * math.sqrt(2), rel=0.01)


def test_twenty_five_gaussians_are_shuffled_then_cycled_in_one_order(generator):
    stream = TwentyFiveGaussians().open().train(generator(0))
    first = stream.next(100_000).x
    assert torch.equal(stream.next(70_000).x, first[:70_000])
    across_the_end = stream.next(60_000).x
    assert torch.equal(across_the_end, torch.cat([first[70_000:], first[:30_000]]))
    _, mode = nearest_modes(first[:1000], TwentyFiveGaussians().open().modes)
    assert len(mode.unique()) == 25, "the first 1,000 points should come from all modes"


def test_the_fixed_points_belong_to_the_streams_seed(generator):
    source = TwentyFiveGaussians().open()
    first, same, other = (source.train(generator(seed)).next(10).x for seed in (0, 0, 1))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_held_out_samples_of_the_grid_are_fresh(generator):
    source = TwentyFiveGaussians().open()
    trained = {tuple(point) for point in source.train(generator(0)).next(100_000).x.tolist()}
    held_out = source.held_out(1000, generator(0)).x
    assert trained.isdisjoint(tuple(point) for point in held_out.tolist())


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 50), st.floats(0, 3), st.integers(0, 2**31))
def test_every_draw_of_a_mixture_is_a_centre_plus_noise(count, dimension, n, std, seed):
    centres = torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))
    x = draw_mixture(Modes(centres, std), n, torch.Generator().manual_seed(seed))
    still = draw_mixture(Modes(centres, 0.0), n, torch.Generator().manual_seed(seed))
    assert x.shape == (n, dimension)
    assert x.dtype == torch.float32
    assert all((centres == row).all(dim=1).any() for row in still), "without noise only centres are drawn"
    assert torch.allclose(
        draw_mixture(Modes(centres, 2 * std), n, torch.Generator().manual_seed(seed)) - still,
        2 * (x - still),
        atol=1e-4,
    )


def test_points_of_a_set_are_a_function_of_its_seed():
    modes = Modes(torch.tensor([[0.0, 0.0], [5.0, 5.0]]), 0.1)
    assert torch.equal(make_points(modes, 10, 3), make_points(modes, 10, 3))
    assert not torch.equal(make_points(modes, 10, 3), make_points(modes, 10, 4))
