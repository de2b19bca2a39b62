"""The formula against closed forms and an independent matrix root."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz_trainers.metrics.frechet_distance import frechet_distance


def exactly(mean, covariance, n, seed):
    """Return points, shape (n, d), float64, whose own mean and covariance are the given ones up to rounding."""
    d = len(mean)
    x = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    x = x - x.mean(dim=0)
    white = torch.linalg.solve_triangular(torch.linalg.cholesky(x.T @ x / (n - 1)), x.T, upper=False).T
    return mean + white @ torch.linalg.cholesky(covariance).T


def diagonal(values):
    return torch.diag(torch.tensor(values, dtype=torch.float64))


@given(
    st.integers(1, 6).flatmap(
        lambda d: st.tuples(*[st.lists(st.floats(0.1, 10), min_size=d, max_size=d) for _ in range(2)])
    ),
    st.floats(-5, 5),
    st.integers(0, 2**31),
)
def test_gaussians_with_the_same_axes(variances, shift, seed):
    a, b = variances
    mean = torch.zeros(len(a), dtype=torch.float64)
    first = exactly(mean, diagonal(a), 30, seed)
    second = exactly(mean + shift, diagonal(b), 40, seed + 1)
    spread = sum((x**0.5 - y**0.5) ** 2 for x, y in zip(a, b, strict=True))
    expected = len(a) * shift**2 + spread
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-6, abs=1e-5)


def by_root(a, b):
    """Return the distance with scipy's root of a matrix."""
    a, b = a.double().numpy(), b.double().numpy()
    c, d = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(c @ d).real
    return ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum() + np.trace(c + d - 2 * root)


@given(st.integers(2, 12), st.floats(0.2, 5), st.integers(0, 2**31))
def test_any_gaussians(d, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(d, d, generator=generator)
    a = torch.randn(60, d, generator=generator) @ mix
    b = scale * torch.randn(50, d, generator=generator) + 1
    assert frechet_distance(a, b) == pytest.approx(by_root(a, b), rel=1e-4)


@given(st.integers(3, 20), st.integers(0, 2**31))
def test_fewer_images_than_features(n, seed):
    """With A and B the centred rows, the trace of the root is the nuclear norm of A B^T."""
    generator = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(n, 40, generator=generator, dtype=torch.float64) for _ in range(2))
    x, y = (z - z.mean(dim=0) for z in (a, b))
    root = torch.linalg.svdvals(x @ y.T).sum() / (n - 1)
    traces = (x.square().sum() + y.square().sum()) / (n - 1)
    expected = (a.mean(dim=0) - b.mean(dim=0)).square().sum() + traces - 2 * root
    assert frechet_distance(a, b) == pytest.approx(float(expected), rel=1e-4)


@given(st.integers(0, 2**31))
def test_it_is_a_squared_distance(seed):
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn(30, 5, generator=generator), 2 * torch.randn(30, 5, generator=generator)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-5)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-6)
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * frechet_distance(a, b), rel=1e-6)
    far = torch.full((5,), 1e4, dtype=torch.float64)
    moved = frechet_distance(a.double() + far, b.double() + far)
    assert moved == pytest.approx(frechet_distance(a, b), rel=1e-5)


@pytest.mark.parametrize(
    ("a", "b"), [((1, 3), (4, 3)), ((4, 3), (4, 2)), ((4,), (4,)), ((0, 3), (4, 3))], ids=str
)
def test_sets_that_do_not_fit_are_refused(a, b):
    with pytest.raises(DataError, match="at least 2 feature vectors"):
        frechet_distance(torch.zeros(a), torch.zeros(b))
