"""Over what a norm runs: candidates predict what a plain loop computes, and the one used is found."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.forms import RANKS, Form
from lipschitz.testing.identify.growth import Growth, growth
from lipschitz.testing.identify.reductions import Reduction, candidates, per_sample, reduction
from lipschitz.testing.strategies import tensors

TWO_SIDED = Growth(2, "both", steepness=1.0, root=1.0, zero=0.0)


@given(tensors((3, 2, 4)), st.sampled_from([1.0, 2.0, math.inf]))
def test_mean_norms_are_norms_divided_by_that_of_ones(gradients, order):
    how = Reduction((1, 2), order)
    got = how.mean_norms(gradients) * how.norm_of_ones((3, 2, 4))
    expected = torch.stack([torch.linalg.vector_norm(g, order) for g in gradients])
    torch.testing.assert_close(got, expected)


def test_no_axes_are_absolute_values():
    gradients = torch.tensor([[-1.0, 2.0]])
    assert torch.equal(Reduction(()).mean_norms(gradients), gradients.abs())
    assert Reduction(()).norm_of_ones((5, 2)) == 1


@given(tensors((3, 4)))
def test_what_is_averaged(gradients):
    norms = gradients.square().mean(1).sqrt()
    penalties = Reduction((1,)).predict(TWO_SIDED, gradients)
    assert penalties == pytest.approx(float(((norms - 1) ** 2).mean()))
    for average in ("norms", "excesses"):
        got = Reduction((1,), average=average).predict(TWO_SIDED, gradients)
        assert got == pytest.approx(float((norms.mean() - 1) ** 2))


@given(tensors((3, 2, 4)))
def test_pixel_norms_averaged_in_a_sample(gradients):
    norms = gradients.square().mean(1).sqrt()
    got = Reduction((1,), average="norms_of_a_sample").predict(TWO_SIDED, gradients)
    assert got == pytest.approx(float(((norms.mean(1) - 1) ** 2).mean()))


@pytest.mark.parametrize("axes", [2, 3, 4])
def test_candidates_start_with_the_right_one_and_hold_every_choice_of_axes_once(axes):
    listed = list(candidates(axes))
    assert listed[0] == Reduction(per_sample(axes))
    assert len(set(listed)) == len(listed)
    subsets = {part for n in range(axes + 1) for part in itertools.combinations(range(axes), n)}
    assert {how.axes for how in listed} == subsets


def found_for(norms, shape, cost=lambda n: ((n - 1) ** 2).mean()):
    def function(critic, real, fake):
        x = (0.5 * real + 0.5 * fake).detach().requires_grad_()
        (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return cost(norms(gradients))

    penalty = Penalty(function, Form(shape))
    here = growth(penalty)
    assert here is not None
    return reduction(penalty, here, frozenset({"elsewhere"}))


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        (shape, part)
        for shape in RANKS
        for n in range(1, len(shape) + 2)
        for part in itertools.combinations(range(len(shape) + 1), n)
    ],
    ids=str,
)
def test_the_axes_are_found(shape, axes):
    found = found_for(lambda g: torch.linalg.vector_norm(g, dim=axes), shape)
    assert found == Reduction(axes)


@pytest.mark.parametrize("order", [1.0, math.inf])
def test_the_order_is_found(order):
    found = found_for(lambda g: torch.linalg.vector_norm(g.flatten(1), order, dim=1), (3, 4, 4))
    assert found == Reduction((1, 2, 3), order)


def test_what_is_no_norm_over_axes_is_not_found():
    assert found_for(lambda g: torch.linalg.vector_norm(g.flatten(1), 3, dim=1), (3, 4, 4)) is None
    assert found_for(lambda g: g.flatten(1).norm(dim=1).max(), (3, 4, 4)) is None
