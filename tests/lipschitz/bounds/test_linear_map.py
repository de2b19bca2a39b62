"""Operator norms of maps given as functions: from the matrix where it fits, bounded otherwise."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import BoundError
from lipschitz.bounds import linear_map
from lipschitz.bounds.linear_map import LinearMap, fits_a_matrix, matrix_of, norm_of_matrix, operator_norm_of
from lipschitz.testing.strategies import norms, seeds, tensors


def map_of(matrix):
    return LinearMap((matrix.shape[1],), lambda x: matrix @ x, lambda x: matrix.abs() @ x)


@given(data=st.data(), rows=st.integers(1, 12), columns=st.integers(1, 12), norm=norms())
def test_small_maps_have_the_norm_of_their_matrix(data, rows, columns, norm):
    matrix = data.draw(tensors((rows, columns)))
    torch.testing.assert_close(matrix_of(map_of(matrix)), matrix, rtol=1e-12, atol=1e-12)
    exact = float(torch.linalg.matrix_norm(matrix, ord=norm))
    for bound in (operator_norm_of(map_of(matrix), norm), norm_of_matrix(matrix, norm)):
        assert exact <= bound <= exact * (1 + 1e-9)


@given(data=st.data(), rows=st.integers(1, 30), columns=st.integers(1, 30), norm=norms())
def test_large_maps_are_bounded_without_their_matrix(data, rows, columns, norm):
    matrix = data.draw(tensors((rows, columns)))
    exact = float(torch.linalg.matrix_norm(matrix, ord=norm))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear_map, "DENSE", 0)
        assert not fits_a_matrix(rows, columns)
        bound = operator_norm_of(map_of(matrix), norm, tolerance=1e-3)
    assert exact * (1 - 1e-12) <= bound <= exact * (1.001 if norm == 2 else 1 + 1e-9)


def test_a_matrix_fits_by_its_smaller_side_and_its_entries():
    assert fits_a_matrix(1024, 1024)
    assert fits_a_matrix(1, 2**24)
    assert not fits_a_matrix(1025, 1025)
    assert not fits_a_matrix(1024, 2**20)


@pytest.mark.parametrize("dense", [0, 1024])
def test_zero_and_not_finite(dense, norm, monkeypatch):
    monkeypatch.setattr(linear_map, "DENSE", dense)
    assert operator_norm_of(map_of(torch.zeros(3, 3).double()), norm) == 0.0
    for value in (math.nan, math.inf):
        with pytest.raises(BoundError, match="not finite"):
            operator_norm_of(map_of(torch.full((3, 3), value).double()), norm)


def test_maps_without_a_batching_rule_are_applied_row_by_row(norm):
    def apply(x):
        return torch.stack([x[i] * (i + 1) for i in range(3) if x.numel() and int(torch.tensor(1).item())])

    def stubborn(x):
        if torch._C._functorch.is_batchedtensor(x):
            raise RuntimeError("no batching rule")
        return apply(x)

    assert operator_norm_of(LinearMap((3,), stubborn, apply), norm) == pytest.approx(3.0)


@given(seed=seeds())
def test_rank_deficient_maps(seed):
    column = torch.randn(20, 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    exact = float(column.norm() ** 2)
    assert operator_norm_of(map_of(column @ column.T), 2) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("size", [1e-200, 1e-160, 1e-30, 1e30, 1e160, 1e200])
def test_norms_of_tiny_and_huge_matrices_neither_vanish_nor_overflow(size):
    torch.manual_seed(0)
    matrix = torch.randn(4, 3, dtype=torch.float64)
    expected = size * float(torch.linalg.matrix_norm(matrix, ord=2))
    assert norm_of_matrix(size * matrix, 2) == pytest.approx(expected, rel=1e-10)
