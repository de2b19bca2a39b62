"""Bounded scores are found by their values, and the layer that bounds them; normalization inside is not blamed."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations

from lipschitz.diagnosis.borrowing import examined
from lipschitz.diagnosis.saturation import saturating_output
from lipschitz.testing.strategies import critics


class Last(nn.Module):
    """Applies a function in its own forward."""

    def __init__(self, function, width=1):
        super().__init__()
        self.net, self.function = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, width)), function

    def forward(self, x):
        return self.function(self.net(x))


def critic_with(*layers, width=1):
    return nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, width), *layers)


BOUNDED = [nn.Sigmoid, nn.Tanh, nn.Hardtanh, nn.Softsign, nn.Hardsigmoid, nn.ReLU6]


@pytest.mark.parametrize("layer", BOUNDED)
@pytest.mark.parametrize("training", [True, False])
def test_squashing_layers_are_named(examine, points, layer, training):
    (found,) = examine(saturating_output, critic_with(layer(), nn.Flatten()).train(training), points)
    assert (found.layer, found.severity) == ("3", "warning")
    assert "keeps all scores within" in found.message


def test_the_range_is_told(examine, points):
    (found,) = examine(saturating_output, critic_with(nn.Sigmoid()), points)
    assert "[0, 1]" in found.message


@pytest.mark.parametrize(
    "function", [torch.sigmoid, torch.tanh, lambda s: s.clamp(-2, 3), lambda s: 5 * torch.atan(s)]
)
def test_functions_at_the_end_are_found(examine, points, function):
    (found,) = examine(saturating_output, Last(function), points)
    assert (found.layer, found.code) == ("", "saturating_output")


@pytest.mark.parametrize("function", [lambda s: s.softmax(1)[:, 0], lambda s: F.normalize(s, dim=1)[:, 0]])
def test_bounds_over_several_outputs_are_found(examine, points, function):
    assert len(examine(saturating_output, Last(function, width=4), points)) == 1


@pytest.mark.parametrize(
    ("function", "side"), [(F.relu, "below"), (F.logsigmoid, "above"), (F.softplus, "below")]
)
def test_bounds_on_one_side_are_told(examine, points, function, side):
    (found,) = examine(saturating_output, Last(function), points)
    assert f"bounds the scores {side}" in found.message


@pytest.mark.parametrize(
    "critic",
    [
        critic_with(),
        critic_with(nn.LeakyReLU(0.2)),
        Last(torch.abs),
        Last(lambda s: s.mean(1), width=4),
        Last(lambda s: s.logsumexp(1) - (-s).logsumexp(1), width=4),
        nn.Sequential(nn.Linear(3, 6), nn.LayerNorm(6), nn.Linear(6, 1)),
        nn.Sequential(nn.Linear(3, 6), nn.Sigmoid(), nn.Linear(6, 1)),
        nn.Sequential(nn.Linear(3, 6), nn.Tanh(), parametrizations.spectral_norm(nn.Linear(6, 1))),
        nn.Sequential(nn.Linear(3, 6), nn.Tanh(), parametrizations.weight_norm(nn.Linear(6, 1))),
    ],
)
def test_scores_without_bounds_are_not_blamed(examine, points, critic):
    assert examine(saturating_output, critic, points) == []


@given(critics(shape=(3,)), st.sampled_from(BOUNDED))
def test_any_critic_is_blamed_exactly_when_something_bounds_it(critic, layer):
    x = torch.randn(6, 3, dtype=torch.float64)
    with examined(critic, x, ()) as subject:
        assert list(saturating_output(subject)) == []
    with examined(nn.Sequential(critic, layer()), x, ()) as subject:
        assert [found.layer for found in saturating_output(subject)] == ["1"]


def test_a_head_that_is_no_score_is_no_disguise(examine, points):
    from lipschitz import CriticOutput

    class TwoHeads(nn.Module):
        def __init__(self):
            super().__init__()
            self.score, self.classes = nn.Linear(3, 1), nn.Linear(3, 5)

        def forward(self, x):
            return CriticOutput(self.score(x).sigmoid(), logits=self.classes(x))

    assert len(examine(saturating_output, TwoHeads(), points)) == 1
