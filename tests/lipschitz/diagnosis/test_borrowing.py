"""Borrowed critics: copies, functions with modules inside, generators, and everything put back."""

import copy
import logging
import threading

import pytest
import torch
from torch import nn

from lipschitz import Batch
from lipschitz.diagnosis.borrowing import SAMPLES, examined
from lipschitz.function_critic import FunctionCritic


def test_a_module_is_copied_in_its_mode():
    critic = nn.Sequential(nn.Linear(3, 3), nn.Dropout()).eval()
    with examined(critic, torch.randn(4, 3), ()) as subject:
        assert subject.copied
        assert subject.visible
        assert subject.critic is not critic
        assert not subject.critic.training
        assert torch.equal(subject.critic[0].weight, critic[0].weight)
        assert subject.critic[0].weight is not critic[0].weight


@pytest.mark.parametrize(("size", "looked_at"), [(1, 2), (5, 5), (8, 8), (100, SAMPLES)])
def test_checks_look_at_some_samples_and_the_probe_at_all(size, looked_at):
    with examined(nn.Linear(3, 1), torch.randn(size, 3), (torch.randn(size, 2),)) as subject:
        assert subject.size == looked_at
        assert subject.condition[0].shape == (looked_at, 2)
        assert subject.batch.size == max(size, 2)


def test_trees_of_samples():
    with examined(
        nn.Linear(3, 1), Batch(real={"a": torch.randn(20, 3), "b": torch.randn(20, 2)}), ()
    ) as subject:
        assert {name: leaf.shape for name, leaf in subject.points.items()} == {"a": (8, 3), "b": (8, 2)}


class Locked(nn.BatchNorm1d):
    def __init__(self, features):
        super().__init__(features)
        self.lock = threading.Lock()
        self.generator = torch.Generator()


def test_what_cannot_be_copied_has_its_buffers_and_generators_put_back():
    critic = Locked(3)
    before, state = copy.deepcopy(critic.state_dict()), critic.generator.get_state()
    with examined(critic, torch.randn(4, 3), ()) as subject:
        assert not subject.copied
        assert subject.critic is critic
        critic(torch.randn(4, 3))
        torch.rand(2, generator=critic.generator)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
    assert torch.equal(critic.generator.get_state(), state)


def test_everything_is_put_back_after_an_error_too():
    logger, critic, points = logging.getLogger("lipschitz"), nn.Linear(3, 1), torch.randn(4, 3)
    level, state = logger.level, torch.get_rng_state()
    with pytest.raises(KeyError), examined(critic, points, ()):
        torch.rand(5)
        raise KeyError
    assert logger.level == level
    assert torch.equal(torch.get_rng_state(), state)


def test_modules_in_functions_are_found():
    net, called = nn.Linear(3, 1), nn.Linear(3, 1)

    def critic(x):
        return net(x) + called(x)

    layers = dict(FunctionCritic(critic).named_children())
    assert layers == {"net": net, "called_": called}  # `called` is taken by the wrapper itself
    assert dict(FunctionCritic(net.forward).named_children()) == {"__self__": net}
    assert dict(FunctionCritic(torch.sum).named_children()) == {}
