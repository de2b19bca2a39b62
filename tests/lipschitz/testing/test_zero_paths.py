"""Zeros in the double backward are found, and our critics have none."""

import pytest
import torch
from hypothesis import assume, given
from torch import nn

from lipschitz.testing import zero_paths
from lipschitz.testing.strategies import PIECEWISE_LINEAR, batches, critics
from lipschitz.zero_free import plain_double_backward


class Residual(nn.Module):
    """The block of the paper's residual critic: the branch through two rectifiers, the average-pooled input."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 3, 3, padding=1)
        self.shortcut = nn.Conv2d(3, 3, 1)
        self.pool = nn.AvgPool2d(2)
        self.score = nn.Linear(12, 1)

    def forward(self, x):
        branch = self.second(torch.relu(self.first(torch.relu(x))))
        x = torch.relu(self.pool(branch) + self.shortcut(self.pool(x)))
        return self.score(x.flatten(1))


@pytest.mark.parametrize("engine", ["vmap", "batched"])
def test_the_residual_block_of_the_paper_has_none(engine):
    critic, points = Residual(), torch.randn(2, 3, 4, 4)
    assert zero_paths(critic, points, engine=engine) == []
    with plain_double_backward():
        assert zero_paths(critic, points, engine=engine) == ["first.bias", "second.bias", "shortcut.bias"]


def test_biases_before_curved_operations_have_gradients_of_their_own():
    critic = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
    assert zero_paths(critic, torch.randn(3, 2)) == []
    with plain_double_backward():
        assert zero_paths(critic, torch.randn(3, 2)) == [], "one path is needed anyway"


@given(critics(shape=(2, 3, 3), activations=PIECEWISE_LINEAR), batches(shape=(2, 3, 3)))
def test_random_piecewise_linear_critics_have_none(critic, batch):
    # Slopes depend on a bias before a normalization; where this has one feature only, they are truly zero.
    assume(not any(isinstance(layer, nn.LayerNorm | nn.GroupNorm) for layer in critic.modules()))
    biases = [name for name in zero_paths(critic, batch.real) if name.endswith("bias")]
    assert biases == []
