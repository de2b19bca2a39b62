"""Outputs at points of a penalty: those of a plain call, without its traces."""

import pytest
import torch
from torch import nn

from lipschitz import CriticError, CriticOutput
from lipschitz.outputs import outputs_at


def test_outputs_are_those_of_a_plain_call():
    critic, points = nn.Linear(3, 1), torch.randn(4, 3)
    torch.testing.assert_close(outputs_at(critic, points).scores, critic(points)[:, 0])
    assert outputs_at(nn.DataParallel(critic), points).scores.requires_grad


def test_conditions_and_features_are_passed_on():
    found = outputs_at(
        lambda x, c: CriticOutput(x.sum(1) * c, features=x), torch.ones(2, 3), torch.tensor([2.0, 5.0])
    )
    assert found.scores.tolist() == [6.0, 15.0]
    assert found.features.shape == (2, 3)


@pytest.mark.parametrize("nested", [False, True])
def test_running_statistics_do_not_notice(nested):
    normalizer = nn.BatchNorm1d(1)
    critic = nn.Sequential(nn.Linear(3, 1), normalizer) if nested else normalizer
    points = torch.randn(6, 3 if nested else 1) + 2
    got = outputs_at(critic, points).scores
    assert normalizer.num_batches_tracked == 0
    assert not normalizer.running_mean.any()
    torch.testing.assert_close(got, critic(points)[:, 0])
    assert normalizer.num_batches_tracked == 1


def test_maps_of_scores_are_refused():
    with pytest.raises(CriticError, match="it looks like a map of scores"):
        outputs_at(nn.Conv2d(1, 1, 3), torch.zeros(2, 1, 6, 6))
