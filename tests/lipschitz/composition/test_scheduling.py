"""scheduled: fields by step, whole numbers, and which fields cannot follow a schedule."""

import dataclasses
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, Constraint, FieldError, scheduled
from lipschitz.schedules import Linear
from lipschitz.testing.strategies import batches, critics


@dataclass(frozen=True, kw_only=True)
class Sized(Constraint):
    """Its prepare uses a field, on convolutions only."""

    name = "sized"
    size: float = 1.0
    coefficient: float = 1.0

    def prepare(self, critic, example=None):
        if any(isinstance(module, nn.Conv2d) for module in critic.modules()):
            critic.register_buffer("sized_average", torch.tensor(self.size))
        return critic


@dataclass(frozen=True, kw_only=True)
class AlwaysSized(Sized):
    """Its prepare uses a field, through a method."""

    name = "always_sized"

    def prepare(self, critic, example=None):
        critic.register_buffer("always_sized_average", self.start())
        return critic

    def start(self):
        return torch.tensor(self.size)


gradient_penalties = st.builds(
    lipschitz.build,
    st.sampled_from(["one_sided_gradient_penalty", "two_sided_gradient_penalty"]),
    coefficient=st.floats(0.1, 20),
    points=st.sampled_from(["real", "fake"]),
)


@given(st.integers(0, 20), gradient_penalties, critics(), batches())
def test_scheduled_penalty_is_that_of_the_field_at_the_step(step, inner, critic, batch):
    warm = scheduled(inner, coefficient=Linear(start=1, end=10, steps=9))
    batch = dataclasses.replace(batch, step=step)
    constant = dataclasses.replace(inner, coefficient=min(1.0 + step, 10.0))
    torch.testing.assert_close(warm.penalty(critic, batch), constant.penalty(critic, batch))
    assert warm.at(step) == constant


def test_scheduled_projection_uses_the_field_of_the_step():
    shrinking = scheduled(lipschitz.build("weight_clipping"), bound=Linear(start=1, end=0.5, steps=10))
    critic = nn.Linear(2, 1)
    nn.init.constant_(critic.weight, 9.0)
    shrinking.project(critic, 0)
    assert critic.weight.max() == 1
    shrinking.project(critic, 5)
    assert critic.weight.max() == 0.75


def test_schedules_may_be_plain_functions_and_several():
    both = scheduled(
        lipschitz.build("one_sided_gradient_penalty"), coefficient=lambda s: 1.0 + s, target=lambda s: s / 2
    )
    assert (both.at(3).coefficient, both.at(3).target) == (4.0, 1.5)


def test_scheduled_refuses_unknown_fields_and_values():
    inner = lipschitz.build("one_sided_gradient_penalty")
    with pytest.raises(FieldError, match="has no field 'coeficient' to schedule. Did you mean 'coefficient'"):
        scheduled(inner, coeficient=lambda step: 1.0)
    with pytest.raises(FieldError, match="the schedule of 'coefficient' must map a step to a number.*got 3"):
        scheduled(inner, coefficient=3)
    with pytest.raises(FieldError, match="coefficient must be > 0, got 0.0"):
        scheduled(inner, coefficient=lambda step: 0.0)


def test_a_value_out_of_range_is_refused_at_its_step():
    falling = scheduled(
        lipschitz.build("one_sided_gradient_penalty"), coefficient=Linear(start=1, end=-1, steps=2)
    )
    with pytest.raises(FieldError, match="coefficient must be > 0, got 0.0"):
        falling.penalty(nn.Linear(2, 1), Batch(real=torch.zeros(2, 2), fake=torch.zeros(2, 2), step=1))


@pytest.mark.parametrize("inner", [AlwaysSized(), lipschitz.build("spectral_norm")], ids=lambda c: c.name)
def test_fields_of_prepare_are_refused_when_the_schedule_is_made(inner):
    field = "size" if isinstance(inner, Sized) else "power_iterations"
    with pytest.raises(FieldError, match=f"'{field}' of '{inner.name}' cannot follow a schedule: prepare"):
        scheduled(inner, **{field: lambda step: 1})


def test_fields_that_prepare_uses_for_some_critics_only_are_refused_there():
    constraint = scheduled(Sized(), size=lambda step: 1.0)
    constraint.prepare(nn.Linear(2, 1))
    with pytest.raises(FieldError, match="'size' of 'sized' cannot follow a schedule"):
        constraint.prepare(nn.Conv2d(1, 1, 1))


def test_other_fields_of_such_a_constraint_may_be_scheduled():
    constraint = scheduled(AlwaysSized(size=3.0), coefficient=lambda step: 1.0)
    critic = constraint.prepare(nn.Linear(2, 1))
    assert critic.always_sized_average.item() == 3
