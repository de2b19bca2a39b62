"""Projections: in the set, idempotent bit for bit, identity inside, nearest, non-expansive."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.projections import (
    clip_,
    project_box,
    project_joint_l2_ball,
    project_l2_ball,
    project_spectral_ball,
)
from lipschitz.testing.strategies import tensors

DTYPES = [torch.float32, torch.float64]
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 4))
RADII = st.floats(0.1, 5, allow_subnormal=False)


def size_in(projection, w):
    """Return how large `w` is in the norm whose ball the projection is onto."""
    if projection is project_box:
        return float(w.abs().max())
    if projection is project_l2_ball:
        return float(w.double().square().sum().sqrt())
    return float(torch.linalg.svdvals(w.double())[0])


@pytest.fixture(
    scope="module", params=[project_box, project_l2_ball, project_spectral_ball], ids=lambda f: f.__name__
)
def projection(request):
    return request.param


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data(), shape=SHAPES, radius=RADII)
def test_the_result_is_in_the_set(projection, dtype, data, shape, radius):
    w = data.draw(tensors(shape, scale=3.0, dtype=dtype))
    got = projection(w, radius)
    assert got.dtype is dtype
    assert got.shape == w.shape
    assert size_in(projection, got) <= radius * (1 + 8 * torch.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data(), shape=SHAPES, radius=RADII)
def test_twice_is_once(projection, dtype, data, shape, radius):
    once = projection(data.draw(tensors(shape, scale=3.0, dtype=dtype)), radius)
    assert torch.equal(projection(once, radius), once)


@pytest.mark.parametrize("dtype", [*DTYPES, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, 700), (40, 300), (120, 120), (300, 5)])
@pytest.mark.parametrize("radius", [0.01, 1.0, 0.3])
def test_twice_is_once_for_large_matrices_too(projection, dtype, shape, radius):
    for scale in (1.0, 1e4):
        w = (scale * torch.randn(shape, dtype=torch.float64)).to(dtype)
        once = projection(w, radius)
        assert torch.equal(projection(once, radius), once)
        # In the set to the last bit; a box's bound is rounded to the tensor's precision.
        slack = torch.finfo(dtype).eps if projection is project_box else 1e-14
        assert size_in(projection, once) <= radius * (1 + slack)
        if projection is not project_box:
            assert size_in(projection, once) >= radius * (1 - max(40 * torch.finfo(dtype).eps, 1e-12))


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data(), shape=SHAPES, radius=RADII, share=st.floats(0, 0.99))
def test_a_tensor_inside_is_returned_bit_for_bit(projection, dtype, data, shape, radius, share):
    w = data.draw(tensors(shape, dtype=dtype))
    w = w * (share * radius / size_in(projection, w))
    assert torch.equal(projection(w, radius), w)


@given(data=st.data(), shape=SHAPES, radius=RADII)
def test_no_point_of_the_set_is_nearer(projection, data, shape, radius):
    w = data.draw(tensors(shape, scale=3.0))
    got = projection(w, radius)
    # Two points of the set: one drawn anywhere, one close to the projection.
    far = data.draw(tensors(shape))
    near = got + 0.01 * data.draw(tensors(shape))
    for v in (far, near):
        v *= min(1.0, radius / size_in(projection, v))
        assert (w - got).norm() <= (w - v).norm() * (1 + 1e-12)
        # For a convex set: the nearest point sees the whole set at an obtuse angle.
        assert ((w - got) * (v - got)).sum() <= 1e-10 * (1 + w.norm() ** 2)


@given(data=st.data(), shape=SHAPES, radius=RADII)
def test_distances_do_not_grow(projection, data, shape, radius):
    a, b = data.draw(tensors(shape, scale=3.0)), data.draw(tensors(shape, scale=3.0))
    assert (projection(a, radius) - projection(b, radius)).norm() <= (a - b).norm() * (1 + 1e-12)


@given(data=st.data(), shapes=st.lists(SHAPES, min_size=1, max_size=4), radius=RADII)
def test_a_joint_projection_is_that_of_all_entries_laid_end_to_end(data, shapes, radius):
    parts = [data.draw(tensors(shape, scale=2.0)) for shape in shapes]
    got = torch.cat([part.flatten() for part in project_joint_l2_ball(parts, radius)])
    want = project_l2_ball(torch.cat([part.flatten() for part in parts]), radius)
    torch.testing.assert_close(got, want, rtol=1e-13, atol=0)


@given(data=st.data(), shape=SHAPES, radius=RADII)
def test_singular_values_are_clipped_and_singular_vectors_stay(data, shape, radius):
    w = data.draw(tensors(shape, scale=3.0))
    got = project_spectral_ball(w, radius)
    u, s, vh = torch.linalg.svd(w, full_matrices=False)
    torch.testing.assert_close(got, (u * s.clamp(max=radius)) @ vh, rtol=1e-12, atol=1e-12)


def test_what_is_not_finite_comes_back_as_it_is():
    w = torch.tensor([[torch.nan, 1.0], [torch.inf, 5.0]])
    assert torch.equal(project_spectral_ball(w, 1.0).isnan(), w.isnan())
    assert project_spectral_ball(w, 1.0)[1, 1] == 5


def test_no_values_are_needed(projection):
    w = torch.zeros(3, 2, device="meta")
    assert projection(w, 1.0).shape == (3, 2)


def test_zero_is_inside(projection):
    zero = torch.zeros(2, 3)
    assert torch.equal(projection(zero, 1.0), zero)


def test_projections_are_pure(projection):
    w = torch.full((2, 2), 3.0)
    projection(w, 1.0)
    assert torch.equal(w, torch.full((2, 2), 3.0))


@given(data=st.data(), bound=RADII)
def test_clip_changes_parameters_in_place(data, bound):
    parameters = [torch.nn.Parameter(data.draw(tensors(shape, scale=3.0))) for shape in [(2, 3), (4,)]]
    want = [project_box(p.detach(), bound).clone() for p in parameters]
    storage = [p.data_ptr() for p in parameters]
    clip_(iter(parameters), bound)
    for got, value, pointer in zip(parameters, want, storage, strict=True):
        assert torch.equal(got.detach(), value)
        assert got.data_ptr() == pointer
        assert got.is_leaf
        assert got.requires_grad
