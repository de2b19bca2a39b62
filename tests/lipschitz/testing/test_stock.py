"""Critics that are lent again are as new; what cannot be put back is not lent again."""

import pickle

import pytest
import torch
from torch import nn

from lipschitz import build
from lipschitz.testing.critics import PERCEPTRON
from lipschitz.testing.stock import Stock
from lipschitz.testing.trial import Trial, snapshot


def build_critic():
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    critic[0].bias.requires_grad_(False)
    critic[1].eval()
    critic.register_buffer("unsaved", torch.zeros(3), persistent=False)
    return critic


@pytest.fixture
def stock():
    return Stock()


def lent_again(stock, spoil):
    """Return whether a critic is lent again after what is done to it, and what is lent."""
    first = stock.take("critic", build_critic)
    spoil(first)
    stock.give_back()
    second = stock.take("critic", build_critic)
    return second is first, second


def trained(critic):
    critic.train()(torch.randn(8, 2)).sum().backward()
    with torch.no_grad():
        for value in (*critic.parameters(), *critic.buffers()):
            value.add_(1)
    critic[0].bias.requires_grad_(True)


def test_what_training_changes_is_put_back(stock):
    same, critic = lent_again(stock, trained)
    assert same
    new = build_critic()
    for (name, value), other in zip(critic.named_parameters(), new.parameters(), strict=True):
        assert torch.equal(value, other), name
        assert value.grad is None
        assert value.requires_grad is other.requires_grad
    for (name, value), other in zip(critic.named_buffers(), new.buffers(), strict=True):
        assert torch.equal(value, other), name
    assert [layer.training for layer in critic.modules()] == [layer.training for layer in new.modules()]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda critic: critic.append(nn.ReLU()),
        lambda critic: critic.register_forward_hook(lambda *_: None),
        lambda critic: critic.register_buffer("more", torch.zeros(1)),
        lambda critic: setattr(critic[0], "note", 3),
        lambda critic: setattr(critic[0], "weight", nn.Parameter(torch.zeros(4, 2))),
        lambda critic: critic.__setitem__(1, nn.Identity()),
    ],
    ids=["layer", "hook", "buffer", "attribute", "parameter", "other layer"],
)
def test_what_has_changed_otherwise_is_not_lent_again(stock, spoil):
    same, critic = lent_again(stock, spoil)
    assert not same
    assert list(critic.state_dict()) == list(build_critic().state_dict())


def test_nobody_gets_what_another_has(stock):
    first, second = stock.take("critic", build_critic), stock.take("critic", build_critic)
    other = stock.take("other", build_critic)
    assert len({id(first), id(second), id(other)}) == 3
    stock.give_back()
    assert {id(stock.take("critic", build_critic)) for _ in range(2)} == {id(first), id(second)}


def test_another_process_starts_with_an_empty_one(stock):
    stock.take("critic", build_critic)
    stock.give_back()
    copy = pickle.loads(pickle.dumps(stock))
    assert isinstance(copy, Stock)
    assert copy.take("critic", build_critic) is not stock.take("critic", build_critic)


def test_a_trial_with_a_stock_prepares_what_one_without_does():
    plain = Trial(build("spectral_norm"), PERCEPTRON)
    trial = Trial(build("spectral_norm"), PERCEPTRON, stock=Stock())
    assert trial == plain
    for scale in (1.0, 3.0):
        critic = trial.prepared(scale)
        trial.scores(critic, trial.batch())
        trial.stock.give_back()
        assert trial.prepared(scale) is critic
        want = snapshot(plain.prepared(scale))
        assert all(torch.equal(value, want[name]) for name, value in snapshot(critic).items())
    assert trial.prepared(2.0) is not trial.in_dtype(torch.float64).prepared(2.0)
