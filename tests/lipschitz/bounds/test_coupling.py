"""Critics that couple samples have no bound per sample, and are refused however they hide it from a single sample."""

import logging

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import BoundError, CoupledSamplesError, product_bound
from lipschitz.bounds import tight_bound
from lipschitz.testing.strategies import batches, critics


class Calling(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


COUPLED = {
    "centred": lambda x: (x - x.mean(0, keepdim=True)).sum(1) * 7,
    "mean": lambda x: x.sum(1) * 3 - 2.9 * x.sum(1).mean(0),
    "rolled": lambda x: (x - x.roll(1, 0)).sum(1),
    "flipped": lambda x: (x - x.flip(0)).sum(1),
    "largest": lambda x: (x - x.amax(0)).sum(1),
}


@pytest.mark.parametrize("bound", [product_bound, tight_bound])
@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize("critic", COUPLED.values(), ids=COUPLED)
def test_coupled_samples_are_refused(critic, size, bound):
    example = torch.zeros(size, 3)
    for each in (critic, nn.Sequential(Calling(critic)), nn.DataParallel(Calling(critic))):
        with pytest.raises((CoupledSamplesError, BoundError)):
            bound(each, example)


def test_refusals_name_the_layer():
    critic = nn.Sequential(nn.Linear(3, 3), Calling(lambda x: x - x.mean(0)), nn.Linear(3, 1))
    with pytest.raises(CoupledSamplesError, match=r"layer '1' \(Calling\) couples.*statistics"):
        product_bound(critic, torch.zeros(1, 3))
    with pytest.raises(CoupledSamplesError, match=r"the critic \(a function\) couples"):
        product_bound(critic.forward, torch.zeros(1, 3))


def test_coupling_through_the_batch_of_conditions_is_refused():
    labels = torch.arange(4.0).unsqueeze(1)
    with pytest.raises(CoupledSamplesError):
        product_bound(lambda x, label: (x + label - x.mean(0)).sum(1), torch.zeros(4, 3), labels)


def test_groups_within_the_batch_are_seen_at_its_size():
    def critic(x):
        return x.sum(1) - (x.reshape(2, -1, 3).mean(0).repeat(2, 1).sum(1) if len(x) == 4 else 0)

    with pytest.raises(CoupledSamplesError):
        product_bound(critic, torch.zeros(4, 3))


@given(data=st.data())
def test_independent_critics_pass_and_stay_as_they_are(data):
    critic = data.draw(critics(shape=(3,)))
    points = data.draw(batches(shape=(3,))).real
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    state = torch.get_rng_state()
    product_bound(critic, points)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())


def test_normalization_by_running_statistics_passes():
    critic = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1)).eval()
    assert product_bound(critic, torch.zeros(4, 3)) > 0


def test_what_cannot_be_probed_is_told(caplog):
    def critic(x):
        assert len(x) == 1
        return x.sum(1) * 2

    with caplog.at_level(logging.WARNING, logger="lipschitz"):
        assert product_bound(critic, torch.zeros(1, 4)) == pytest.approx(4.0)
    assert "could not be checked" in caplog.text
