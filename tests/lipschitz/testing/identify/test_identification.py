"""`identify_penalty`: each fault is named, alone and with others; what it refuses; that it leaves no trace."""

import itertools
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import PenaltyError
from lipschitz.errors import FieldError, LipschitzError
from lipschitz.testing import identify_penalty

GROUPS = (
    ("one_epsilon_per_batch", "epsilon_per_element", "epsilon_outside_unit_interval", "points_not_between"),
    ("wrong_axis", "whole_batch_norm", "nan_at_zero", "biased_epsilon"),
    ("not_squared", "norm_not_excess", "square_of_mean"),
    ("mean_not_sum",),
    ("detached", "leaks_to_generator"),
)
"""Faults of the template; those of one group are alternatives."""

IMPOSSIBLE = (
    {"detached", "nan_at_zero"},  # without a backward pass there is no NaN in it
    {"points_not_between", "leaks_to_generator"},  # at the real samples there is no fake one
    {"whole_batch_norm", "square_of_mean"},  # one norm is its own mean
)


def possible(faults):
    return not any(impossible <= set(faults) for impossible in IMPOSSIBLE)


def combinations():
    """All sets of up to three faults that can stand in one function."""
    for count in range(4):
        for groups in itertools.combinations(GROUPS, count):
            yield from filter(possible, itertools.product(*groups))


COMBINATIONS = list(combinations())
KINDS = ["two_sided", "one_sided"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", list(itertools.chain(*GROUPS)))
def test_a_single_fault_is_named_and_nothing_else(template, kind, fault):
    verdict = identify_penalty(template(kind, (fault,)), shape=(3, 4, 4))
    assert verdict.faults == (fault,), verdict
    assert not verdict.correct
    assert verdict.explanation.startswith(fault)
    assert verdict.kind == ("zero_centered" if fault == "norm_not_excess" else kind)


@given(
    faults=st.sampled_from(COMBINATIONS),
    kind=st.sampled_from(KINDS),
    coefficient=st.floats(0.1, 1000.0),
    shape=st.sampled_from([(3, 4, 4), (5, 8), (2, 3), (2, 4, 4, 3)]),
)
def test_faults_are_found_together(template, faults, kind, coefficient, shape):
    verdict = identify_penalty(template(kind, faults, coefficient), shape=shape)
    assert set(verdict.faults) == set(faults), verdict
    assert verdict.coefficient == pytest.approx(coefficient, rel=1e-3)


@pytest.mark.large
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("faults", COMBINATIONS, ids="+".join)
def test_all_combinations_of_three(template, faults, kind):
    verdict = identify_penalty(template(kind, faults))
    assert set(verdict.faults) == set(faults), verdict


def test_what_is_meant_decides_about_zero_centered_penalties(template):
    def squared_norm(critic, real, fake):
        x = (0.5 * real + torch.rand(len(real), 1) * (fake.detach() - 0.5 * real)).requires_grad_()
        (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return gradients.square().sum(1).mean()

    def between(critic, real, fake):
        epsilon = torch.rand(len(real), 1)
        x = (epsilon * real + (1 - epsilon) * fake.detach()).requires_grad_()
        (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return gradients.square().sum(1).mean()

    assert identify_penalty(between).faults == ("norm_not_excess",)
    assert identify_penalty(between, kind="zero_centered").correct
    assert identify_penalty(squared_norm, kind="zero_centered").faults == ("points_not_between",)
    assert identify_penalty(template("two_sided"), kind="two_sided").correct
    assert identify_penalty(template("two_sided"), kind="one_sided").faults == ("not_the_kind_meant",)


def test_batch_normalized_critics_are_a_note_only(template):
    verdict = identify_penalty(template(), shape=(4,))
    assert verdict.correct
    assert any("batch normalization" in note for note in verdict.notes)

    def careful(critic, real, fake):
        if any(isinstance(layer, torch.nn.BatchNorm1d) for layer in critic.modules()):
            raise ValueError("couples samples")
        return template()(critic, real, fake)

    assert not any("batch normalization" in note for note in identify_penalty(careful, shape=(4,)).notes)


def test_shapes_not_accepted_are_noted():
    def images_only(critic, real, fake):
        epsilon = torch.rand(len(real), 1, 1, 1)
        x = (epsilon * real + (1 - epsilon) * fake.detach()).requires_grad_()
        (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return ((torch.linalg.vector_norm(gradients, dim=(1, 2, 3)) - 1) ** 2).mean()

    verdict = identify_penalty(images_only)
    assert verdict.correct
    assert any("(6, 48)" in note and "(6, 5, 8)" in note for note in verdict.notes)


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_the_callers_gradient_mode_does_not_matter(template, context):
    with context():
        assert identify_penalty(template(), shape=(4,)).correct


def test_it_leaves_no_trace(template):
    def everything(critic, real, fake):
        random.random()
        np.random.rand()  # noqa: NPY002
        real.mul_(1.0)
        return template()(critic, real, fake)

    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    first = identify_penalty(everything, shape=(4,))
    assert random.getstate() == before[0]
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[2])
    torch.rand(3)
    assert identify_penalty(everything, shape=(4,)) == first


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (3, "takes a function"),
        (lambda critic, real, fake: critic(real)[:, 0], "one term per sample"),
        (lambda critic, real, fake: None, "NoneType"),
        (lambda critic, real, fake: torch.tensor(1), "floating-point"),
        (lambda critic, real: critic(real).sum(), "TypeError"),
        (lambda critic, real, fake: real.view(11, -1).sum(), "shape="),
    ],
)
def test_what_is_no_penalty_is_refused_with_advice(fn, message):
    with pytest.raises(PenaltyError, match=message) as caught:
        identify_penalty(fn)
    assert isinstance(caught.value, LipschitzError)
    assert isinstance(caught.value, ValueError)


def test_a_function_that_raises_later_says_when(template):
    def bounded(critic, real, fake):
        value = template()(critic, real, fake)
        if value > 1e3:
            raise RuntimeError("too steep")
        return value

    with pytest.raises(PenaltyError, match=r"RuntimeError: too steep"):
        identify_penalty(bounded)


@pytest.mark.parametrize("arguments", [{"points": "betwen"}, {"kind": "three_sided"}])
def test_unknown_words_are_refused(template, arguments):
    with pytest.raises(FieldError, match="must be one of"):
        identify_penalty(template(), **arguments)


def test_hypothesis_is_not_needed():
    script = """
import sys
sys.modules["hypothesis"] = None
from lipschitz.testing import Verdict, identify_penalty
print(identify_penalty(lambda critic, real, fake: critic(real).sum()).kind)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "unknown\n"
