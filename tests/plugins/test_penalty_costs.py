"""Options that change what a gradient penalty costs, and nothing else."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, FieldError
from lipschitz.testing.strategies import batches, critics

NAMES = ["one_sided_gradient_penalty", "two_sided_gradient_penalty"]


def replay(batch):
    """Return the same batch with its generator where it was, for a second run over the same draws."""
    state = batch.generator.get_state()
    return lambda: dataclasses.replace(batch, generator=torch.Generator().set_state(state))


def derivatives(critic, penalty):
    found = torch.autograd.grad(penalty.mean(), list(critic.parameters()), allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(critic.parameters(), found, strict=True)]


def compared(critic, batch, name, target=1.0, **fields):
    """Compare value and derivatives with and without the fields, from the same draws."""
    again = replay(batch)
    results = []
    for chosen in ({}, fields):
        value = lipschitz.build(name, target=target, **chosen).penalty(critic, again())
        results.append([value, *derivatives(critic, value)])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(b, a, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@given(critic=critics(), batch=batches())
def test_a_memory_budget_changes_nothing_but_memory(name, critic, batch):
    compared(critic, batch, name, memory_budget=1e-6)


@given(critic=critics(), batch=batches(), target=st.floats(0, 2))
def test_violators_alone_have_the_same_derivatives(critic, batch, target):
    compared(critic, batch, "one_sided_gradient_penalty", target, violators_only=True)


def test_only_violators_are_differentiated_twice():
    sizes = []

    class Watched(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor([1.0, 2.0]))

        def forward(self, x):
            sizes.append(len(x))
            return 0.5 * (x * x * self.weight).sum(1)

    critic = Watched()
    points = torch.tensor([[0.1, 0.0], [3.0, 0.0], [0.0, 0.2], [0.0, 5.0]])
    example = Batch(real=points, fake=points)
    constraint = lipschitz.build("one_sided_gradient_penalty", violators_only=True)
    critic = constraint.prepare(critic, example)
    constraint.penalty(critic, example)  # probes again now and then
    del sizes[:]
    value = constraint.penalty(critic, example)
    assert sizes == [4, 2]
    torch.testing.assert_close(value, torch.tensor([0.0, 10 * 2.0**2, 0.0, 10 * 9.0**2]))
    del sizes[:]
    none = constraint.penalty(critic, Batch(real=points / 100, fake=points / 100))
    none.sum().backward()
    assert sizes == [4, 1]
    assert not critic.weight.grad.any()


@pytest.mark.parametrize("name", NAMES)
def test_parts_of_a_batch_and_coupled_samples_contradict_each_other(name):
    with pytest.raises(FieldError, match="drop memory_budget"):
        lipschitz.build(name, allow_batch_coupling=True, memory_budget=1.0)
