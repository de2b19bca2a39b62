"""Parameters without gradients, and buffers that forward passes change."""

import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from lipschitz import CriticOutput
from lipschitz.diagnosis.training import changing_buffers, unused_parameters


class Heads(nn.Module):
    def __init__(self, returned):
        super().__init__()
        self.score, self.classes, self.returned = nn.Linear(3, 1), nn.Linear(3, 5), returned

    def forward(self, x):
        logits = self.classes(x)
        return CriticOutput(self.score(x), logits=logits if self.returned else None)


def test_unused_parameters_are_listed_by_layer(examine, points):
    (found,) = examine(unused_parameters, Heads(False), points)
    assert (found.layer, found.severity) == ("classes", "warning")
    assert found.message.startswith("weight, bias of Linear")


def test_what_objectives_use_is_used(examine, points):
    assert examine(unused_parameters, Heads(True), points) == []


def test_the_last_bias_is_used_by_the_scores(examine, points):
    assert (
        examine(unused_parameters, nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)), points) == []
    )


def test_frozen_parameters_are_not_waited_for(examine, points):
    critic = Heads(False)
    critic.classes.requires_grad_(False)
    assert examine(unused_parameters, critic, points) == []


def old_spectral_norm(layer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated, and still everywhere
        return nn.utils.spectral_norm(layer)


@pytest.mark.parametrize("normalize", [parametrizations.spectral_norm, old_spectral_norm])
def test_power_iterations_are_told_once(examine, points, normalize):
    critic = nn.Sequential(
        normalize(nn.Linear(3, 4)), nn.Sequential(normalize(nn.Linear(4, 4))), nn.Linear(4, 1)
    )
    (found,) = examine(changing_buffers, critic, points)
    assert (found.code, found.layer, found.severity) == ("power_iteration", "0", "info")
    assert "and 1 more" in found.message
    assert examine(changing_buffers, critic.eval(), points) == []


class Centered(nn.Module):
    """Subtracts a running mean, and counts."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("passes", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        with torch.no_grad():
            self.mean.lerp_(x.mean(0), 0.1)
            self.passes += 1
        return x - self.mean


def test_running_statistics_by_hand_are_told_and_counters_are_not(examine, points):
    (found,) = examine(changing_buffers, nn.Sequential(Centered(), nn.Linear(3, 1)), points)
    assert (found.code, found.layer) == ("running_statistics", "0")
    assert "mean" in found.message
    assert "passes" not in found.message
