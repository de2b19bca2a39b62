"""The definition in loops, and its limits."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.metrics.precision_recall import harmonic_mean, precision_and_recall


def cloud(n, d, seed):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def share_inside(points, centres, k):
    inside = 0
    for point in points:
        for i, centre in enumerate(centres):
            others = sorted(float((centre - other).norm()) for j, other in enumerate(centres) if j != i)
            if float((point - centre).norm()) <= others[k - 1]:
                inside += 1
                break
    return inside / len(points)


@given(st.integers(4, 12), st.integers(4, 12), st.integers(1, 3), st.floats(0, 2), st.integers(0, 2**31))
def test_it_is_the_definition(n, m, k, shift, seed):
    real, fake = cloud(n, 2, seed), cloud(m, 2, seed + 1) + shift
    expected = share_inside(fake, real, k), share_inside(real, fake, k)
    assert precision_and_recall(real, fake, k) == pytest.approx(expected)


@given(st.integers(5, 30), st.integers(1, 8), st.integers(1, 4), st.integers(0, 2**31))
def test_equal_sets_get_one_and_sets_far_apart_zero(n, d, k, seed):
    real = cloud(n, d, seed).float()
    assert precision_and_recall(real, real[torch.randperm(n)], k) == (1, 1)
    assert precision_and_recall(real, real + 1e4, k) == (0, 0)


def test_one_good_image_has_precision_and_no_recall():
    real = cloud(50, 3, 0)
    precision, recall = precision_and_recall(real, real[:1].expand(50, 3) + 0, 3)
    assert precision == 1
    assert recall <= 0.02
    spread = torch.cat([real, 100 * cloud(150, 3, 1)])
    precision, recall = precision_and_recall(real, spread, 3)
    assert precision < 0.4
    assert recall == 1


def test_the_harmonic_mean_is_no_better_than_the_worse():
    assert harmonic_mean(0.0, 1.0) == 0
    assert harmonic_mean(0.5, 0.5) == 0.5
    assert harmonic_mean(0.2, 0.8) == pytest.approx(0.32)
