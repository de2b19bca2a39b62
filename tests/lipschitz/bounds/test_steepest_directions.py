"""Directions: unit length, duality, reach."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.bounds.steepest_directions import column, dual, pick, reach, unit
from lipschitz.testing.strategies import norms, seeds, tensors, weights

ORDER = {2: 2, 1: math.inf, math.inf: 1}


@given(weights((3, 4)))
def test_unit_vectors_have_length_one_and_keep_their_direction(directions):
    units = unit(directions)
    lengths = directions.norm(dim=1)
    for row, length, result in zip(directions, lengths, units, strict=True):
        if length > 1e-20:
            torch.testing.assert_close(result * length, row)
        assert float(result.norm()) == pytest.approx(1 if length > 1e-20 else 0, abs=1e-6)


def test_a_sample_is_normalized_over_all_leaves():
    units = unit({"a": torch.tensor([[3.0]]), "b": torch.tensor([[[4.0]]])})
    assert float(units["a"]) == pytest.approx(0.6)
    assert float(units["b"]) == pytest.approx(0.8)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_what_is_not_finite_or_zero_gives_no_direction(dtype):
    given_ = torch.tensor([[math.nan, math.inf], [0, 0]], dtype=dtype)
    assert torch.equal(unit(given_), torch.zeros(2, 2, dtype=dtype))


@given(gradient=weights((2, 5)), norm=norms())
def test_a_gradient_rises_along_its_dual_as_fast_as_its_dual_norm_says(gradient, norm):
    direction = dual(gradient, norm)
    for g, v in zip(gradient, direction, strict=True):
        # Hoelder's inequality, with equality.
        length = torch.linalg.vector_norm(v, ord=norm) * torch.linalg.vector_norm(g, ord=ORDER[norm])
        torch.testing.assert_close(g @ v, length)
    assert torch.equal(direction == 0, gradient == 0) or norm == 1


def test_of_several_leaves_the_largest_entry_counts():
    direction = dual((torch.tensor([[1.0, -2.0]]), torch.tensor([[3.0]])), 1)
    assert [leaf.tolist() for leaf in direction] == [[[0.0, 0.0]], [[1.0]]]


@given(st.data(), seeds())
def test_reach_does_not_depend_on_where_the_points_lie(data, seed):
    points = data.draw(tensors((200, 3), scale=2.0))
    assert reach(points) == pytest.approx(2 * 3**0.5, rel=0.3)
    shift = torch.randn(3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    assert reach(points + 100 * shift) == pytest.approx(reach(points), rel=1e-9)
    assert reach((points[:, :1], points[:, 1:])) == pytest.approx(reach(points), rel=1e-9)


def test_points_without_spread_reach_as_far_as_the_origin():
    assert reach(torch.full((3, 2), 2.0)) == pytest.approx(8**0.5)
    assert reach(torch.zeros(3, 2)) == 1


def test_samples_are_picked_from_every_leaf():
    tree = (torch.arange(3), {"b": torch.arange(6).reshape(3, 2)})
    first, rest = pick(tree, torch.tensor([2, 0, 0]))
    assert (first.tolist(), rest["b"].tolist()) == ([2, 0, 0], [[4, 5], [0, 1], [0, 1]])


def test_a_column_applies_to_whole_samples_and_masks_stay_masks():
    values = torch.tensor([1.0, 2.0])
    assert (torch.ones(2, 2, 3, dtype=torch.float16) * column(values, torch.ones(2, 2, 3))).shape == (2, 2, 3)
    assert column(values, torch.ones(2, 1, dtype=torch.float16)).dtype == torch.float16
    assert column(values > 1, torch.ones(2, 4)).dtype == torch.bool
