"""Critics that cannot be evaluated, or whose output is no score."""

import pytest
import torch
from torch import nn

from lipschitz import CriticOutput, diagnose
from lipschitz.diagnosis.evaluation import (
    cannot_evaluate,
    evaluation_mode,
    first_line,
    lazy_layers,
    not_finite,
    not_scores,
)


class Returns(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.score, self.function = nn.Linear(3, 1), function

    def forward(self, x):
        return self.function(self.score(x))


BAD = {
    "a map": (
        lambda s: s[:, :, None, None].expand(-1, 1, 4, 4),
        "map of scores",
        "scores.flatten(1).mean(1)",
    ),
    "several": (lambda s: s.expand(-1, 5), "several numbers", "CriticOutput(scores, logits=...)"),
    "the mean": (lambda s: s.mean(), "single sample", "batch axis"),
    "a tuple": (lambda s: (s, s), "tuple", "CriticOutput"),
    "whole numbers": (lambda s: s.round().long(), "torch.int64", "floating-point"),
    "complex": (lambda s: torch.complex(s, s), "torch.complex64", "real"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_score_is_explained(examine, points, kind):
    function, problem, remedy = BAD[kind]
    (found,) = examine(not_scores, Returns(function), points)
    assert (found.code, found.severity) == ("not_scores", "error")
    assert problem in found.message
    assert remedy in found.fix
    assert not diagnose(Returns(function), points).ok


@pytest.mark.parametrize("function", [lambda s: s, lambda s: s[:, 0], lambda s: CriticOutput(s, logits=s)])
def test_scores_are_accepted(examine, points, function):
    assert examine(not_scores, Returns(function), points) == []


def test_the_layer_that_raises_is_named_with_the_shape_and_the_error(examine, points):
    critic = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU(), nn.Linear(5, 1)))
    (found,) = examine(cannot_evaluate, critic, points)
    assert found.layer == "1.1"
    assert "(8, 3)" in found.message
    assert "mat1 and mat2" in found.message


def test_all_lazy_layers_are_named():
    critic = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyBatchNorm1d(), nn.Linear(4, 1))
    assert [found.layer for found in lazy_layers(critic)] == ["0", "2"]
    diagnosis = diagnose(critic, torch.randn(4, 3))
    assert diagnosis.codes() == {"lazy_layers", "batch_coupled"}


def test_a_gradient_that_is_nan_at_zero_alone_is_a_warning(examine, points):
    class Root(nn.Module):
        def forward(self, x):
            return x.square().sum(1).sqrt()

    (found,) = examine(not_finite, Root(), points)
    assert (found.severity, "zeros" in found.message) == ("warning", True)
    assert "vector_norm" in found.fix
    (found,) = examine(not_finite, Root(), torch.zeros(8, 3))
    assert found.severity == "error"


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (nn.Dropout(0.3), True),
        (nn.Dropout(0.0), False),
        (nn.BatchNorm1d(3), True),
        (nn.BatchNorm1d(3, track_running_stats=False), False),
        (nn.LayerNorm(3), False),
        (nn.RReLU(), True),
    ],
)
def test_sleeping_layers_are_told(examine, points, layer, told):
    critic = nn.Sequential(layer, nn.Linear(3, 1))
    assert bool(examine(evaluation_mode, critic.eval(), points)) is told
    assert examine(evaluation_mode, critic.train(), points) == []


def test_errors_are_quoted_briefly():
    assert first_line(ValueError("One thing. Another.\nMore")) == "ValueError: One thing"
    assert first_line(ValueError()) == "ValueError"
    assert len(first_line(ValueError("x" * 1000))) == 200
