"""Copies share nothing with the critic, whatever it holds; random values leave no weight empty."""

import warnings

import pytest
import torch
from torch import nn

from lipschitz.scrap import redraw, scrap_copy


def old_weight_norm():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return nn.utils.weight_norm(nn.Linear(3, 2))


@pytest.mark.parametrize(
    "build", [lambda: nn.Linear(3, 2), old_weight_norm, lambda: nn.utils.spectral_norm(nn.Linear(3, 2))]
)
def test_copies_can_be_made_after_a_forward_pass_and_share_nothing(build):
    layer = build().eval()
    want = layer(torch.ones(1, 3))
    copied = scrap_copy(layer)
    torch.testing.assert_close(copied(torch.ones(1, 3)), want)
    redraw(copied)
    torch.testing.assert_close(layer(torch.ones(1, 3)), want)
    assert not torch.allclose(copied(torch.ones(1, 3)), want)


def test_gates_open_and_integers_stay():
    gate = nn.Module()
    gate.weight = nn.Parameter(torch.zeros(3))
    gate.count = nn.Parameter(torch.tensor([3]), requires_grad=False)
    redraw(gate)
    assert gate.weight.all()
    assert gate.count.item() == 3
