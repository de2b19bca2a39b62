"""Calling a penalty that somebody wrote: forms are found, seeds set and put back, results looked at."""

import random

import numpy as np
import pytest
import torch

from lipschitz.errors import PenaltyError
from lipschitz.testing.identify.calls import NotAScalarError, Penalty, accepted
from lipschitz.testing.identify.forms import RANKS, Form
from lipschitz.testing.identify.samples import apart, signs


def total(critic, real, fake):
    return critic(real).sum()


def test_every_rank_is_accepted_by_what_takes_anything():
    found, refused = accepted(total, None, None)
    assert [penalty.form.shape for penalty in found] == list(RANKS)
    assert refused == []


@pytest.mark.parametrize(
    ("wants", "shape", "size", "column", "dtype"),
    [
        (lambda scores, real: scores.shape == (6,), (3, 4, 4), 6, False, torch.float64),
        (lambda scores, real: real.dtype == torch.float32, (3, 4, 4), 6, True, torch.float32),
        (lambda scores, real: real.shape[1:] == (1, 28, 28), (1, 28, 28), 6, True, torch.float64),
        (lambda scores, real: real.shape[0] == 64, (3, 4, 4), 64, True, torch.float64),
    ],
)
def test_what_a_function_insists_on_is_found(wants, shape, size, column, dtype):
    def picky(critic, real, fake):
        scores = critic(real)
        if not wants(scores, real):
            raise ValueError("not like this")
        return scores.sum()

    form = accepted(picky, None, None)[0][0].form
    assert form == Form(shape, size, column, dtype)


def test_only_the_form_asked_for_is_tried():
    found, _ = accepted(total, (7,), 3)
    assert [penalty.form for penalty in found] == [Form((7,), 3)]


def test_the_error_lists_a_few_of_the_forms_tried():
    def never(critic, real, fake):
        raise ZeroDivisionError

    with pytest.raises(PenaltyError, match=r"ZeroDivisionError") as caught:
        accepted(never, None, None)
    assert "and 20 more" in str(caught.value)
    assert isinstance(caught.value.__cause__.__cause__, ZeroDivisionError)


def test_wrong_results_are_told_rather_than_wrong_shapes():
    def map_of_numbers(critic, real, fake):
        if real.ndim == 4:
            raise ValueError("no images")
        return critic(real)

    with pytest.raises(NotAScalarError, match="one term per sample"):
        raise_cause(map_of_numbers)


def raise_cause(function):
    try:
        accepted(function, None, None)
    except PenaltyError as error:
        raise error.__cause__ from None


@pytest.mark.parametrize(
    "value", [2.5, torch.tensor(2.5), torch.tensor([2.5]), torch.tensor([[2.5]], dtype=torch.float64)]
)
def test_numbers_and_tensors_of_one_number_are_scalars(value):
    penalty = Penalty(lambda critic, real, fake: value, Form((3,)))
    got = penalty(penalty.critic(signs(penalty.form)), apart(penalty.form))
    assert got.shape == ()
    assert float(got) == 2.5


def test_a_seed_decides_all_global_generators():
    def draws(critic, real, fake):
        return torch.rand(()) + random.random() + np.random.rand()  # noqa: NPY002

    penalty = Penalty(draws, Form((3,)))
    critic, samples = penalty.critic(signs(penalty.form)), apart(penalty.form)
    values = [float(penalty(critic, samples, seed)) for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2]


def test_the_function_cannot_change_the_samples():
    def overwrite(critic, real, fake):
        real.zero_()
        fake.zero_()
        return critic(real).sum()

    penalty = Penalty(overwrite, Form((3,)))
    samples = apart(penalty.form)
    penalty(penalty.critic(signs(penalty.form)), samples)
    assert torch.equal(samples.real, apart(penalty.form).real)
    assert torch.equal(samples.fake, apart(penalty.form).fake)


def test_other_forms():
    penalty = Penalty(total, Form((3, 4)))
    assert penalty.with_twice_the_samples().form.size == 12
    assert penalty.with_larger_samples().form.shape == (3, 9)

    def only_here(critic, real, fake):
        return critic(real.view(6, 12)).sum()

    penalty = Penalty(only_here, Form((3, 4)))
    assert penalty.with_twice_the_samples() is None
    assert penalty.with_larger_samples() is None
