"""The signed distance to a wavy surface, against searches for the nearest point."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import FieldError
from lipschitz_trainers.truth import WavySurfaceTruth
from lipschitz_trainers.truth.waves import draw_waves

surfaces = st.builds(
    WavySurfaceTruth,
    dimension=st.integers(2, 9),
    waves=st.integers(1, 12),
    frequency=st.floats(0.1, 5),
    slope=st.floats(0.1, 5),
    power=st.floats(1.1, 20),
    seed=st.integers(0, 2**31),
)


def normal(n, dimension, seed):
    return torch.randn(n, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def height(surface, z):
    """h, in plain numpy."""
    waves = np.sin(z @ surface.frequencies.numpy().T + surface.phases.numpy())
    return surface.amplitude * waves.sum(axis=-1)


@settings(deadline=None, max_examples=40)
@given(surfaces)
def test_slope_and_curvature_by_differences(truth):
    surface, step = truth.surface, 1e-4 / truth.frequency
    z = normal(10, truth.dimension - 1, truth.seed)
    axes = step * torch.eye(truth.dimension - 1, dtype=torch.float64)
    slopes = [
        (height(surface, (z + a).numpy()) - height(surface, (z - a).numpy())) / (2 * step) for a in axes
    ]
    np.testing.assert_allclose(surface.slope(z).numpy(), np.stack(slopes, 1), atol=1e-6 * (1 + truth.slope))
    hessians = torch.stack([(surface.slope(z + a) - surface.slope(z - a)) / (2 * step) for a in axes], dim=1)
    assert torch.linalg.matrix_norm(hessians, ord=2).max() <= surface.curvature * (1 + 1e-5)


@settings(deadline=None, max_examples=40)
@given(surfaces)
def test_no_point_of_the_surface_is_nearer_than_the_foot(truth):
    """Tried on all other feet, and on points close to the own foot, where the margin is smallest."""
    surface = truth.surface
    z, s = normal(60, truth.dimension - 1, truth.seed), truth.radius * torch.linspace(-1, 1, 60).double()
    foot, up = surface.foot(z)
    points = foot + s.unsqueeze(1) * up
    everywhere = torch.cdist(points, surface.foot(3 * normal(500, truth.dimension - 1, truth.seed + 1))[0])
    assert (everywhere.amin(dim=1) >= s.abs() * (1 - 1e-9)).all()
    for step in (1e-3, 1e-2, 1e-1, 1.0):
        near = surface.foot(z + step / truth.frequency * normal(*z.shape, truth.seed + 2))[0]
        assert ((points - near).norm(dim=1) >= s.abs() * (1 - 1e-9)).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_potential_in_the_plane_by_a_dense_search(seed):
    """Distances to 100,000 chords of the curve, with the sign of the side: what pairs gain is what they travel."""
    truth = WavySurfaceTruth(dimension=2, waves=5, frequency=2, seed=seed)
    surface = truth.surface
    pairs = truth.pairs(40, torch.Generator().manual_seed(seed))
    z = np.linspace(-9, 9, 100_001)
    curve = np.stack([z, height(surface, z[:, None])], axis=1)
    start, chord = curve[:-1], np.diff(curve, axis=0)

    def signed_distance(point):
        turned = surface.turn.numpy() @ point
        share = ((turned - start) * chord).sum(axis=1) / np.square(chord).sum(axis=1)
        nearest = np.linalg.norm(start + share.clip(0, 1)[:, None] * chord - turned, axis=1).min()
        return nearest if turned[1] > height(surface, turned[:1]) else -nearest

    for x, y, length in zip(pairs.x.numpy(), pairs.y.numpy(), pairs.lengths.numpy(), strict=True):
        assert signed_distance(y) - signed_distance(x) == pytest.approx(length, abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(surfaces)
def test_the_distance_is_the_mean_over_the_segment_in_closed_form(truth):
    from scipy import integrate

    gap = integrate.quad(lambda t: 2 * truth.radius * (t - t**truth.power), 0, 1)[0]
    assert truth.w1().value == pytest.approx(gap, rel=1e-6)


def test_the_slope_is_as_steep_as_asked():
    surface = draw_waves(50, 200, 3.0, 1.7, 0)
    squares = surface.slope(normal(4000, 49, 1)).square().sum(dim=1)
    assert float(squares.mean()) ** 0.5 == pytest.approx(1.7, rel=0.05)


def test_neither_the_radial_nor_the_linear_critic_knows_the_answer():
    for dimension in (2, 8, 32, 128):
        truth = WavySurfaceTruth(dimension=dimension)
        pairs = truth.pairs(4000, torch.Generator().manual_seed(0))
        radial = torch.nn.functional.normalize(pairs.x, dim=1)
        assert float((radial * pairs.gradient).sum(dim=1).mean().abs()) < 0.5
        assert float(pairs.gradient.mean(dim=0).norm()) < 0.8


def test_wrong_fields_are_refused():
    with pytest.raises(FieldError, match="dimension must be >= 2"):
        WavySurfaceTruth(dimension=1)
    with pytest.raises(FieldError, match="frequency must be > 0"):
        WavySurfaceTruth(dimension=2, frequency=0)
    for field in ("frequency", "slope"):
        for value in (1e-200, 1e200):
            with pytest.raises(FieldError, match=f"{field} must lie between 1e-05 and 100000, got"):
                WavySurfaceTruth(dimension=2, **{field: value})


@pytest.mark.parametrize("frequency", [1e-5, 1e5])
@pytest.mark.parametrize("slope", [1e-5, 1e5])
def test_the_outermost_surfaces_have_a_distance(frequency, slope):
    truth = WavySurfaceTruth(dimension=3, frequency=frequency, slope=slope)
    lengths = truth.pairs(4000, torch.Generator().manual_seed(0)).lengths
    assert float(lengths.mean()) == pytest.approx(truth.w1().value, rel=0.05)
