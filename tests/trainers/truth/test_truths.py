"""What holds for every known truth: its potential is 1-Lipschitz and its plan optimal."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import BatchError, FieldError
from lipschitz_trainers.metrics import exact_w1
from lipschitz_trainers.truth import (
    ClosedForm,
    MinFunnelsTruth,
    ScaledGaussiansTruth,
    ShiftedGaussiansTruth,
    Side,
    WavySurfaceTruth,
)

TRUTHS = [
    MinFunnelsTruth(dimension=1, funnels=3),
    MinFunnelsTruth(dimension=2, funnels=4),
    MinFunnelsTruth(dimension=3, funnels=50, seed=5, power=2.5),
    MinFunnelsTruth(dimension=64, funnels=16),
    ShiftedGaussiansTruth(dimension=1, distance=0.3),
    ShiftedGaussiansTruth(dimension=20, distance=3.0, std=0.5, seed=4),
    ScaledGaussiansTruth(dimension=1, std=0.1, wide_std=2.0),
    ScaledGaussiansTruth(dimension=30),
    WavySurfaceTruth(dimension=2),
    WavySurfaceTruth(dimension=3, waves=2, frequency=3, slope=1, power=2),
    WavySurfaceTruth(dimension=40, seed=2),
]
CLOSED = [truth for truth in TRUTHS if isinstance(truth, ClosedForm)]
every = pytest.mark.parametrize("truth", TRUTHS, ids=repr)
closed = pytest.mark.parametrize("truth", CLOSED, ids=repr)


@every
def test_points_of_a_pair_lie_on_one_ray(truth, generator):
    pairs = truth.pairs(500, generator(0))
    for tensor in (pairs.x, pairs.y, pairs.gradient):
        assert tensor.shape == (500, truth.dimension)
        assert tensor.dtype == torch.float64
    ones = torch.ones(500, dtype=torch.float64)
    torch.testing.assert_close(pairs.gradient.norm(dim=1), ones, rtol=0, atol=1e-14)
    along = pairs.lengths.unsqueeze(1) * pairs.gradient
    torch.testing.assert_close(pairs.y - pairs.x, along, rtol=0, atol=1e-13)
    assert pairs.lengths.min() >= 0


@every
def test_the_plan_is_the_optimal_one_of_its_sample(truth, generator):
    """Every sample of an optimal plan is optimally coupled: no rearrangement is shorter."""
    pairs = truth.pairs(120, generator(1))
    assert exact_w1(pairs.x, pairs.y) == pytest.approx(float(pairs.lengths.mean()), rel=1e-9)


@every
def test_the_distance_is_the_mean_length(truth, generator):
    found = truth.w1()
    lengths = truth.pairs(20_000, generator(2)).lengths
    error = (float(lengths.var()) / len(lengths) + found.standard_error**2) ** 0.5
    assert abs(float(lengths.mean()) - found.value) < 4 * error + 1e-12


@every
def test_samples_of_a_side_are_those_of_the_pairs_and_a_function_of_the_generator(truth, generator):
    pairs = truth.pairs(50, generator(3))
    for side, points in (("p", pairs.x), ("q", pairs.y)):
        assert torch.equal(truth.sample(side, 50, generator(3)), points)
        assert not torch.equal(truth.sample(side, 50, generator(4)), points)


@closed
def test_the_potential_grows_by_the_length_of_a_ray(truth, generator):
    pairs = truth.pairs(2000, generator(5))
    gained = truth.potential(pairs.y) - truth.potential(pairs.x)
    torch.testing.assert_close(gained, pairs.lengths, rtol=0, atol=1e-12)


@closed
def test_the_potential_is_one_lipschitz_far_and_near(truth, generator):
    x, y = (truth.sample(side, 2000, generator(6)) for side in ("p", "q"))
    near = y + 1e-3 * torch.randn(y.shape, generator=generator(7), dtype=torch.float64)
    for a, b in ((x, y.flip(0)), (y, near), (x, 3 * x)):
        rise = (truth.potential(a) - truth.potential(b)).abs()
        assert (rise <= (a - b).norm(dim=1) * (1 + 1e-12) + 1e-12).all()


@closed
def test_the_gradient_is_that_of_the_potential_and_of_the_rays(truth, generator):
    pairs = truth.pairs(300, generator(8))
    np.testing.assert_allclose(truth.gradient(pairs.y), pairs.gradient, rtol=0, atol=1e-12)
    step, axes = 1e-6, torch.eye(truth.dimension, dtype=torch.float64)
    quotients = torch.stack(
        [
            (truth.potential(pairs.y + step * axis) - truth.potential(pairs.y - step * axis)) / (2 * step)
            for axis in axes
        ],
        dim=1,
    )
    # Points within a step of a kink are left out; few are.
    smooth = (quotients.norm(dim=1) - 1).abs() < 1e-4
    assert smooth.double().mean() > 0.98
    np.testing.assert_allclose(quotients[smooth], pairs.gradient[smooth], rtol=0, atol=1e-3)


@closed
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_points_of_any_floating_dtype_are_taken_at_their_own_value(truth, dtype, generator):
    points = truth.sample("q", 50, generator(9)).to(dtype)
    for of in (truth.potential, truth.gradient):
        assert of(points).dtype == torch.float64
        assert torch.equal(of(points), of(points.double()))


@closed
def test_points_of_another_shape_or_dtype_are_refused_by_name(truth):
    n = truth.dimension
    for of in (truth.potential, truth.gradient):
        with pytest.raises(BatchError, match=rf"shape \(n, {n}\), got \(3, {n + 1}\)"):
            of(torch.zeros(3, n + 1))
        with pytest.raises(BatchError, match=rf"shape \(n, {n}\), got \({n},\)"):
            of(torch.zeros(n))
        with pytest.raises(BatchError, match=r"floating dtype, got torch.int64; convert"):
            of(torch.zeros(3, n, dtype=torch.int64))


@closed
def test_the_potential_can_be_differentiated_by_points_of_single_precision(truth, generator):
    points = truth.sample("q", 50, generator(10)).float().requires_grad_(True)
    (found,) = torch.autograd.grad(truth.potential(points).sum(), points)
    torch.testing.assert_close(found, truth.gradient(points).detach().float(), rtol=0, atol=1e-6)


def test_sides_are_opposite_if_they_are_two_of_one_pair():
    one, other = MinFunnelsTruth(dimension=2, funnels=4), MinFunnelsTruth(dimension=2, funnels=4, seed=1)
    assert Side(one, "p").is_opposite(Side(MinFunnelsTruth(dimension=2, funnels=4), "q"))
    assert not Side(one, "p").is_opposite(Side(one, "p"))
    assert not Side(one, "p").is_opposite(Side(other, "q"))


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 60), st.floats(0.01, 1), st.floats(1.01, 3))
def test_scaled_gaussians_by_the_quantiles_of_the_radius(dimension, std, factor):
    from scipy import stats

    truth = ScaledGaussiansTruth(dimension=dimension, std=std, wide_std=std * factor)
    assert truth.w1().value == pytest.approx((factor - 1) * std * stats.chi(dimension).mean(), rel=1e-9)


def test_wrong_fields_are_refused():
    with pytest.raises(FieldError, match="wide_std must be larger than std"):
        ScaledGaussiansTruth(dimension=2, std=1.0, wide_std=1.0)
    with pytest.raises(FieldError, match="power must be > 1"):
        MinFunnelsTruth(dimension=2, funnels=4, power=1.0)
    with pytest.raises(FieldError, match="dimension must be >= 1"):
        ShiftedGaussiansTruth(dimension=0)


@every
def test_what_cannot_be_drawn_is_refused(truth, generator):
    for n in (-1, 2.5, "5", True, None):
        with pytest.raises(FieldError, match="n, the number of points to draw, must be a whole number >= 0"):
            truth.pairs(n, generator(0))
        with pytest.raises(FieldError, match="n, the number of points"):
            truth.sample("q", n, generator(0))
    for side in ("z", "P", None, ["p"]):
        with pytest.raises(FieldError, match="side must be 'p' or 'q', got"):
            truth.sample(side, 5, generator(0))
    assert truth.pairs(0, generator(0)).x.shape == truth.sample("p", 0, generator(0)).shape
    assert truth.sample("p", np.int64(3), generator(0)).shape == (3, truth.dimension)


@closed
def test_points_that_are_no_tensor_are_refused(truth):
    for points in (np.zeros((3, truth.dimension)), [[0.0] * truth.dimension], None):
        for function in (truth.potential, truth.gradient):
            with pytest.raises(
                BatchError, match="must be a tensor of shape .* convert them with torch.as_tensor"
            ):
                function(points)
