"""Per-sample gradients and slopes against closed forms, and the laws they obey."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import (
    gradient_norms,
    input_gradients,
)
from lipschitz.testing.strategies import batches, critics, norms, weights

ENGINES = ["auto", "vmap", "batched", "loop"]


@pytest.mark.parametrize("engine", ENGINES)
@given(w=weights((3,)), offset=st.floats(-5, 5), batch=batches(shape=(3,)))
def test_gradient_of_a_linear_critic_is_its_weight(engine, w, offset, batch):
    got = input_gradients(lambda x: x @ w + offset, batch.real, engine=engine)
    assert torch.equal(got, w.expand(batch.size, 3))
    norm = math.sqrt(sum(v * v for v in w.tolist()))
    assert gradient_norms(lambda x: x @ w, batch.real, engine=engine).tolist() == pytest.approx(
        [norm] * batch.size
    )


@given(weights((3,)), batches(shape=(3,)), norms())
def test_slope_of_a_linear_critic_is_the_dual_norm_of_its_weight(w, batch, norm):
    want = {2.0: w.square().sum().sqrt(), 1.0: w.abs().max(), math.inf: w.abs().sum()}[norm]
    got = gradient_norms(lambda x: x @ w, batch.real, norm=norm)
    torch.testing.assert_close(got, want.expand(batch.size))


@given(weights((3,)), weights((3,)), batches(shape=(3,)), norms())
def test_slope_bounds_the_difference_quotient_in_that_norm(w, step, batch, norm):
    slope = gradient_norms(lambda x: x @ w, batch.real, norm=norm)[0]
    size = torch.linalg.vector_norm(step, ord=norm)
    assert (step @ w).abs() <= slope * size * (1 + 1e-12) + 1e-12


exponents = st.floats(1.02, 50)


@given(weights((3,)), batches(shape=(3,)), exponents)
def test_slope_in_any_norm_is_the_dual_norm_of_the_weight(w, batch, norm):
    order = 1 / (1 - 1 / norm)
    largest = max(abs(v) for v in w.tolist()) or 1.0
    want = largest * sum((abs(v) / largest) ** order for v in w.tolist()) ** (1 / order)
    w.requires_grad_()
    got = gradient_norms(lambda x: x @ w, batch.real, norm=norm)
    assert got.tolist() == pytest.approx([want] * batch.size, rel=1e-9, abs=1e-12)
    # The derivative is the vector of dual norm 1 that attains the norm (zero for the zero vector).
    (derivative,) = torch.autograd.grad(got[0], w)
    assert derivative.isfinite().all()
    assert (derivative @ w).item() == pytest.approx(want if w.any() else 0.0, rel=1e-8, abs=1e-12)
    if w.any():
        assert torch.linalg.vector_norm(derivative, ord=norm).item() == pytest.approx(1.0, rel=1e-6)


@given(weights((3,)), weights((3,)), batches(shape=(3,)), exponents)
def test_slope_bounds_the_difference_quotient_in_any_norm(w, step, batch, norm):
    slope = gradient_norms(lambda x: x @ w, batch.real, norm=norm)[0]
    size = torch.linalg.vector_norm(step, ord=norm)
    assert (step @ w).abs() <= slope * size * (1 + 1e-9) + 1e-9


def test_norms_of_high_order_do_not_underflow():
    critic = nn.Linear(2, 1, bias=False)
    nn.init.constant_(critic.weight, 1e-6)
    slope = gradient_norms(critic, torch.zeros(1, 2), norm=1.05)  # the gradient's norm is of order 21
    torch.testing.assert_close(slope, torch.tensor([1e-6 * 2 ** (1 / 21)]), rtol=1e-5, atol=0)


def test_any_norm_of_a_tree_is_over_all_leaves():
    points = (torch.zeros(2, 1), torch.zeros(2))
    got = gradient_norms(lambda p: 3 * p[0][:, 0] + 4 * p[1], points, norm=1.5)
    torch.testing.assert_close(got, torch.full((2,), (27 + 64) ** (1 / 3)))


# T4: the gradient of ||x||^2 / 2 is x.


@pytest.mark.parametrize("engine", ENGINES)
@given(batch=batches(shape=(2, 3)))
def test_gradient_of_half_the_squared_norm_is_the_point(engine, batch):
    got = gradient_norms(lambda x: x.square().flatten(1).sum(1) / 2, batch.real, engine=engine)
    torch.testing.assert_close(got, batch.real.flatten(1).square().sum(1).sqrt())


# T5: without coupling the gradient of the sum is the per-sample gradient; with batch normalization it is not.


@given(critics(shape=(3,)), batches(shape=(3,), min_size=2))
def test_gradient_of_the_sum_is_the_per_sample_gradient(critic, batch):
    x = batch.real.clone().requires_grad_()
    (of_sum,) = torch.autograd.grad(critic(x).sum(), x)
    torch.testing.assert_close(input_gradients(critic, batch.real), of_sum, rtol=1e-10, atol=1e-12)


def test_gradient_of_the_sum_vanishes_behind_batch_normalization():
    critic = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 1)).double()
    points = torch.randn(32, 2, dtype=torch.float64)
    assert gradient_norms(critic, points, engine="batched").max() < 1e-4
    assert gradient_norms(critic.eval(), points).min() > 0.01, "the slope of the function of one sample"


@given(critics(shape=(2,)), batches(shape=(2,), min_size=2), st.data())
def test_permuting_the_samples_permutes_the_gradients(critic, batch, data):
    order = data.draw(st.permutations(range(batch.size)))
    whole = input_gradients(critic, batch.real)
    torch.testing.assert_close(
        input_gradients(critic, batch.real[order]), whole[order], rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("engine", ENGINES)
@given(critic=critics(shape=(2,)), batch=batches(shape=(2,), min_size=2))
def test_a_row_does_not_notice_the_other_samples(engine, critic, batch):
    changed = batch.real.clone()
    changed[1:] = batch.fake[1:] * 5
    before, after = (input_gradients(critic, x, engine=engine)[0] for x in (batch.real, changed))
    torch.testing.assert_close(before, after, rtol=1e-10, atol=1e-12)


@given(critics(shape=(2,)), batches(shape=(2,)), st.floats(-10, 10))
def test_slopes_scale_with_the_critic(critic, batch, factor):
    scaled = gradient_norms(lambda x: factor * critic(x), batch.real)
    torch.testing.assert_close(scaled, abs(factor) * gradient_norms(critic, batch.real))


@given(critics(shape=(2,)), batches(shape=(2,)), weights((2,)))
def test_shifting_the_input_shifts_the_slopes(critic, batch, shift):
    torch.testing.assert_close(
        input_gradients(lambda x: critic(x + shift), batch.real), input_gradients(critic, batch.real + shift)
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_norms_are_in_float32_at_least(dtype):
    critic = nn.Linear(2, 1).to(dtype)
    slopes = gradient_norms(critic, torch.ones(3, 2, dtype=dtype))
    assert slopes.dtype is (torch.float64 if dtype == torch.float64 else torch.float32)


# --- what is refused ---
