"""Squared excess: closed forms, order, monotonicity, gradients at the kinks."""

import math
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import one_sided, two_sided
from lipschitz.penalties import SHAPES, Shape, logarithmic, squared_norm, zero_centered
from lipschitz.testing.strategies import weights

targets = st.floats(0, 10, allow_subnormal=False)
slopes = weights((5,)).map(torch.Tensor.abs)


@given(slopes, targets)
def test_values_are_the_closed_forms(norms, target):
    for norm, one, two in zip(
        norms.tolist(), one_sided(norms, target), two_sided(norms, target), strict=True
    ):
        excess = norm - target
        assert two.item() == excess * excess
        assert one.item() == (excess * excess if excess > 0 else 0)


@given(slopes, targets)
def test_one_sided_is_zero_up_to_the_target_and_never_above_two_sided(norms, target):
    one, two = one_sided(norms, target), two_sided(norms, target)
    assert (one[norms <= target] == 0).all()
    assert (one >= 0).all()
    assert (one <= two).all()
    assert torch.equal(one[norms >= target], two[norms >= target])


@given(targets)
def test_two_sided_is_zero_exactly_at_the_target(target):
    at = torch.tensor([target, target + 0.5], dtype=torch.float64)
    assert (two_sided(at, target) == 0).tolist() == [True, False]


@given(slopes, st.floats(0, 5), targets)
def test_both_grow_above_the_target(norms, step, target):
    above = norms + target
    for penalty in (one_sided, two_sided):
        assert (penalty(above + step, target) >= penalty(above, target)).all()


@given(slopes, targets)
def test_derivatives_are_the_closed_forms(norms, target):
    norms.requires_grad_()
    (one,) = torch.autograd.grad(one_sided(norms, target).sum(), norms)
    (two,) = torch.autograd.grad(two_sided(norms, target).sum(), norms)
    excess = norms.detach() - target
    torch.testing.assert_close(two, 2 * excess)
    torch.testing.assert_close(one, 2 * excess.clamp(min=0))


@pytest.mark.parametrize("penalty", [one_sided, two_sided])
def test_the_target_is_one_unless_given(penalty):
    norms = torch.tensor([0.0, 1.0, 3.0])
    assert torch.equal(penalty(norms), penalty(norms, 1.0))
    assert penalty(norms)[2] == 4


# --- all shapes ---

FORMULAS = {
    "two_sided": lambda n, t: (n - t) ** 2,
    "one_sided": lambda n, t: max(0.0, n - t) ** 2,
    "zero_centered": lambda n, t: n**2,
    "squared_norm": lambda n, t: (n**2 - t**2) ** 2,
    "logarithmic": lambda n, t: math.log(1 + max(0.0, n - t) ** 2),
}


def test_every_shape_has_a_name():
    assert set(SHAPES) == set(get_args(Shape)) == set(FORMULAS)


@pytest.mark.parametrize("shape", SHAPES)
@given(norms=slopes, target=targets)
def test_every_shape_is_its_formula_and_never_negative(shape, norms, target):
    got = SHAPES[shape](norms, target)
    want = [FORMULAS[shape](norm, target) for norm in norms.tolist()]
    assert got.tolist() == pytest.approx(want, rel=1e-9, abs=1e-12)
    assert (got >= 0).all()


@pytest.mark.parametrize("shape", SHAPES)
@given(target=st.floats(0.1, 5), norm=st.floats(0, 10))
def test_derivatives_equal_difference_quotients(shape, target, norm):
    if abs(norm - target) < 1e-3:  # the second derivative jumps there
        return
    step = 1e-6
    x = torch.tensor([norm, norm + step, norm - step], dtype=torch.float64, requires_grad=True)
    values = SHAPES[shape](x, target)
    (derivative,) = torch.autograd.grad(values.sum(), x)
    quotient = (values[1] - values[2]) / (2 * step)
    assert derivative[0].item() == pytest.approx(quotient.item(), rel=1e-5, abs=1e-5)


@given(st.floats(0.5, 3), st.floats(-0.5, 0.5))
def test_the_squared_norm_is_a_multiple_of_the_two_sided_up_to_third_order(target, step):
    at = torch.tensor([target + step], dtype=torch.float64)
    # (n^2 - t^2)^2 - 4 t^2 (n - t)^2 = (n - t)^3 (n + 3 t)
    difference = (squared_norm(at, target) - 4 * target**2 * two_sided(at, target)).item()
    assert difference == pytest.approx(step**3 * (4 * target + step), rel=1e-9, abs=1e-12)


@given(st.floats(0, 1e3), targets)
def test_the_logarithmic_shape_pulls_with_at_most_one(norm, target):
    x = torch.tensor([norm], dtype=torch.float64, requires_grad=True)
    (derivative,) = torch.autograd.grad(logarithmic(x, target).sum(), x)
    assert 0 <= derivative.item() <= 1
    assert logarithmic(x, target) <= one_sided(x, target)


@given(slopes, targets)
def test_zero_centered_has_no_target(norms, target):
    assert torch.equal(zero_centered(norms, target), two_sided(norms, 0.0))
