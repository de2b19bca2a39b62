"""Nothing of an evaluation stays behind."""

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from lipschitz.undisturbed import uncached, undisturbed

CPU = torch.device("cpu")


def test_buffers_and_random_state_are_put_back():
    critic = nn.Sequential(nn.BatchNorm1d(2), parametrizations.spectral_norm(nn.Linear(2, 3)), nn.Dropout())
    before = {name: buffer.clone() for name, buffer in critic.named_buffers()}
    state = torch.get_rng_state()
    with undisturbed(critic, CPU):
        critic(torch.randn(5, 2))
        assert not torch.equal(critic[0].running_mean, before["0.running_mean"])
    assert all(torch.equal(buffer, before[name]) for name, buffer in critic.named_buffers())
    assert torch.equal(torch.get_rng_state(), state)


def test_buffers_without_values_are_left_alone():
    critic = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 3)).to("meta")
    with undisturbed(critic, torch.device("meta")):
        critic(torch.empty(5, 2, device="meta"))
    assert all(buffer.is_meta for buffer in critic.buffers())


def test_random_numbers_are_the_same_every_time():
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        with undisturbed(lambda x: x, CPU):
            found.append(torch.rand(3))
    assert torch.equal(*found)


def test_no_weight_without_a_graph_stays_in_the_cache():
    layer = parametrizations.weight_norm(nn.Linear(2, 3))
    with parametrize.cached():
        with undisturbed(layer, CPU), torch.no_grad():
            assert not layer.weight.requires_grad
        assert layer.weight.requires_grad
    with parametrize.cached(), uncached():
        assert layer.weight is not layer.weight
    with parametrize.cached():
        assert layer.weight is layer.weight
