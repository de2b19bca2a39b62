"""When the rewriting is in force, what it saves, and what it leaves behind."""

import gc
import weakref

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lipschitz import gradient_norms, two_sided
from lipschitz.zero_free import plain_double_backward, zero_free


def operations(function):
    """Return how many tensor operations a function runs."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Counter(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.count += 1
            return func(*args, **(kwargs or {}))

    with Counter() as counter:
        function()
    return counter.count


@pytest.mark.parametrize("activation", [nn.ReLU, nn.LeakyReLU])
def test_fewer_operations_run_in_the_double_backward(activation):
    critic = nn.Sequential(nn.Linear(2, 4), activation(), nn.Linear(4, 4), activation(), nn.Linear(4, 1))

    def step():
        two_sided(gradient_norms(critic, torch.ones(3, 2), engine="batched")).sum().backward()

    with plain_double_backward():
        plain = operations(step)
    assert operations(step) < plain


@pytest.mark.parametrize("gains", [True, False])
def test_the_mode_is_entered_only_where_it_gains(gains):
    critic = nn.Sequential(nn.Linear(2, 4), nn.ReLU() if gains else nn.Tanh(), nn.Linear(4, 1))

    def entered():
        with zero_free(critic):
            critic(torch.ones(3, 2))
            return bool(torch.overrides._get_current_function_mode_stack())

    assert entered(), "the first call finds out"
    assert entered() is gains
    assert not torch.overrides._get_current_function_mode_stack()


def test_nothing_is_rewritten_outside_or_when_switched_off():
    x = torch.tensor([-torch.inf])
    assert F.relu(x).item() == 0
    with plain_double_backward(), zero_free(F.relu):
        assert F.relu(x).item() == 0
    with zero_free(F.relu):
        assert F.relu(x).isnan()


def test_switching_off_is_undone_after_an_error_and_may_be_nested():
    with pytest.raises(KeyError), plain_double_backward(), plain_double_backward():
        raise KeyError
    with zero_free(F.relu):
        assert F.relu(torch.tensor([-torch.inf])).isnan()


def test_what_is_remembered_of_a_critic_does_not_keep_it_alive():
    critic = nn.Sequential(nn.Linear(2, 1), nn.ReLU())
    gradient_norms(critic, torch.ones(3, 2))
    ghost = weakref.ref(critic)
    del critic
    gc.collect()
    assert ghost() is None


def test_no_mode_is_entered_where_no_graph_is_wanted():
    entered = []

    class Watching(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(2))

        def forward(self, x):
            entered.append(any("Rewriting" in type(m).__name__ for m in _stack()))
            return torch.relu(x @ self.weight)

    critic = Watching()
    gradient_norms(critic, torch.ones(3, 2))  # probed
    del entered[:]
    with torch.no_grad():
        gradient_norms(critic, torch.ones(3, 2))
    assert entered == [False]
    gradient_norms(critic, torch.ones(3, 2))
    assert entered[1:] == [True]


def _stack():
    return torch.overrides._get_current_function_mode_stack()
