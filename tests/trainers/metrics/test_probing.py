"""Many samples in chunks, none of them so small that a critic that normalizes over its batch could not score it."""

import pytest
import torch
from torch import nn

from lipschitz_trainers.metrics import probing


@pytest.mark.parametrize("n", [0, 1, probing.CHUNK, probing.CHUNK + 1, 2 * probing.CHUNK + 300])
def test_chunks_give_what_one_call_gives(n):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        critic = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    points = torch.randn(n, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(probing.scores(critic, points), critic(points).squeeze(1).double().detach())


def test_a_rest_of_one_sample_and_batch_normalization():
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4, track_running_stats=False), nn.Linear(4, 1))
    points = torch.randn(probing.CHUNK + 1, 2, generator=torch.Generator().manual_seed(0))
    assert probing.scores(critic, points).shape == (probing.CHUNK + 1,)
