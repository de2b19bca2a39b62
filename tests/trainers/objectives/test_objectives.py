"""Objectives against their formulas in numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import Batch, CriticOutput
from lipschitz_trainers import registry

SCORES = st.lists(st.floats(-20, 20), min_size=1, max_size=6)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


FORMULAS = {
    "wasserstein": (lambda r, f: f - r, lambda f: -f),
    "minimax": (lambda r, f: -np.log(sigmoid(r)) - np.log(sigmoid(-f)), lambda f: np.log(sigmoid(-f))),
    "non_saturating": (lambda r, f: -np.log(sigmoid(r)) - np.log(sigmoid(-f)), lambda f: -np.log(sigmoid(f))),
    "dcgan": (
        lambda r, f: -0.5 * np.log(sigmoid(r)) - 0.5 * np.log(sigmoid(-f)),
        lambda f: -np.log(sigmoid(f)),
    ),
    "least_squares": (lambda r, f: 0.5 * (r - 1) ** 2 + 0.5 * f**2, lambda f: 0.5 * (f - 1) ** 2),
    "hinge": (lambda r, f: np.maximum(0, 1 - r) + np.maximum(0, 1 + f), lambda f: -f),
    # The samples of a pair here have L1 distance 2.
    "loss_sensitive": (lambda r, f: np.maximum(0, 2 + f - r), lambda f: -f),
    "energy_based": (lambda r, f: -r + np.maximum(0, 1 + f), lambda f: -f),
    # Jensen-Shannon: T = log 2 + log sigmoid, f*(T) = -log(2 - exp(T)).
    "f_divergence": (
        lambda r, f: -np.log(2 * sigmoid(r)) - np.log(2 * sigmoid(-f)),
        lambda f: -np.log(2 * sigmoid(f)),
    ),
}


def test_every_registered_objective_has_a_formula_here():
    shipped = {
        n
        for n, c in registry.registered("objective").items()
        if c.__module__.startswith("lipschitz_trainers.")
    }
    assert (
        set(FORMULAS) | {"wasserstein_ac_gan"} == shipped
    )  # the latter, which needs labels, has tests of its own


@pytest.mark.parametrize("name", sorted(FORMULAS))
@given(real=SCORES, data=st.data())
def test_losses_per_sample(name, real, data):
    fake = data.draw(st.lists(st.floats(-20, 20), min_size=len(real), max_size=len(real)))
    r, f = (torch.tensor(values, dtype=torch.float64) for values in (real, fake))
    pairs = torch.zeros(len(real), 2, dtype=torch.float64)
    batch = Batch(real=pairs, fake=pairs - 1)
    objective = registry.build("objective", name)
    critic_formula, generator_formula = FORMULAS[name]
    np.testing.assert_allclose(
        objective.critic_loss(CriticOutput(r), CriticOutput(f), batch).numpy(),
        critic_formula(r.numpy(), f.numpy()),
        atol=1e-6,
    )
    np.testing.assert_allclose(
        objective.generator_loss(CriticOutput(f), batch).numpy(), generator_formula(f.numpy()), atol=1e-6
    )


def test_least_squares_codes():
    objective = registry.build("objective", "least_squares", fake_code=-1, real_code=1, generator_code=0)
    one = CriticOutput(torch.ones(1))
    batch = Batch(real=torch.zeros(1, 1))
    assert objective.critic_loss(one, one, batch).item() == 2.0
    assert objective.generator_loss(one, batch).item() == 0.5


@given(scores=SCORES)
def test_the_authors_least_squares_generator_has_no_half(scores):
    objective = registry.build("objective", "least_squares", generator_weight=1)
    fake = torch.tensor(scores, dtype=torch.float64)
    loss = objective.generator_loss(CriticOutput(fake), Batch(real=torch.zeros(len(scores), 1)))
    np.testing.assert_allclose(loss.numpy(), (fake.numpy() - 1) ** 2)
