"""The definition in loops, and what it should not mind."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.metrics import density_coverage, neighbours
from lipschitz_trainers.metrics.density_coverage import density_and_coverage
from lipschitz_trainers.metrics.precision_recall import precision_and_recall


def cloud(n, d, seed):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_loops(real, fake, k):
    inside = covered = 0
    for i, centre in enumerate(real):
        radius = sorted(float((centre - other).norm()) for j, other in enumerate(real) if j != i)[k - 1]
        hits = sum(float((point - centre).norm()) <= radius for point in fake)
        inside += hits
        covered += hits > 0
    return inside / (k * len(fake)), covered / len(real)


@given(st.integers(5, 12), st.integers(1, 12), st.integers(1, 4), st.floats(0, 2), st.integers(0, 2**31))
def test_it_is_the_definition(n, m, k, shift, seed):
    real, fake = cloud(n, 2, seed), cloud(m, 2, seed + 1) + shift
    assert density_and_coverage(real, fake, k) == pytest.approx(by_loops(real, fake, k))


@given(st.integers(6, 30), st.integers(1, 8), st.integers(1, 5), st.integers(0, 2**31))
def test_equal_sets_are_covered_and_sets_far_apart_are_not(n, d, k, seed):
    real = cloud(n, d, seed).float()
    density, coverage = density_and_coverage(real, real[torch.randperm(n)], k)
    assert coverage == 1
    # Every ball holds its centre and k others, the last of them on the surface.
    assert density >= 1 - 1e-9
    assert density <= (k + 1) / k + 1e-9
    assert density_and_coverage(real, real + 1e4, k) == (0, 0)


def test_an_outlier_changes_precision_more_than_density():
    real, fake = cloud(200, 2, 0), 8 * cloud(200, 2, 1)
    with_outlier = torch.cat([real, torch.tensor([[40.0, 0.0]])])
    before, after = (precision_and_recall(x, fake, 5)[0] for x in (real, with_outlier))
    assert after - before > 0.3
    before, after = (density_and_coverage(x, fake, 5)[0] for x in (real, with_outlier))
    assert after - before < 0.25


def test_parts_give_the_same(monkeypatch):
    real, fake = cloud(50, 3, 0), cloud(40, 3, 1)
    whole = density_and_coverage(real, fake, 5)
    for module in (neighbours, density_coverage):
        monkeypatch.setattr(module, "ROWS", 7)
    assert density_and_coverage(real, fake, 5) == whole
