"""Chunks and memory budgets change nothing but the memory."""

import weakref

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import (
    FieldError,
    gradient_norms,
    input_gradients,
    two_sided,
)
from lipschitz.gradients import engines
from lipschitz.gradients.chunks import chunk_within
from lipschitz.testing.critics import CONDITIONAL, DEFAULT_CRITICS, RECURRENT
from lipschitz.testing.strategies import batches, critics

ENGINES = ["auto", "vmap", "batched", "loop"]


def parameter_gradients(critic, value):
    """Return the derivative of a scalar with respect to every parameter, a missing one as zeros."""
    found = torch.autograd.grad(value, list(critic.parameters()), allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(critic.parameters(), found, strict=True)]


@given(critics(shape=(2,)), batches(shape=(2,), min_size=3), st.integers(1, 4))
def test_chunks_change_nothing(critic, batch, chunk_size):
    torch.testing.assert_close(
        input_gradients(critic, batch.real, chunk_size=chunk_size), input_gradients(critic, batch.real)
    )


def penalty_and_derivatives(critic, points, *condition, **options):
    slopes = gradient_norms(critic, points, *condition, **options)
    return slopes, parameter_gradients(critic, two_sided(slopes).mean())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "example", [*DEFAULT_CRITICS, RECURRENT, CONDITIONAL], ids=lambda example: example.name
)
@pytest.mark.parametrize("limit", [{"chunk_size": 2}, {"chunk_size": 5}, {"memory_budget": 1e-9}])
def test_chunks_leave_penalties_and_their_derivatives_as_they_are(example, engine, limit):
    critic = example.build().double()
    points = torch.randn(5, *example.shape, dtype=torch.float64)
    condition = [torch.randn(5, *shape, dtype=torch.float64) for shape in example.condition]
    if engine == "vmap" and example is RECURRENT:
        pytest.skip("vmap has no rule for a float64 LSTM")
    slopes, derivatives = penalty_and_derivatives(critic, points, *condition, engine=engine, **limit)
    want_slopes, want = penalty_and_derivatives(critic, points, *condition, engine=engine)
    torch.testing.assert_close(slopes, want_slopes, rtol=1e-12, atol=1e-14)
    for a, b in zip(derivatives, want, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-13)


def saved_bytes(function):
    """Return the bytes that the graph of a result keeps, every storage counted once."""
    noted = []

    def note(tensor):
        noted.append(weakref.ref(tensor))  # what is dropped on the way does not count
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = function()
    alive = [tensor.untyped_storage() for tensor in (ref() for ref in noted) if tensor is not None]
    return sum({storage.data_ptr(): storage.nbytes() for storage in alive}.values()), result


def test_a_chunked_penalty_keeps_no_activations():
    critic = nn.Sequential(nn.Linear(2, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(), nn.Linear(300, 1))
    parameters = sum(p.numel() * 4 for p in critic.parameters())
    points = torch.randn(500, 2)
    whole, _ = saved_bytes(lambda: two_sided(gradient_norms(critic, points)).mean())
    chunked, _ = saved_bytes(lambda: two_sided(gradient_norms(critic, points, chunk_size=10)).mean())
    assert whole > parameters + 500 * 600 * 4
    assert chunked < parameters + 500 * 100


@given(budget=st.floats(0.01, 4))
def test_the_graph_of_a_chunk_fits_into_the_budget(budget):
    critic = nn.Sequential(nn.Linear(2, 100), nn.Tanh(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 1))
    points = torch.randn(200, 2)
    gradient_norms(critic, points[:2])  # what is found out about a critic once is no part of it
    size = min(chunk_within(budget, critic, points, (), graph=True), 200)
    one, taken = (
        saved_bytes(lambda n=n: engines.batched(critic, points[:n], (), graph=True))[0] for n in (1, size)
    )
    per_sample = (taken - one) / max(size - 1, 1)
    allowed = budget * 2**20
    assert size == 1 or size * per_sample <= allowed * 1.01
    # The estimate counts what lives at the peak, and some more to be safe.
    assert size in (1, 200) or 2 * (size + 1) * per_sample > allowed


def test_points_that_need_gradients_get_them_in_chunks_too():
    critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    points = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    (want,) = torch.autograd.grad(gradient_norms(critic, points).sum(), points)
    (got,) = torch.autograd.grad(gradient_norms(critic, points, chunk_size=3).sum(), points)
    torch.testing.assert_close(got, want)


@pytest.mark.parametrize("limit", [{"chunk_size": 0}, {"chunk_size": -1}, {"memory_budget": 0.0}])
def test_limits_must_be_positive(limit):
    with pytest.raises(FieldError, match="must be positive and finite"):
        gradient_norms(nn.Linear(2, 1), torch.zeros(2, 2), **limit)
