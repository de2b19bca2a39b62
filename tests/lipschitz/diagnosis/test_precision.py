"""Autocast: what fails and what differs."""

import pytest
import torch
from torch import nn

from lipschitz.diagnosis.precision import autocast_differs


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def critic_with(function):
    return nn.Sequential(nn.Linear(3, 32), Function(function), nn.Linear(32, 1))


def refuse(x):
    if x.dtype == torch.bfloat16:
        raise RuntimeError("no kernel for bfloat16")
    return x


def test_what_fails_is_located(examine, points):
    (found,) = examine(autocast_differs, critic_with(refuse), points)
    assert (found.code, found.layer, found.severity) == ("no_autocast", "1", "warning")
    assert "no kernel for bfloat16" in found.message


def test_what_rounding_destroys_is_measured(examine, points):
    (found,) = examine(autocast_differs, critic_with(lambda x: torch.sin(300 * x)), points)
    assert found.code == "autocast_differs"
    assert "%" in found.message


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    "build",
    [
        lambda: critic_with(torch.relu),
        lambda: nn.Sequential(nn.Linear(3, 8), nn.LayerNorm(8), nn.Linear(8, 1)),
    ],
)
def test_ordinary_critics_survive(examine, points, build, seed):
    torch.manual_seed(seed)
    assert examine(autocast_differs, build(), points) == []


def test_other_precisions_are_not_asked(examine, points):
    assert examine(autocast_differs, critic_with(refuse).double(), points.double()) == []
