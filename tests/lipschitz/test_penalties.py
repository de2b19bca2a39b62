"""Squared excess: closed forms, order, monotonicity, gradients at the kinks."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import one_sided, two_sided
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
