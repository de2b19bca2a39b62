"""Random numbers never pass for constants: a bound holds for every draw, or is refused."""

import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lipschitz import BoundError, product_bound
from lipschitz.bounds import rule_for


class DropConnect(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 1)

    def forward(self, x):
        return F.linear(x, F.dropout(self.inner.weight, 0.5, self.training), self.inner.bias)


def in_place(fill):
    def critic(x):
        weights = torch.ones(4, dtype=x.dtype)
        fill(weights)
        return (x * weights).sum(1)

    return critic


def scaled_by(draw):
    return lambda x: (x * draw()).sum(1)


CONSTANT = torch.tensor([0.1, 0.2, 0.3, -0.4], dtype=torch.float64)

MULTIPLIED = {
    "dropout": scaled_by(lambda: F.dropout(CONSTANT, 0.5, True)),
    "dropout_in_place": in_place(lambda t: F.dropout(t, 0.5, True, inplace=True)),
    "alpha_dropout": scaled_by(lambda: F.alpha_dropout(CONSTANT, 0.5, True)),
    "feature_dropout": scaled_by(lambda: torch.feature_dropout(CONSTANT.reshape(1, 4), 0.5, True)),
    "normal_": in_place(lambda t: t.normal_()),
    "uniform_": in_place(lambda t: t.uniform_()),
    "init": in_place(nn.init.uniform_),
    "out": in_place(lambda t: torch.randn(4, out=t, dtype=t.dtype)),
    "bernoulli_": in_place(lambda t: t.bernoulli_(0.5)),
    "geometric_": in_place(lambda t: t.geometric_(0.5)),
    "exponential_": in_place(lambda t: t.exponential_()),
    "random_": in_place(lambda t: t.random_(5)),
    "copied": in_place(lambda t: t.copy_(torch.rand(4))),
    "randint": scaled_by(lambda: torch.randint(5, (4,))),
    "standard_gamma": scaled_by(lambda: torch._standard_gamma(CONSTANT.abs())),
    "dirichlet": scaled_by(lambda: torch._sample_dirichlet(CONSTANT.abs())),
    "binomial": scaled_by(lambda: torch.binomial(torch.full((4,), 9.0), torch.full((4,), 0.5))),
    "poisson": scaled_by(lambda: torch.poisson(CONSTANT.abs())),
    "gumbel_softmax": scaled_by(lambda: F.gumbel_softmax(CONSTANT)),
    "rrelu": scaled_by(lambda: F.rrelu(CONSTANT, training=True)),
    "distribution": scaled_by(lambda: torch.distributions.Beta(2.0, 3.0).sample((4,))),
    "own_generator": scaled_by(lambda: torch.randn(4, generator=torch.Generator().manual_seed(3))),
    "mask": scaled_by(lambda: (torch.rand(4) < 0.5).double()),
    "attention": scaled_by(
        lambda: F.scaled_dot_product_attention(*[torch.ones(1, 1, 4)] * 3, dropout_p=0.5).flatten()
    ),
    "randperm": lambda x: (x[:, torch.randperm(4)] * CONSTANT).sum(1),
    "multinomial": lambda x: x[:, torch.multinomial(torch.ones(4), 8, replacement=True)].sum(1),
    "number": lambda x: x.sum(1) * float(torch.rand(())),
    "script": scaled_by(lambda: torch.jit.script(scripted_draw)(CONSTANT)),
    "python": lambda x: x.sum(1) * random.random(),
    "numpy": lambda x: x.sum(1) * float(np.random.rand()),  # noqa: NPY002
}


def scripted_draw(x: torch.Tensor) -> torch.Tensor:
    return torch.rand_like(x)


@pytest.mark.parametrize("critic", MULTIPLIED.values(), ids=MULTIPLIED)
def test_features_multiplied_or_chosen_by_random_numbers_are_refused(critic):
    with pytest.raises(BoundError):
        product_bound(critic, torch.zeros(1, 4, dtype=torch.float64))


def test_refusals_name_the_layer_and_the_operation():
    critic = nn.Sequential(nn.Linear(4, 4), DropConnect())
    with pytest.raises(BoundError, match=r"layer '1' \(DropConnect\).*'linear'.*random"):
        product_bound(critic, torch.zeros(1, 4))
    expected = nn.Sequential(critic[0], critic[1].inner)
    assert product_bound(critic.eval(), torch.zeros(1, 4)) == product_bound(expected, torch.zeros(1, 4))

    class Filling(nn.Module):
        def forward(self, x):
            return x * torch.empty(4).normal_()

    with pytest.raises(BoundError, match=r"layer '0' \(Filling\).*'normal'.*random numbers"):
        product_bound(nn.Sequential(Filling(), nn.Linear(4, 1)), torch.zeros(1, 4))


ADDED = {
    "randn": lambda x: torch.randn(4),
    "randn_like": torch.randn_like,
    "gamma": lambda x: torch._standard_gamma(torch.ones(4)),
    "dropout": lambda x: F.dropout(torch.ones(4), 0.5, True),
    "randint": lambda x: torch.randint(5, (4,)),
    "through a layer": lambda x: F.linear(torch.randn(4), torch.ones(4, 4)).relu(),
}


@pytest.mark.parametrize("noise", ADDED.values(), ids=ADDED)
def test_random_numbers_added_to_features_do_not_count(noise, norm):
    def critic(x):
        return (3 * (x + noise(x)))[:, 0]

    assert product_bound(critic, torch.zeros(1, 4).double(), norm=norm) == pytest.approx(3.0)


def test_operations_that_could_draw_and_do_not_are_constants(norm):
    def critic(x):
        weights = F.rrelu(F.dropout(torch.ones(4), 0.5, False), training=False)
        return (x * weights * F.scaled_dot_product_attention(*[torch.ones(1, 1, 4)] * 3).flatten())[:, 0]

    with torch.inference_mode():  # where composite operations are not taken apart
        found = product_bound(critic, torch.zeros(1, 4), norm=norm)
    assert found == pytest.approx(1.0, rel=1e-6)


def test_dropout_of_features_counts_at_its_worst_however_it_is_called(norm):
    for critic in (
        lambda x: F.dropout(x, 0.25)[:, 0],
        lambda x: torch.dropout(x, 0.25, True)[:, 0],
        lambda x: F.dropout(x * 1, 0.25, inplace=True)[:, 0],
    ):
        assert product_bound(critic, torch.zeros(1, 4), norm=norm) == pytest.approx(4 / 3, rel=1e-6)


def test_stated_bounds_cover_the_draws_inside():
    class Shaken(nn.Module):
        def forward(self, x):
            weights = torch.empty(4).uniform_()
            return x * weights * torch.rand(4) * random.random()

    @rule_for(Shaken)
    def at_most_one(layer, norm, shape):
        return 1.0

    critic = nn.Sequential(Shaken(), nn.Linear(4, 1))
    alone = product_bound(critic[1], torch.zeros(1, 4))
    assert product_bound(critic, torch.zeros(1, 4)) == pytest.approx(alone, rel=1e-6)
