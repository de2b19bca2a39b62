"""The base of the gradient penalties: fixed choices, chosen ones, what is refused."""

import dataclasses
from dataclasses import dataclass

import pytest
import torch
from torch import nn

import lipschitz
from lipschitz import Batch, CoupledSamplesError, FieldError
from lipschitz.slope_penalty import SlopePenalty


@dataclass(frozen=True, kw_only=True)
class Fixed(SlopePenalty):
    """Everything fixed but the coefficient."""

    name = "fixed"
    points = "fake"
    norm = "inf"
    shape = "zero_centered"

    coefficient: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Chosen(SlopePenalty):
    """The user chooses."""

    name = "chosen"

    points: str = "between"
    target: float = 1.0
    shape: str = "two_sided"
    allow_batch_coupling: bool = False
    memory_budget: float | None = None
    violators_only: bool = False


BATCH = Batch(real=torch.zeros(3, 2), fake=torch.ones(3, 2))


def linear(x):
    return 3 * x[:, 0] - 4 * x[:, 1]


@pytest.mark.parametrize(
    "name", ["gradient_penalty", "adversarial_lipschitz_regularization", "lipschitz_quotient_penalty"]
)
def test_the_number_infinity_is_a_norm(name):
    assert lipschitz.build(name, norm=float("inf")) == lipschitz.build(name, norm="inf")
    with pytest.raises(FieldError, match="must be a finite number, got nan"):
        lipschitz.build(name, norm=float("nan"))


def test_only_what_a_subclass_declares_is_a_field():
    assert [field.name for field in dataclasses.fields(SlopePenalty)] == []
    assert [field.name for field in dataclasses.fields(Fixed)] == ["coefficient"]
    assert repr(Fixed()) == "Fixed(coefficient=2.0)"


def test_fixed_choices_are_used():
    # Norm 7 in the dual of the maximum norm, squared, twice.
    assert Fixed().penalty(linear, BATCH).tolist() == [98.0] * 3
    assert Fixed().penalty(lambda x: x.square().sum(1) / 2, BATCH).tolist() == [8.0] * 3


def test_chosen_fields_are_used():
    assert Chosen(target=2.0).penalty(linear, BATCH).tolist() == [9.0] * 3
    assert Chosen(shape="one_sided", target=9.0).penalty(linear, BATCH).tolist() == [0.0] * 3


@pytest.mark.parametrize(("points", "alone"), [("between", True), ("around_real", False), ("coupled", False)])
def test_places_that_need_the_whole_batch_are_noted(points, alone):
    assert Chosen(points=points).per_sample is alone
    assert dataclasses.replace(Chosen(points=points), points="real").per_sample is True


@pytest.mark.parametrize(
    ("options", "drop"),
    [
        ({"memory_budget": 1.0}, "drop memory_budget."),
        ({"violators_only": True}, "drop memory_budget and violators_only."),
    ],
)
def test_parts_of_a_batch_and_coupled_samples_contradict_each_other(options, drop):
    with pytest.raises(FieldError, match=drop):
        Chosen(allow_batch_coupling=True, **options)


def test_coupled_critics_are_refused():
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError):
        Fixed().prepare(critic, BATCH)
    assert Chosen(allow_batch_coupling=True).prepare(critic, BATCH) is critic


def test_what_they_have_in_common_is_said_once():
    assert (Fixed.family, Fixed.guarantee, Fixed.cost) == ("gradient penalty", "soft", "double backward")
