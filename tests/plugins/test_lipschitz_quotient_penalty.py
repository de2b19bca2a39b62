"""The Lipschitz condition on pairs: formula, what it sees and what it misses."""

import logging

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, BatchError, CoupledSamplesError
from lipschitz.testing.strategies import batches, critics, one_lipschitz_functions, tensors, weights

NAME = "lipschitz_quotient_penalty"


@given(critic=critics(), batch=batches(), target=st.floats(0, 2))
def test_it_is_the_published_formula(critic, batch, target):
    got = lipschitz.build(NAME, coefficient=3, target=target).penalty(critic, batch)
    real, fake = critic(batch.real).flatten().tolist(), critic(batch.fake).flatten().tolist()
    for i, (a, b) in enumerate(zip(real, fake, strict=True)):
        distance = sum(
            (x - y) ** 2 for x, y in zip(batch.real[i].tolist(), batch.fake[i].tolist(), strict=True)
        )
        want = 3 * max(0.0, abs(a - b) / distance**0.5 - target) ** 2
        assert got[i].item() == pytest.approx(want, rel=1e-7, abs=1e-10)


@given(one_lipschitz_functions(), st.data())
def test_functions_of_slope_one_are_free(function, data):
    batch = data.draw(batches(shape=(function.dimension,)))
    got = lipschitz.build(NAME).penalty(function, batch)
    assert (got <= 1e-15).all()


@given(w=weights((2,)), batch=batches(shape=(2,)))
def test_it_never_costs_more_than_a_linear_critics_slope(w, batch):
    pairs = lipschitz.build(NAME).penalty(lambda x: x @ w, batch)
    slopes = lipschitz.build("one_sided_gradient_penalty").penalty(lambda x: x @ w, batch)
    assert (pairs <= slopes * (1 + 1e-9) + 1e-12).all()


def test_steepness_within_a_segment_goes_unseen():
    batch = Batch(real=torch.tensor([[2.0]]), fake=torch.tensor([[0.0]]))
    step = lambda x: 50 * (x[:, 0] - 1).clamp(-0.01, 0.01)  # noqa: E731 - slope 50 around 1
    assert lipschitz.build(NAME).penalty(step, batch).tolist() == [0.0]


def test_the_norm_of_the_samples_can_be_chosen():
    batch = Batch(real=torch.tensor([[3.0, 4.0]]), fake=torch.zeros(1, 2))
    for norm, distance in ((1.0, 7.0), (2.0, 5.0), ("inf", 4.0)):
        got = lipschitz.build(NAME, norm=norm, coefficient=1).penalty(lambda x: 10 * x[:, 0], batch)
        assert got.item() == pytest.approx((30 / distance - 1) ** 2)


@given(size=st.integers(1, 4), data=st.data())
def test_trees_are_measured_over_all_leaves(size, data):
    real, fake = ((data.draw(tensors((size, 2))), data.draw(tensors((size,)))) for _ in range(2))
    got = lipschitz.build(NAME, target=0, coefficient=1).penalty(
        lambda p: p[0].sum(1) + p[1], Batch(real=real, fake=fake)
    )
    joined = Batch(*(torch.cat([x, y[:, None]], 1) for x, y in (real, fake)))
    want = lipschitz.build(NAME, target=0, coefficient=1).penalty(lambda x: x.sum(1), joined)
    torch.testing.assert_close(got, want)


def test_critics_that_couple_samples_are_refused_unless_allowed(caplog):
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError, match="layer '1'"):
        lipschitz.build(NAME).prepare(critic)
    with caplog.at_level(logging.WARNING, logger="lipschitz"):
        assert lipschitz.build(NAME, allow_batch_coupling=True).prepare(critic) is critic
    assert "allow_batch_coupling is set" in caplog.text


def test_generated_samples_are_needed():
    with pytest.raises(
        BatchError, match="a penalty on pairs of real and fake samples needs generated samples"
    ):
        lipschitz.build(NAME).penalty(nn.Linear(2, 1), Batch(real=torch.zeros(2, 2)))
