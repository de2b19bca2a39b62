"""every: which steps, how large, what runs always."""

import dataclasses
from dataclasses import dataclass
from typing import Annotated

import pytest
import torch
from annotated_types import Gt
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Constraint, FieldError, every
from lipschitz.testing.strategies import batches, critics

LOG = []


@dataclass(frozen=True, kw_only=True)
class Noted(Constraint):
    """Notes its calls; its penalty is the coefficient for every sample."""

    name = "noted"
    guarantee = "soft"
    label: str = "a"
    coefficient: Annotated[float, Gt(0)] = 1.0

    def prepare(self, critic, example=None):
        LOG.append(("prepare", self.label, example is not None))
        return nn.Sequential(critic)

    def penalty(self, critic, batch):
        return torch.full((batch.size,), self.coefficient, dtype=batch.dtype)

    def project(self, critic, step=0):
        LOG.append(("project", self.label, step))


@pytest.fixture(autouse=True)
def _empty_log():
    LOG.clear()


gradient_penalties = st.builds(
    lipschitz.build,
    st.sampled_from(["one_sided_gradient_penalty", "two_sided_gradient_penalty"]),
    coefficient=st.floats(0.1, 20),
    points=st.sampled_from(["real", "fake"]),
)


@given(st.integers(1, 7), st.integers(0, 30), batches())
def test_every_takes_n_times_the_penalty_at_multiples_of_n(n, step, batch):
    inner = Noted(coefficient=2.5)
    batch = dataclasses.replace(batch, step=step)
    got = every(n, inner).penalty(None, batch)
    if step % n == 0:
        assert torch.equal(got, n * inner.penalty(None, batch))
    else:
        assert got.shape == ()
        assert got.item() == 0


@given(st.integers(1, 7), gradient_penalties, critics(), batches())
def test_every_has_the_same_mean_over_n_steps(n, inner, critic, batch):
    lazy = every(n, inner)
    total = sum(lazy.penalty(critic, dataclasses.replace(batch, step=step)).mean() for step in range(n))
    torch.testing.assert_close(total, n * inner.penalty(critic, batch).mean())


def test_every_prepares_and_projects_always():
    lazy = every(3, Noted())
    lazy.prepare(nn.Linear(2, 1))
    for step in range(3):
        lazy.project(None, step)
    assert [entry[0] for entry in LOG] == ["prepare", "project", "project", "project"]


@pytest.mark.parametrize("n", [0, -1, 1.5, True])
def test_every_refuses_what_is_no_period(n):
    with pytest.raises(FieldError, match="Every.n must be"):
        every(n, Noted())
