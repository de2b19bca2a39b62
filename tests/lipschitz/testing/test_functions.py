"""Functions of known slope: quotients at most 1, gradients of the norm they claim, closed forms."""

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from lipschitz import FieldError
from lipschitz.testing import functions
from lipschitz.testing.strategies import one_lipschitz_functions, seeds, tensors, weights


def points(data, dimension, size=10):
    generator = torch.Generator().manual_seed(data.draw(seeds()))
    return 5 * torch.randn(size, dimension, generator=generator, dtype=torch.float64)


@given(one_lipschitz_functions(), st.data())
def test_no_quotient_exceeds_one(function, data):
    cloud = points(data, function.dimension)
    values = function(cloud)
    rise = (values[:, None] - values[None]).abs()
    run = (cloud[:, None] - cloud[None]).norm(dim=2)
    assert (rise <= run * (1 + 1e-12) + 1e-12).all(), function.description


@given(one_lipschitz_functions(), st.data())
def test_gradients_have_the_claimed_norm(function, data):
    cloud = points(data, function.dimension).requires_grad_()
    (gradient,) = torch.autograd.grad(function(cloud).sum(), cloud)
    norms = gradient.norm(dim=1)
    assert (norms <= 1 + 1e-12).all()
    if function.slope is not None:
        torch.testing.assert_close(norms, torch.full_like(norms, function.slope), rtol=1e-12, atol=0)


@given(one_lipschitz_functions(), st.data())
def test_one_point_at_a_time_gives_the_same_values_in_the_same_dtype(function, data):
    cloud = points(data, function.dimension)
    assert function(cloud).shape == (10,)
    alone = torch.cat([function(point[None]) for point in cloud])
    torch.testing.assert_close(alone, function(cloud), rtol=1e-12, atol=1e-12)
    assert function(cloud.float()).dtype is torch.float32


@given(weights((3, 2)), weights((3,)), st.data())
def test_funnels_are_the_minimum_over_centers(centers, heights, data):
    cloud = points(data, 2, 4)
    got = functions.min_funnels(centers, heights)(cloud)
    for value, x in zip(got.tolist(), cloud.tolist(), strict=True):
        want = min(math.dist(x, c) + h for c, h in zip(centers.tolist(), heights.tolist(), strict=True))
        assert value == pytest.approx(want, rel=1e-12, abs=1e-12)


@given(weights((2, 3)))
def test_distance_is_zero_at_the_centers(centers):
    assert functions.distance_to(centers)(centers).tolist() == [0.0, 0.0]


@given(weights((4,)), weights((5, 4)))
def test_closed_forms(direction, cloud):
    assume(direction.norm() > 1e-6)
    w = direction / direction.norm()
    torch.testing.assert_close(functions.unit_linear(direction, 2.0)(cloud), cloud @ w + 2)
    torch.testing.assert_close(functions.absolute_projection(direction)(cloud), (cloud @ w).abs())
    assert functions.largest_coordinate(4)(cloud).tolist() == [max(row) for row in cloud.tolist()]
    torch.testing.assert_close(functions.euclidean_norm(4)(cloud), cloud.square().sum(1).sqrt())


@given(weights((6,)))
def test_sorting_pairs_permutes_within_pairs(x):
    got = functions.sort_pairs(x[None])[0].tolist()
    for i in range(0, 6, 2):
        assert got[i : i + 2] == sorted(x[i : i + 2].tolist())


@given(tensors((2, 3, 3)), weights((3,)), st.sampled_from(["abs", "sort_pairs"]))
def test_networks_that_keep_lengths_have_slope_one(rotations, direction, activation):
    network = functions.orthogonal_network(rotations, direction, activation)
    assert network.slope == 1
    assert network.dimension == 3
    assert functions.orthogonal_network(rotations, direction, "relu").slope is None


def test_unknown_activations_are_refused():
    with pytest.raises(FieldError, match="activation must be one of relu, abs, sort_pairs, got 'tanh'"):
        functions.orthogonal_network(torch.eye(2)[None], torch.ones(2), "tanh")


def test_a_zero_vector_has_the_direction_of_the_first_axis():
    assert functions.unit(torch.zeros(3)).tolist() == [1.0, 0.0, 0.0]
