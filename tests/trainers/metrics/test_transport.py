"""The exact distance against brute force and against what a metric must satisfy."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError, LipschitzError
from lipschitz_trainers.data import EightGaussians
from lipschitz_trainers.metrics import exact_w1, transport

sizes = st.integers(1, 12)
dimensions = st.sampled_from([1, 2, 3, 17, 40])  # both ways of computing distances
seeds = st.integers(0, 2**31)


def draw(n, dimension, seed):
    return torch.randn(n, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def close(value):
    return pytest.approx(value, rel=1e-6, abs=1e-7)


@settings(deadline=None)
@given(st.integers(1, 6), dimensions, seeds)
def test_it_is_the_best_of_all_pairings(n, dimension, seed):
    a, b = draw(n, dimension, seed), draw(n, dimension, seed + 1)
    costs = torch.stack([torch.stack([(x - y).norm() for y in b]) for x in a])
    best = min(float(costs[range(n), list(order)].mean()) for order in itertools.permutations(range(n)))
    assert exact_w1(a, b) == close(best)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=30))
def test_on_the_line_it_is_the_distance_of_the_sorted_samples(pairs):
    a, b = torch.tensor(pairs, dtype=torch.float64).T
    want = sum(abs(x - y) for x, y in zip(sorted(a.tolist()), sorted(b.tolist()), strict=True)) / len(pairs)
    assert exact_w1(a, b) == close(want)
    in_the_plane = [torch.stack([x, torch.zeros_like(x)], dim=1) for x in (a, b)]
    assert exact_w1(*in_the_plane) == close(want), "the solver and the formula must agree"


@settings(deadline=None)
@given(sizes, sizes, st.sampled_from([1, 2, 17]), st.floats(-2, 2), seeds)
def test_unequal_sizes_equal_repeated_samples(n, m, dimension, shift, seed):
    a, b = draw(n, dimension, seed), draw(m, dimension, seed + 1) + shift
    assert exact_w1(a, b) == close(exact_w1(a.repeat(m, 1), b.repeat(n, 1)))


@settings(deadline=None)
@given(sizes, sizes, dimensions, seeds, st.floats(-50, 50))
def test_a_translation_costs_its_length(n, m, dimension, seed, length):
    a = draw(n, dimension, seed)
    step = length * torch.nn.functional.normalize(draw(1, dimension, seed + 1))
    assert exact_w1(a, a + step) == close(abs(length))
    b = draw(m, dimension, seed + 2)
    assert exact_w1(a + step, b + step) == close(exact_w1(a, b)), "moving both changes nothing"


@settings(deadline=None)
@given(sizes, sizes, sizes, dimensions, seeds)
def test_it_is_a_metric(n, m, k, dimension, seed):
    a, b, c = draw(n, dimension, seed), draw(m, dimension, seed + 1), draw(k, dimension, seed + 2)
    ab, bc, ac = exact_w1(a, b), exact_w1(b, c), exact_w1(a, c)
    assert ab >= 0
    assert exact_w1(a, a[torch.randperm(n)]) == close(0)
    assert exact_w1(b, a) == close(ab)
    assert ac <= ab + bc + 1e-9, f"triangle: {ac} > {ab} + {bc}"


@settings(deadline=None)
@given(sizes, st.sampled_from([1, 2, 17]), seeds, st.integers(-15, 30))
def test_it_scales_with_the_data_down_to_the_smallest_and_up_to_the_largest(n, dimension, seed, exponent):
    a, b, scale = draw(n, dimension, seed), draw(n, dimension, seed + 1), 10.0**exponent
    assert exact_w1(a * scale, b * scale) / scale == close(exact_w1(a, b))


@settings(deadline=None)
@given(sizes, sizes, dimensions, seeds, st.sampled_from([-305, -200, -150, -99, 99, 150, 200, 300]))
def test_it_scales_with_the_data_to_the_ends_of_float64(n, m, dimension, seed, exponent):
    a, b, scale = draw(n, dimension, seed), draw(m, dimension, seed + 1), 10.0**exponent
    assert exact_w1(a * scale, b * scale) / scale == close(exact_w1(a, b))


def test_a_large_offset_of_one_coordinate_does_not_hide_the_others():
    a, b = draw(7, 2, 0) * 1e-200, draw(5, 2, 1) * 1e-200
    moved = [torch.cat([torch.full((len(x), 1), 1e200, dtype=torch.float64), x], dim=1) for x in (a, b)]
    assert exact_w1(*moved) / 1e-200 == close(exact_w1(a, b) / 1e-200)


@pytest.mark.parametrize("dimension", [1, 2, 40])
def test_distances_beyond_float64_are_refused(dimension):
    a = torch.full((3, dimension), 1.7e308, dtype=torch.float64)
    for b in (-a, -a[:2]):
        with pytest.raises(DataError, match="lie further apart than float64 can tell"):
            exact_w1(a, b)


@settings(deadline=None)
@given(st.floats(0.1, 3), st.floats(-5, 5), seeds)
def test_normals_of_one_width_are_as_far_apart_as_their_means(std, mean, seed):
    z = torch.randn(20_000, generator=torch.Generator().manual_seed(seed))
    other = torch.randn(20_000, generator=torch.Generator().manual_seed(seed + 1))
    assert exact_w1(z * std, other * std + mean) == pytest.approx(abs(mean), abs=0.06 * std)


def test_images_are_flattened():
    a, b = draw(6, 48, 0), draw(6, 48, 1)
    assert exact_w1(a.reshape(6, 3, 4, 4), b.reshape(6, 3, 4, 4)) == close(exact_w1(a, b))


def test_parallel_lines_are_as_far_apart_as_they_look():
    # Arjovsky et al. 2017, arXiv 1701.07875, example 1.
    z = torch.rand(200, generator=torch.Generator().manual_seed(0))
    for theta in (-1.0, 0.0, 0.5):
        moved = torch.stack([torch.full_like(z, theta), z], dim=1)
        assert exact_w1(torch.stack([torch.zeros_like(z), z], dim=1), moved) == close(abs(theta))


def test_added_noise_moves_the_data_no_further_than_its_mean_length():
    generator = torch.Generator().manual_seed(0)
    x = EightGaussians().open().held_out(600, generator).x
    assert exact_w1(x, x + torch.randn(x.shape, generator=generator)) < math.sqrt(math.pi / 2) * 1.05


def test_an_early_stop_of_the_solver_is_an_error(monkeypatch):
    monkeypatch.setattr(transport, "MAX_ITERATIONS", 3)
    with pytest.raises(LipschitzError, match=r"between 50 and 40 samples was not found: numItermax"):
        exact_w1(draw(50, 2, 0), draw(40, 2, 1))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (torch.zeros(3, 2), torch.zeros(3, 5), "got 2 and 5"),
        (torch.zeros(0, 2), torch.zeros(3, 2), "the first sample .* not be empty"),
        (torch.zeros(3, 2), torch.tensor(1.0), "the second sample"),
        (torch.zeros(3, 2), torch.tensor([[1.0, torch.nan]]), "the second sample must hold finite"),
    ],
)
def test_samples_without_a_distance_are_refused(a, b, message):
    with pytest.raises(DataError, match=message):
        exact_w1(a, b)
