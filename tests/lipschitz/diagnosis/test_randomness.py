"""Random layers are named, all of them, and their noise is measured."""

import random
import re

import pytest
import torch
from torch import nn

import lipschitz
from lipschitz.diagnosis.randomness import random_output


class Noise(nn.Module):
    def forward(self, x):
        return x + torch.randn_like(x)


class Recurrent(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=2, dropout=dropout, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        return self.score(self.lstm(x)[0][:, -1])


def critic_with(*layers):
    return nn.Sequential(nn.Linear(3, 6), *layers, nn.ReLU(), nn.Linear(6, 1))


@pytest.mark.parametrize("layer", [nn.Dropout(0.3), nn.AlphaDropout(0.3), nn.RReLU(0.1, 0.9), Noise()])
def test_random_layers_are_named(examine, points, layer):
    (found,) = examine(random_output, critic_with(layer), points)
    assert (found.layer, found.severity) == ("1", "warning")


def test_all_random_layers_are_named(examine, points):
    critic = critic_with(nn.Dropout(0.3), nn.ReLU(), nn.Sequential(Noise()))
    (found,) = examine(random_output, critic, points)
    assert found.layer == "1"
    assert "('3.0' too)" in found.message


def test_arguments_that_make_a_layer_random_count(examine):
    (found,) = examine(random_output, Recurrent(0.4), torch.randn(8, 5, 3))
    assert found.layer == "lstm"
    assert examine(random_output, Recurrent(0.0), torch.randn(8, 5, 3)) == []


def test_randomness_from_elsewhere_counts(examine, points):
    class Python(nn.Module):
        def forward(self, x):
            return x * (1 + random.random())

    (found,) = examine(random_output, critic_with(Python()), points)
    assert found.layer == "1"


def test_the_noise_is_that_of_the_gradient_norms(examine, points):
    """Noise that is added does not touch the gradient of what is linear after it."""
    (found,) = examine(random_output, nn.Sequential(nn.Linear(3, 6), Noise(), nn.Linear(6, 1)), points)
    assert "by 0%" in found.message
    (found,) = examine(random_output, critic_with(nn.Dropout(0.5)), points)
    assert int(re.search(r"by (\d+)%", found.message)[1]) > 10


def test_randomness_of_gradients_alone_is_found(examine, points):
    class Scaled(nn.Module):
        def forward(self, x):
            return x + (x - x.detach()) * torch.rand(())

    (found,) = examine(random_output, critic_with(Scaled()), points)
    assert found.code == "random_output"


@pytest.mark.parametrize("critic", [critic_with(nn.Dropout(0.5)).eval(), critic_with(nn.Tanh())])
def test_what_is_not_random_is_not_blamed(examine, points, critic):
    assert examine(random_output, critic, points) == []


def test_a_critic_that_takes_gradients_in_its_forward_pass_is_not_random(examine, points):
    normalized = lipschitz.build("gradient_normalization").prepare(critic_with(nn.Tanh()))
    assert examine(random_output, normalized, points) == []
    random = lipschitz.build("gradient_normalization").prepare(critic_with(nn.Dropout(0.5)))
    (found,) = examine(random_output, random, points)
    assert found.layer == "critic.1"
    assert "too)" not in found.message
