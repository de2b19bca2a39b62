"""CT-GAN's consistency term: the published formula on the critic's own dropout masks."""

import logging

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, CriticOutput

NAME = "consistency_term"


class Dropping(nn.Module):
    """Returns its features beside its scores."""

    def __init__(self, features=True):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Dropout(0.5))
        self.score = nn.Linear(16, 1)
        self.features = features

    def forward(self, x):
        hidden = self.hidden(x)
        return CriticOutput(self.score(hidden), features=hidden if self.features else None)


@given(
    seed=st.integers(0, 1000),
    size=st.integers(1, 5),
    margin=st.sampled_from([0.0, 0.05]),
    weight=st.sampled_from([0.0, 0.1, 2.0]),
    features=st.booleans(),
)
def test_it_is_the_published_formula(seed, size, margin, weight, features):
    critic = Dropping(features).double()
    real = torch.randn(size, 3, dtype=torch.float64)
    constraint = lipschitz.build(NAME, coefficient=3, margin=margin, feature_weight=weight)
    torch.manual_seed(seed)
    got = constraint.penalty(critic, Batch(real=real))
    torch.manual_seed(seed)
    passes = [critic(real) for _ in range(2)]
    scores = [output.scores.detach().numpy()[:, 0] for output in passes]
    distance = (scores[0] - scores[1]) ** 2
    if features:
        hidden = [output.features.detach().numpy() for output in passes]
        distance = distance + weight * np.mean((hidden[0] - hidden[1]) ** 2, axis=1)
    want = 3 * np.maximum(0, distance - margin)
    assert got.tolist() == pytest.approx(want.tolist(), rel=1e-9, abs=1e-12)


# The published rates: 0.5 three times for MNIST, 0.2, 0.5 and 0.5 for CIFAR-10.
@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_behind_one_dropout_its_mean_has_a_closed_form(rate):
    """Two masked scores of w'x differ by 2 p / (1 - p) sum (w_i x_i)^2 in the mean of squares."""
    torch.manual_seed(0)
    layer = nn.Linear(4, 1).double()
    x = torch.randn(4, dtype=torch.float64)
    critic = nn.Sequential(nn.Dropout(rate), layer)
    got = lipschitz.build(NAME).penalty(critic, Batch(real=x.expand(200_000, 4)))
    want = 2 * 2 * rate / (1 - rate) * ((layer.weight[0] * x) ** 2).sum().item()
    assert got.mean().item() == pytest.approx(want, rel=0.02)


def test_it_is_the_published_code_for_any_margin():
    # The code multiplies by lambda_2 and then subtracts M; the paper's margin is within the brackets, as ours.
    critic, real = Dropping().double(), torch.randn(64, 3, dtype=torch.float64)
    torch.manual_seed(0)
    got = lipschitz.build(NAME, margin=0.05).penalty(critic, Batch(real=real))
    torch.manual_seed(0)
    (d1, f1), (d2, f2) = ((o.scores[:, 0], o.features) for o in (critic(real), critic(real)))
    term = 2 * (d1 - d2) ** 2 + 2 * 0.1 * ((f1 - f2) ** 2).mean(1)
    torch.testing.assert_close(got, (term - 2 * 0.05).clamp(min=0))
    assert 0 < (got > 0).sum() < 64


def test_defaults_are_those_of_the_published_code():
    constraint = lipschitz.build(NAME)
    assert (constraint.coefficient, constraint.feature_weight, constraint.margin) == (2.0, 0.1, 0.0)


def test_training_on_it_makes_the_passes_agree():
    torch.manual_seed(0)
    critic, real = Dropping(), torch.randn(64, 3)
    constraint = lipschitz.build(NAME)
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-2)
    costs = []
    for step in range(60):
        penalty = constraint.penalty(critic, Batch(real=real, step=step)).mean()
        optimizer.zero_grad()
        penalty.backward()
        optimizer.step()
        costs.append(penalty.item())
    assert sum(costs[-5:]) < 0.2 * sum(costs[:5])


def test_in_evaluation_mode_and_without_dropout_it_is_zero():
    batch = Batch(real=torch.randn(4, 3))
    for critic in (Dropping().eval(), nn.Linear(3, 1)):
        assert not lipschitz.build(NAME).penalty(critic, batch).any()


def test_a_critic_without_dropout_is_noted(caplog):
    with caplog.at_level(logging.WARNING, logger="lipschitz"):
        lipschitz.build(NAME).prepare(Dropping())
        assert not caplog.text
        lipschitz.build(NAME).prepare(nn.Linear(3, 1))
    assert "this critic has no dropout layer: the term is zero" in caplog.text


def test_it_is_composed_with_the_gradient_penalty_as_published():
    torch.manual_seed(0)
    both = lipschitz.compose(lipschitz.build("two_sided_gradient_penalty"), lipschitz.build(NAME))
    batch = Batch(real=torch.randn(4, 3), fake=torch.randn(4, 3))
    critic = both.prepare(Dropping(), batch)
    penalty = both.penalty(critic, batch)
    assert penalty.shape == (4,)
    penalty.mean().backward()
    assert all(parameter.grad is not None for parameter in critic.parameters() if parameter.ndim == 2)
