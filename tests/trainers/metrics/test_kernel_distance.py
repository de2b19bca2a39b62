"""The unbiased estimate against plain loops."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz_trainers.metrics.kernel_distance import kernel_distance


def by_loops(a, b):
    a, b = a.double().tolist(), b.double().tolist()

    def kernel(x, y):
        return (sum(p * q for p, q in zip(x, y, strict=True)) / len(x) + 1) ** 3

    def within(rows):
        n = len(rows)
        return sum(kernel(rows[i], rows[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))

    between = sum(kernel(x, y) for x in a for y in b) / (len(a) * len(b))
    return within(a) + within(b) - 2 * between


@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 2**31))
def test_all_images_in_one_subset(n, d, seed):
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn(n, d, generator=generator), torch.randn(n, d, generator=generator) + 0.5
    mean, std = kernel_distance(a, b, subsets=4, subset_size=1000, seed=seed)
    assert mean == pytest.approx(by_loops(a, b), rel=1e-9, abs=1e-9)
    assert std == pytest.approx(0, abs=1e-9)


def test_subsets_are_random():
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(400, 4, generator=generator) for _ in range(2))
    mean, std = kernel_distance(a, b, subsets=100, subset_size=40)
    assert std > 0
    assert (mean, std) == kernel_distance(a, b, subsets=100, subset_size=40)
    assert (mean, std) != kernel_distance(a, b, subsets=100, subset_size=40, seed=1)
    assert kernel_distance(a, b + 1, subsets=100, subset_size=40)[0] > 3 * std


def test_equal_distributions_get_zero_in_the_mean_at_any_number_of_images():
    generator = torch.Generator().manual_seed(0)
    found = torch.tensor(
        [
            kernel_distance(*torch.randn(2, 6, 3, generator=generator), subsets=1, subset_size=6)[0]
            for _ in range(300)
        ]
    )
    error = float(found.std()) / len(found) ** 0.5
    assert abs(float(found.mean())) < 4 * error
    assert (found < 0).any()


@pytest.mark.parametrize(("a", "b"), [((1, 3), (4, 3)), ((4, 3), (4, 2)), ((4,), (4,))], ids=str)
def test_sets_that_do_not_fit_are_refused(a, b):
    with pytest.raises(DataError, match="at least 2 feature vectors"):
        kernel_distance(torch.zeros(a), torch.zeros(b), subsets=1, subset_size=2)
