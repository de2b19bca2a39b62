"""The probe in both its settings: redrawn parameters, and the critic as it stands on its own data."""

import logging
import threading

import pytest
import torch
from torch import nn

from lipschitz import Batch, BatchError, CoupledSamplesError, CriticError
from lipschitz.checks import require_independent_samples, samples_are_independent


def example(**more):
    draw = torch.Generator().manual_seed(3)
    return Batch(real=torch.rand(16, 2, generator=draw), **more)


class Critic(nn.Module):
    """A critic with a hidden layer, whose hidden units a function may couple."""

    def __init__(self, couple):
        super().__init__()
        self.hidden, self.score = nn.Linear(2, 8), nn.Linear(8, 1)
        self.scale = nn.Parameter(torch.ones(8))
        self.couple = couple

    def forward(self, x, *condition):
        return self.score(self.couple(self, self.hidden(x), x, *condition))


def centred(h):
    return h - h.mean(0, keepdim=True)


COUPLED = {
    "not finite with redrawn parameters": lambda self, h, x: centred(h * self.scale.sqrt()),
    "logarithm of a parameter": lambda self, h, x: centred(h * (1 + self.scale.log())),
    "only where the data lie": lambda self, h, x: h - h.mean(0) * ((x > 0) & (x < 1)).all().to(h.dtype),
}


@pytest.mark.parametrize("name", sorted(COUPLED))
def test_coupling_that_only_shows_as_the_critic_stands(name):
    with pytest.raises(CoupledSamplesError):
        require_independent_samples(Critic(COUPLED[name]), example())


def test_coupling_in_evaluation_mode_only():
    critic = Critic(lambda self, h, x: h if self.training else centred(h)).eval()
    with pytest.raises(CoupledSamplesError):
        require_independent_samples(critic, example())
    assert not critic.training


def test_coupling_through_the_conditions():
    condition = (torch.rand(16, 8, generator=torch.Generator().manual_seed(1)),)
    mixed = Critic(lambda self, h, x, c: h * c.mean(0))
    own = Critic(lambda self, h, x, c: h * c)
    with pytest.raises(CoupledSamplesError):
        require_independent_samples(mixed, example(condition=condition))
    require_independent_samples(own, example(condition=condition))
    assert samples_are_independent(own) is True


def detached_mean_after_many_layers():
    deep = nn.Sequential(nn.Linear(2, 8), *[nn.Sequential(nn.Linear(8, 8), nn.ReLU()) for _ in range(8)])

    class Deep(nn.Module):
        def __init__(self):
            super().__init__()
            self.deep, self.score = deep, nn.Linear(8, 1)

        def forward(self, x):
            h = self.deep(x)
            return self.score(h - h.mean(0, keepdim=True).detach())

    return Deep()


def test_a_detached_statistic_after_many_layers():
    with pytest.raises(CoupledSamplesError):
        require_independent_samples(detached_mean_after_many_layers(), example())


class Noisy(nn.Module):
    """Independent samples, noise from a generator that seeding does not reach."""

    def __init__(self):
        super().__init__()
        self.score, self.draw = nn.Linear(2, 1), torch.Generator().manual_seed(0)

    def forward(self, x):
        return self.score(x + torch.randn(x.shape, generator=self.draw))


class Locked(nn.Linear):
    """Cannot be deep-copied."""

    def __init__(self):
        super().__init__(2, 1)
        self.lock = threading.Lock()


@pytest.mark.parametrize(
    ("critic", "reason"), [(Noisy, "randomness of its own"), (Locked, "cannot be copied")]
)
def test_what_cannot_be_probed_is_said_and_let_through(critic, reason, caplog):
    module = critic()
    with caplog.at_level(logging.WARNING, logger="lipschitz"):
        require_independent_samples(module, example())
    assert reason in caplog.text
    assert samples_are_independent(module) is None


def test_lazy_layers_need_a_forward_pass_first():
    critic = nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 1))
    with pytest.raises(CriticError, match="run one forward pass first"):
        require_independent_samples(critic, example())


def test_buffers_that_the_first_call_fills():
    class Filling(nn.Linear):
        def __init__(self):
            super().__init__(2, 1)
            self.register_buffer("seen", None)

        def forward(self, x):
            self.seen = torch.zeros(2)
            return super().forward(x)

    require_independent_samples(Filling(), example())


def test_the_example_must_be_a_batch():
    with pytest.raises(BatchError, match=r"must be a lipschitz\.Batch, got Tensor"):
        require_independent_samples(nn.Linear(2, 1), torch.zeros(4, 2))
