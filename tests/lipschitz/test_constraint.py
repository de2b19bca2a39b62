"""The base class: three moments that do nothing, metadata, fields as values."""

import dataclasses
from dataclasses import dataclass
from typing import Annotated

import pytest
import torch
from annotated_types import Gt
from hypothesis import given
from torch import nn

from lipschitz import Batch, Constraint, FieldError, no_penalty
from lipschitz.testing.strategies import batches, critics


@dataclass(frozen=True, kw_only=True)
class Nothing(Constraint):
    """Overrides nothing."""

    name = "nothing"
    coefficient: Annotated[float, Gt(0)] = 1.0


@given(critics(), batches())
def test_the_three_moments_do_nothing_by_default(critic, batch):
    constraint = Nothing()
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    assert constraint.prepare(critic, batch) is critic
    assert constraint.prepare(critic) is critic
    penalty = constraint.penalty(critic, batch)
    assert penalty.shape == ()
    assert penalty.item() == 0
    constraint.project(critic)
    constraint.project(critic, 3)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_no_penalty_fits_the_batch(dtype, device):
    zero = no_penalty(Batch(real=torch.ones(3, 2, dtype=dtype, device=device)))
    assert (zero.shape, zero.dtype, zero.device.type) == ((), dtype, device)


def test_metadata_has_defaults():
    assert (Nothing.family, Nothing.guarantee, Nothing.per_sample) == ("other", "none", True)
    assert Nothing.changes == frozenset()


def test_hyper_parameters_are_the_fields_and_nothing_else():
    assert [field.name for field in dataclasses.fields(Nothing)] == ["coefficient"]
    assert repr(Nothing(coefficient=2)) == "Nothing(coefficient=2.0)"
    assert Nothing(coefficient=2) == Nothing(coefficient=2.0) != Nothing()
    assert len({Nothing(), Nothing(), Nothing(coefficient=2)}) == 2


def test_fields_are_checked():
    with pytest.raises(FieldError, match="Nothing.coefficient must be > 0, got 0.0"):
        Nothing(coefficient=0)


def test_positional_values_are_refused():
    with pytest.raises(TypeError, match="positional"):
        Nothing(1.0)


def test_a_penalty_may_be_written_for_any_callable():
    @dataclass(frozen=True, kw_only=True)
    class ScoreDrift(Constraint):
        name = "score_drift"

        def penalty(self, critic, batch):
            return critic(batch.real).square()

    batch = Batch(real=torch.tensor([[1.0], [2.0]]))
    assert ScoreDrift().penalty(lambda x: x[:, 0], batch).tolist() == [1.0, 4.0]
    assert ScoreDrift().penalty(nn.Flatten(0), batch).tolist() == [1.0, 4.0]
