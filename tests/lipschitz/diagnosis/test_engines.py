"""The engine is the one gradient_norms will use; what keeps vmap away is named."""

import threading

import pytest
import torch
from torch import nn

from lipschitz import diagnose
from lipschitz.diagnosis.borrowing import examined
from lipschitz.diagnosis.engines import data_dependent_branch, engine_of, no_engine, no_vmap_rule, norms_by
from lipschitz.gradients import choose_engine


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Drifting(nn.Module):
    """Gives other scores each time, so that the probe cannot tell."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.calls = layer, 0

    def forward(self, x):
        self.calls += 1
        return self.layer(x) * (1 + 0.1 * (self.calls % 7))


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.score = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        return self.score(self.gru(x)[0][:, -1])


class LockedGru(Gru):
    """Cannot be copied, so the probe cannot tell either."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


@pytest.mark.parametrize(
    ("build", "shape", "engine"),
    [
        (lambda: nn.Linear(3, 1), (3,), "batched"),
        (Gru, (5, 3), "batched"),
        (lambda: Drifting(nn.Linear(3, 1)), (3,), "vmap"),
        (LockedGru, (5, 3), "loop"),
    ],
)
def test_the_engine_is_the_one_that_auto_chooses(build, shape, engine):
    critic, x = build(), torch.randn(8, *shape)
    assert diagnose(critic, x).engine == engine
    assert choose_engine(critic, x) == engine


def test_layers_without_rule_are_named(examine):
    (found,) = examine(no_vmap_rule, Gru(), torch.randn(8, 5, 3))
    assert (found.layer, found.severity) == ("gru", "info")
    (found,) = examine(no_vmap_rule, LockedGru(), torch.randn(8, 5, 3))
    assert (found.layer, found.severity) == ("gru", "warning")
    assert "slow" in found.message


def test_branches_by_value_are_named(examine, points):
    critic = nn.Sequential(nn.Linear(3, 4), Function(lambda x: x if x.sum() > -1e9 else -x), nn.Linear(4, 1))
    (found,) = examine(data_dependent_branch, critic, points)
    assert (found.code, found.layer) == ("data_dependent_branch", "1")
    assert examine(no_vmap_rule, critic, points) == []


def test_a_refusal_for_reasons_of_its_own_is_passed_on(examine, points, monkeypatch):
    def refuse(*_):
        raise RuntimeError("not today")

    monkeypatch.setattr("lipschitz.diagnosis.engines.choose_engine", refuse)
    (found,) = examine(no_engine, nn.Linear(3, 1), points)
    assert (found.code, found.severity) == ("cannot_evaluate", "error")
    assert "not today" in found.message
    with examined(nn.Linear(3, 1), points, ()) as subject:
        assert engine_of(subject) is None


@pytest.mark.parametrize("engine", ["vmap", "batched", "loop"])
def test_norms_are_those_of_the_engine(points, engine):
    critic = nn.Linear(3, 1)
    with examined(critic, points, ()) as subject:
        assert torch.allclose(norms_by(subject, engine), critic.weight.norm().expand(8))
