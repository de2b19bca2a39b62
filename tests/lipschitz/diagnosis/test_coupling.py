"""All coupled layers are found: by type and by probing, those that fool a simple probe too."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lipschitz import diagnose
from lipschitz.diagnosis.coupling import batch_coupled, batch_coupled_by_probing


class Gate(nn.Module):
    """Adds the mean over the batch times a gate that starts at zero."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return x + self.gate * x.mean(0, keepdim=True)


class StopGradient(nn.Module):
    """Divides by a statistic of the batch that is outside the graph."""

    def forward(self, x):
        return x / (x.detach().std() + 0.1)


class GroupsOfFour(nn.Module):
    """The minibatch standard deviation of StyleGAN, over groups of 4, as an extra feature."""

    def forward(self, x):
        groups = x.reshape(4, x.shape[0] // 4, -1)
        deviation = (groups.var(0, correction=0) + 1e-8).sqrt().mean(-1)
        return torch.cat([x[:, :-1], deviation.repeat(4)[:, None]], dim=1)


class GradientOnly(nn.Module):
    """Adds a term whose value is zero and whose gradient reaches the whole batch."""

    def forward(self, x):
        mean = x.mean(0, keepdim=True)
        return x + (mean - mean.detach())


class GradientScale(nn.Module):
    """Changes no value, and multiplies gradients by a statistic of the batch."""

    def forward(self, x):
        return x + (x - x.detach()) * x.detach().std()


class Branch(nn.Module):
    """Decides for all samples at once."""

    def forward(self, x):
        return x if x.mean() > 0 else -2 * x


class PerSample(nn.Module):
    """Divides by the number of samples, which no change of the other samples shows."""

    def forward(self, x):
        return x / x.shape[0]


class Own(nn.Module):
    """Couples samples in its own forward, around a layer that does so too."""

    def __init__(self):
        super().__init__()
        self.inner = nn.BatchNorm1d(6)

    def forward(self, x):
        return self.inner(x) - 2 * x.mean(0)


def critic_with(*layers):
    return nn.Sequential(nn.Linear(3, 6), *layers, nn.Linear(6, 1))


FOOLING = {"gate": Gate, "stop-gradient": StopGradient, "groups of 4": GroupsOfFour, "evaluation": None}


@pytest.mark.parametrize("size", [8, 16])
@pytest.mark.parametrize("kind", FOOLING)
def test_critics_that_fool_a_simple_probe_are_refused(kind, size):
    layer = nn.BatchNorm1d(6) if kind == "evaluation" else FOOLING[kind]()
    critic = critic_with(layer)
    diagnosis = diagnose(critic.eval() if kind == "evaluation" else critic, torch.randn(size, 3))
    assert not diagnosis.ok
    assert diagnosis.engine is None
    assert [(one.code, one.layer) for one in diagnosis.findings if one.severity == "error"] == [
        ("batch_coupled", "1")
    ]


@pytest.mark.parametrize("layer", [GradientOnly, GradientScale, Branch, PerSample])
def test_coupling_that_values_at_one_batch_size_do_not_show_is_located(examine, points, layer):
    found = examine(batch_coupled_by_probing, critic_with(nn.Tanh(), layer()), points)
    assert [(one.code, one.layer, one.severity) for one in found] == [("batch_coupled", "2", "error")]


COUPLING = {"gate": Gate, "stop-gradient": StopGradient, "norm": lambda: nn.BatchNorm1d(6)}
LAYERS = {**COUPLING, "linear": lambda: nn.Linear(6, 6), "tanh": nn.Tanh}


@settings(max_examples=12)
@given(st.lists(st.sampled_from(sorted(LAYERS)), min_size=1, max_size=4))
def test_all_of_them_are_named_once(kinds):
    diagnosis = diagnose(critic_with(*(LAYERS[kind]() for kind in kinds)), torch.randn(8, 3))
    found = [one.layer for one in diagnosis.findings if one.code == "batch_coupled"]
    assert sorted(found) == [str(i + 1) for i, kind in enumerate(kinds) if kind in COUPLING]


def test_a_module_that_couples_around_a_coupled_child_is_named_too():
    diagnosis = diagnose(critic_with(Own()), torch.randn(8, 3))
    assert {one.layer for one in diagnosis.findings if one.code == "batch_coupled"} == {"1.inner", "1"}


def test_known_types_have_their_replacement():
    (found,) = batch_coupled(critic_with(nn.BatchNorm1d(6)))
    assert "nn.LayerNorm(6)" in found.fix
    assert found.message.startswith("BatchNorm1d(6) couples")


def test_own_randomness_is_reported_as_unchecked(examine, points):
    state = iter(range(10**6))

    class Drifting(nn.Module):
        def forward(self, x):
            return x * (1 + next(state))

    (found,) = examine(batch_coupled_by_probing, critic_with(Drifting()), points)
    assert (found.code, found.severity) == ("coupling_unchecked", "warning")
    assert "randomness of its own" in found.message


def test_dropout_is_no_coupling(examine, points):
    assert examine(batch_coupled_by_probing, critic_with(nn.Dropout(0.5)), points) == []
