"""Adversarial Lipschitz regularization: formula, closed forms, mean of the squares."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, CoupledSamplesError, FieldError
from lipschitz.testing.strategies import SMOOTH, batches, critics, one_lipschitz_functions, weights

NAME = "adversarial_lipschitz_regularization"


@given(critic=critics(activations=SMOOTH), batch=batches(), iterations=st.integers(0, 2))
def test_it_is_the_published_formula(critic, batch, iterations):
    state = batch.generator.get_state()
    constraint = lipschitz.build(NAME, iterations=iterations, distance=2.0, target=0.1, coefficient=3)
    got = constraint.penalty(critic, batch)

    batch.generator.set_state(state)
    x = torch.where(batch.uniform(1) < 0.5, batch.real, batch.fake)
    d = batch.normal(2)
    d = d / d.norm(dim=1, keepdim=True)
    lengths = batch.uniform(1)
    for _ in range(iterations):
        d = d.clone().requires_grad_()
        change = (critic(x).flatten() - critic(x + 2.0 * d).flatten()).abs()
        (d,) = torch.autograd.grad(change.sum(), d)
        d = d / d.norm(dim=1, keepdim=True)
    r = (0.1 + 9.9 * lengths) * d
    with torch.no_grad():
        rise = (critic(x).flatten() - critic(x + r).flatten()).abs().numpy()
    want = 3 * np.maximum(0, rise / np.linalg.norm(r.numpy(), axis=1) - 0.1) ** 2
    assert got.tolist() == pytest.approx(want.tolist(), rel=1e-6, abs=1e-9)


@given(w=weights((3,)), batch=batches(shape=(3,)), norm=st.sampled_from([1.0, 2.0, 3.0, "inf"]))
def test_a_linear_critic_is_seen_at_its_steepest(w, batch, norm):
    if w.norm() < 1e-3:
        return
    got = lipschitz.build(NAME, norm=norm).penalty(lambda x: x @ w, batch)
    slope = (w @ w / torch.linalg.vector_norm(w, ord=float(norm))).item()
    assert got.tolist() == pytest.approx([10 * max(0.0, slope - 1) ** 2] * batch.size, rel=1e-7, abs=1e-9)


def test_violations_are_squared_before_they_are_averaged():
    # Slopes 3 and 1: the mean of the squares is 2, the square of the mean would be 1.
    batch = Batch(real=torch.zeros(2, 1), fake=torch.zeros(2, 1), condition=(torch.tensor([3.0, 1.0]),))
    got = lipschitz.build(NAME, coefficient=1).penalty(lambda x, c: c * x[:, 0], batch)
    assert got.tolist() == pytest.approx([4.0, 0.0], abs=1e-9)
    assert got.mean().item() == pytest.approx(2.0)


@given(one_lipschitz_functions(), st.data())
def test_functions_of_slope_one_are_free(function, data):
    batch = data.draw(batches(shape=(function.dimension,)))
    assert (lipschitz.build(NAME).penalty(function, batch) <= 1e-12).all()


def test_it_sees_what_pairs_of_samples_miss():
    def step(x):
        return 5 * (x[:, 0] - 1).clamp(-0.2, 0.2)  # slope 5 within a segment along which it rises by slope 1

    batch = Batch(real=torch.tensor([[2.0]]), fake=torch.tensor([[0.0]]))
    assert lipschitz.build("lipschitz_quotient_penalty").penalty(step, batch).tolist() == pytest.approx([0.0])
    near = lipschitz.build(NAME, points="fake", shortest=0.05, longest=0.1, distance=0.1)
    assert near.penalty(step, Batch(real=batch.real, fake=torch.ones(1, 1))).item() == pytest.approx(
        160, rel=1e-5
    )


def test_it_trains_a_steep_critic_down():
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    with torch.no_grad():
        critic[2].weight.mul_(20)
    constraint = lipschitz.build(NAME)
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-2)
    batch = Batch(real=torch.randn(64, 2), fake=torch.randn(64, 2))
    before = lipschitz.gradient_norms(critic, batch.real).mean()
    for _ in range(150):
        loss = constraint.penalty(critic, batch).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = lipschitz.gradient_norms(critic, batch.real).mean()
    assert before > 3
    assert after < 1.2


def test_defaults_are_those_of_the_published_code():
    constraint = lipschitz.build(NAME)
    assert (constraint.coefficient, constraint.target, constraint.distance) == (10.0, 1.0, 10.0)
    assert (constraint.shortest, constraint.longest, constraint.iterations) == (0.1, 10.0, 1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"shortest": 2.0, "longest": 1.0}, r"longest must be at least shortest \(2.0\), got 1.0"),
        ({"iterations": -1}, "iterations must be >= 0"),
        ({"points": "adversarial"}, "points must be one of"),
    ],
)
def test_fields_are_checked(fields, message):
    with pytest.raises(FieldError, match=message):
        lipschitz.build(NAME, **fields)


def test_places_that_need_the_whole_batch_are_noted():
    assert lipschitz.build(NAME).per_sample is True
    assert lipschitz.build(NAME, points="coupled").per_sample is False


def test_critics_that_couple_samples_are_refused():
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError, match="layer '1'"):
        lipschitz.build(NAME).prepare(critic)
    normalizer = critic[1]
    batch = Batch(real=torch.randn(4, 2), fake=torch.randn(4, 2))
    constraint = lipschitz.build(NAME, allow_batch_coupling=True)
    assert constraint.penalty(critic, batch).isfinite().all()
    assert normalizer.num_batches_tracked == 0
