"""The benchmark's pairs: bit for bit the published ones, against rays traced step by step."""

import hashlib
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from lipschitz import BatchError
from lipschitz_trainers.truth import Funnels, MinFunnelsTruth, draw_funnels
from lipschitz_trainers.truth import funnels as module

DIMENSIONS = [2, 4, 8, 16, 32, 64, 128]
PUBLISHED = {
    4: [0.817, 1.385, 1.882, 1.941, 1.822, 1.411, 1.142],
    16: [0.466, 1.003, 1.585, 1.738, 1.670, 1.360, 1.072],
    64: [0.230, 0.710, 1.259, 1.554, 1.543, 1.317, 1.045],
    256: [0.134, 0.492, 1.008, 1.399, 1.412, 1.283, 1.042],
}
"""The header rows of the published table, to three digits."""
PUBLISHED_SAMPLES = 4096
OFFICIAL = [(dimension, funnels) for funnels in PUBLISHED for dimension in DIMENSIONS]
CENTRES = "f99f831bf5c6791f0d6555990b5d869adb6d450e02908a186c2e50fb6e65f3f1"
"""Digest of all official centres, in this order."""
HEIGHTS = -295.827523
"""Sum of all official heights, each times its number from 1."""


def potential(point, centres, heights):
    """The minimum of cones at one point, in numpy."""
    return min(math.dist(point, centre) + height for centre, height in zip(centres, heights, strict=True))


@pytest.mark.parametrize(("dimension", "funnels"), OFFICIAL)
def test_official_pairs_bit_for_bit(dimension, funnels):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(987)
        torch.randn(funnels, dimension)
        torch.randn(funnels)
        centres = 2.5 * (2 * torch.rand(funnels, dimension) - 1)
        heights = 0.1 * torch.randn(funnels)
    drawn = MinFunnelsTruth(dimension=dimension, funnels=funnels).cones
    assert torch.equal(drawn.centres, centres.double())
    assert torch.equal(drawn.heights, heights.double())


def test_official_pairs_as_recorded():
    """The uniform numbers are the same on every machine; normal ones may differ in the last bit."""
    digest, total = hashlib.sha256(), 0.0
    for dimension, funnels in OFFICIAL:
        drawn = draw_funnels(dimension, funnels, 987)
        digest.update(drawn.centres.float().numpy().astype("<f4").tobytes())
        total += float((drawn.heights * torch.arange(1, funnels + 1)).sum())
    assert digest.hexdigest() == CENTRES
    assert total == pytest.approx(HEIGHTS, abs=1e-4)


def test_distances_are_the_published_ones():
    """Within rounding and the sampling error of both; over 28 pairs these errors have to look like chance."""
    scores = []
    for funnels, row in PUBLISHED.items():
        for dimension, value in zip(DIMENSIONS, row, strict=True):
            truth = MinFunnelsTruth(dimension=dimension, funnels=funnels)
            lengths = truth.pairs(8192, torch.Generator().manual_seed(3)).lengths
            variance = float(lengths.var())
            error = math.sqrt(variance / PUBLISHED_SAMPLES + variance / 8192 + 0.0005**2)
            scores.append((float(lengths.mean()) - value) / error)
    assert np.abs(scores).max() < 3.5
    assert np.sqrt(np.mean(np.square(scores))) < 1.4


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 9), st.floats(0, 3), st.integers(0, 2**31))
def test_rays_end_where_a_tracer_finds_that_they_end(dimension, count, spread, seed):
    """Up a ray, the function grows at slope 1 until another funnel is lower or the cube ends, and never again after."""
    rng = np.random.default_rng(seed)
    centres, heights = rng.uniform(-2.5, 2.5, (count, dimension)), spread * rng.normal(size=count)
    points = rng.uniform(-2.5, 2.5, (8, dimension))
    cones = Funnels(torch.from_numpy(centres), torch.from_numpy(heights))
    rays = cones.rays(torch.from_numpy(points))
    for i, point in enumerate(points):
        values = np.linalg.norm(point - centres, axis=1) + heights
        start = centres[values.argmin()]
        np.testing.assert_array_equal(rays.start[i], start)
        direction = (point - start) / np.linalg.norm(point - start)

        def still_up(r, point=point, direction=direction, values=values):
            there = point + r * direction
            inside = np.abs(there).max() <= 2.5
            return inside and potential(there, centres, heights) >= values.min() + r - 1e-12

        low, high = 0.0, 20.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if still_up(middle) else (low, middle)
        assert float(rays.above[i]) == pytest.approx(low, abs=1e-5)
        assert still_up(0.999999 * float(rays.above[i]))


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 6), st.integers(1, 12), st.integers(0, 2**31))
def test_the_formula_agrees_with_the_published_one(dimension, count, seed):
    """Written out as published: crossings of all cones that lie ahead and on the growing branch of the other cone."""
    truth = MinFunnelsTruth(dimension=dimension, funnels=count, seed=seed)
    centres, heights = truth.cones.centres.numpy(), truth.cones.heights.numpy()
    pairs = truth.pairs(20, torch.Generator().manual_seed(seed))
    for x, y in zip(pairs.x.numpy(), pairs.y.numpy(), strict=True):
        distances = np.linalg.norm(y - centres, axis=1)
        active = (distances + heights).argmin()
        value = distances[active] + heights[active]
        v = (y - centres[active]) / distances[active]
        ahead = [((2.5 if c > 0 else -2.5) - p) / c for p, c in zip(y, v, strict=True) if c != 0]
        for n in range(count):
            c = value - heights[n]
            below = c - (y - centres[n]) @ v
            if n != active and below != 0:
                r = 0.5 * (distances[n] ** 2 - c**2) / below
                if r > 0 and r > -c:
                    ahead.append(r)
        upper = y + min(ahead) * v
        t = distances[active] / np.linalg.norm(upper - centres[active])
        np.testing.assert_allclose(x, centres[active] + t**8 * (upper - centres[active]), rtol=0, atol=1e-9)


def test_the_map_takes_points_of_the_cube_only_and_its_border():
    truth = MinFunnelsTruth(dimension=2, funnels=4)
    border = torch.tensor([[2.5, -2.5], [0.0, 2.5]])
    pairs = truth.transport(border)
    assert pairs.y.dtype == torch.float64
    assert torch.equal(pairs.x, truth.transport(border.double()).x)
    torch.testing.assert_close(pairs.x, border.double(), rtol=0, atol=1e-12)  # the upper end of a ray stays
    assert truth.transport(torch.zeros(0, 2)).x.shape == (0, 2)
    with pytest.raises(
        BatchError, match=r"cube \[-2.5, 2.5\]\^2.* got 2 of 3 outside, the first at index 1: .* -5.0"
    ):
        truth.transport(torch.tensor([[0.0, 0.0], [0.0, -5.0], [5.0, 5.0]]))
    with pytest.raises(BatchError, match="1 of 1 outside, .* nan"):
        truth.transport(torch.tensor([[math.nan, 0.0]]))
    with pytest.raises(BatchError, match=r"shape \(n, 2\), got \(1, 3\)"):
        truth.transport(torch.zeros(1, 3))


class LargestStorage(TorchDispatchMode):
    """Watches how many numbers the largest result of an operation holds; what is expanded holds none of its own."""

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in pytree.tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                size = tensor.untyped_storage().nbytes() // tensor.element_size()
                self.numbers = max(self.numbers, size)
        return result


@pytest.mark.parametrize("of", ["pairs", "value", "gradient"])
def test_no_tensor_has_a_number_for_every_point_funnel_and_coordinate(of):
    """One for every point and funnel, or every point or funnel and coordinate, is the most."""
    n, funnels, dimension = 300, 50, 40
    truth = MinFunnelsTruth(dimension=dimension, funnels=funnels)
    points = truth.sample("q", n, torch.Generator().manual_seed(0))
    truth.pairs(2, torch.Generator())  # draws the cones, which are kept
    with LargestStorage() as largest:
        if of == "pairs":
            truth.pairs(n, torch.Generator().manual_seed(0))
        else:
            getattr(truth.cones, of)(points)
    assert n * dimension <= largest.numbers <= n * funnels
    with LargestStorage() as largest:
        (points.unsqueeze(1) - truth.cones.centres).norm(dim=2)
    assert largest.numbers == n * funnels * dimension


def test_many_points_are_taken_in_parts(monkeypatch):
    truth = MinFunnelsTruth(dimension=3, funnels=50)
    truth.pairs(2, torch.Generator())
    monkeypatch.setattr(module, "CHUNK", 5000)
    with LargestStorage() as largest:
        truth.pairs(1000, torch.Generator().manual_seed(0))
    assert largest.numbers == 5000


def test_cones_take_what_truths_take():
    cones = draw_funnels(3, 5, 0)
    points = torch.rand(4, 3, generator=torch.Generator().manual_seed(0))
    for of in (cones.value, cones.gradient, cones.active):
        assert torch.equal(of(points), of(points.double()))
        with pytest.raises(BatchError, match=r"shape \(n, 3\), got \(4, 2\)"):
            of(points[:, :2])
    assert torch.equal(cones.rays(points).above, cones.rays(points.double()).above)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 9), st.integers(0, 2**31))
def test_values_are_those_of_a_plain_loop(dimension, count, seed):
    rng = np.random.default_rng(seed)
    centres, heights = rng.normal(size=(count, dimension)), rng.normal(size=count)
    points = rng.normal(scale=3, size=(9, dimension))
    points[0] = centres[0] + 1e-9  # where a sum of squares would cancel
    found = Funnels(torch.from_numpy(centres), torch.from_numpy(heights)).value(torch.from_numpy(points))
    want = [potential(point, centres, heights) for point in points]
    np.testing.assert_allclose(found.numpy(), want, rtol=0, atol=1e-13)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**31), st.floats(1.1, 20))
def test_one_funnel_on_a_line_in_closed_form(seed, power):
    """Two rays of lengths L from the centre to the ends of [-2.5, 2.5], each met in proportion to its length."""
    truth = MinFunnelsTruth(dimension=1, funnels=1, seed=seed, power=power)
    centre = float(truth.cones.centres)
    want = ((2.5 - centre) ** 2 + (2.5 + centre) ** 2) / 5 * (1 / 2 - 1 / (power + 1))
    lengths = truth.pairs(4000, torch.Generator().manual_seed(seed)).lengths
    assert float(lengths.mean()) == pytest.approx(want, abs=5 * float(lengths.std()) / 4000**0.5)


def test_the_distance_by_the_dual_problem_is_the_same():
    found = MinFunnelsTruth(dimension=4, funnels=16).w1()
    assert found.by_potential == pytest.approx(found.value, rel=1e-12)
    assert 0 < found.standard_error < 0.002


def test_chunks_change_nothing(monkeypatch):
    truth = MinFunnelsTruth(dimension=3, funnels=20)
    whole = truth.pairs(100, torch.Generator().manual_seed(0))
    monkeypatch.setattr(module, "CHUNK", 140)
    parts = truth.pairs(100, torch.Generator().manual_seed(0))
    torch.testing.assert_close(parts.x, whole.x, rtol=0, atol=1e-13)
    assert torch.equal(parts.y, whole.y)


def test_a_centre_itself_stays_where_it_is():
    truth = MinFunnelsTruth(dimension=2, funnels=4)
    lowest = truth.cones.heights.argmin()
    y = truth.cones.centres[lowest : lowest + 1]
    pairs = truth.transport(y)
    assert torch.equal(pairs.x, y)
    assert float(pairs.gradient.norm()) == 1


def test_points_of_p_stay_in_the_cube_and_gather_at_the_centres():
    truth = MinFunnelsTruth(dimension=2, funnels=4)
    x = truth.sample("p", 4000, torch.Generator().manual_seed(0))
    assert x.abs().max() <= 2.5
    nearest = torch.cdist(x, truth.cones.centres).amin(dim=1)
    assert (nearest < 1e-3).double().mean() > 0.1
