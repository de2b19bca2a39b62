"""EBGAN: energies with a margin, and codes that pull away from each other."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import Batch, CriticError, CriticOutput
from lipschitz_trainers import registry
from lipschitz_trainers.objectives.energy_based import pulling_away_term

ENERGIES = st.lists(st.floats(0, 20), min_size=3, max_size=3)


def build(**fields):
    return registry.build("objective", "energy_based", **fields)


def codes_of(seed, shape=(6, 4)):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(real=ENERGIES, fake=ENERGIES, margin=st.floats(0.1, 10))
def test_the_formula_in_terms_of_energies(real, fake, margin):
    batch = Batch(real=torch.zeros(3, 1))
    r, f = (CriticOutput(-torch.tensor(values, dtype=torch.float64)) for values in (real, fake))
    objective = build(margin=margin)
    want = [x + max(0, margin - y) for x, y in zip(real, fake, strict=True)]
    np.testing.assert_allclose(objective.critic_loss(r, f, batch).numpy(), want, atol=1e-12)
    np.testing.assert_allclose(objective.generator_loss(f, batch).numpy(), fake)


@settings(deadline=None)
@given(st.integers(0, 2**31))
def test_the_term_is_the_mean_squared_cosine_of_pairs(seed):
    codes = codes_of(seed)
    rows = codes.numpy()
    cosines = [
        (a @ b / np.linalg.norm(a) / np.linalg.norm(b)) ** 2
        for i, a in enumerate(rows)
        for j, b in enumerate(rows)
        if i != j
    ]
    assert pulling_away_term(codes).mean().item() == pytest.approx(np.mean(cosines), abs=1e-12)
    weighted = build(pulling_away=0.5).generator_loss(
        CriticOutput(torch.zeros(6, dtype=torch.float64), features=codes), Batch(real=torch.zeros(6, 1))
    )
    assert weighted.mean().item() == pytest.approx(0.5 * np.mean(cosines), abs=1e-12)


@given(st.integers(0, 2**31), st.floats(0.1, 100))
def test_only_directions_count(seed, scale):
    codes = codes_of(seed, (3, 2, 2))
    torch.testing.assert_close(pulling_away_term(scale * codes), pulling_away_term(codes))
    torch.testing.assert_close(pulling_away_term(-codes), pulling_away_term(codes))


def test_orthogonal_equal_single_and_vanishing_codes():
    assert torch.equal(pulling_away_term(torch.eye(3)), torch.zeros(3))
    torch.testing.assert_close(pulling_away_term(torch.ones(3, 2)), torch.ones(3))
    assert torch.equal(pulling_away_term(torch.ones(1, 2)), torch.zeros(1))
    zeros = torch.zeros(3, 2, requires_grad=True)
    pulling_away_term(zeros).sum().backward()
    assert torch.equal(zeros.grad, torch.zeros(3, 2))


def test_gradients_are_those_of_differences():
    scores = torch.tensor([-0.3, -2.0, -1.4, -0.1, -3.0, -0.7], dtype=torch.float64, requires_grad=True)
    codes = codes_of(0).requires_grad_(True)
    batch = Batch(real=torch.zeros(6, 1))
    objective = build(pulling_away=0.3)
    assert torch.autograd.gradcheck(
        lambda s, c: objective.generator_loss(CriticOutput(s, features=c), batch), (scores, codes)
    )
    assert torch.autograd.gradcheck(
        lambda r, f: objective.critic_loss(CriticOutput(r), CriticOutput(f), batch),
        (scores, scores.flip(0).detach().requires_grad_(True)),
    )


def test_a_critic_without_codes_is_refused_only_where_they_are_needed():
    output, batch = CriticOutput(torch.zeros(2)), Batch(real=torch.zeros(2, 1))
    with pytest.raises(CriticError, match="needs the codes of an autoencoder.*autoencoder_energy"):
        build(pulling_away=0.1).generator_loss(output, batch)
    assert torch.equal(build().generator_loss(output, batch), torch.zeros(2))
