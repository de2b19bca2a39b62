"""How much spectral normalization understates a convolution, against the dense matrix of the operator."""

import re
import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from lipschitz.diagnosis.spectral import is_spectrally_normalized, understated_spectral_norm


def old_spectral_norm(layer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated, and still everywhere
        return nn.utils.spectral_norm(layer)


def critic_of(*layers):
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(1))


def filled(critic, x):
    critic(x)
    return critic


def dense_norm(layer, shape):
    with torch.no_grad():
        rows = layer(torch.eye(torch.Size(shape).numel()).reshape(-1, *shape)) - layer(torch.zeros(1, *shape))
    return float(torch.linalg.matrix_norm(rows.flatten(1), ord=2))


@pytest.mark.parametrize("normalize", [parametrizations.spectral_norm, old_spectral_norm])
def test_the_factor_is_that_of_the_dense_operator(examine, normalize):
    x = torch.randn(4, 2, 6, 6)
    critic = filled(critic_of(normalize(nn.Conv2d(2, 5, 3, padding=1))), x).eval()
    (found,) = examine(understated_spectral_norm, critic, x)
    assert (found.layer, found.severity) == ("0", "warning")
    true = dense_norm(critic[0], (2, 6, 6))
    reshaped = float(torch.linalg.matrix_norm(critic[0].weight.detach().flatten(1), ord=2))
    told = float(re.search(r"is ([\d.]+) times", found.message)[1])
    assert told == pytest.approx(true / reshaped, rel=0.02)
    assert told > 1.1


def test_plain_convolutions_are_one_finding_about_the_worst(examine):
    x = torch.randn(4, 2, 6, 6)
    critic = filled(critic_of(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 5, padding=2)), x)
    nn.init.ones_(critic[2].weight)  # a constant kernel: the factor is nearly its side
    (found,) = examine(understated_spectral_norm, critic, x)
    assert (found.layer, found.severity) == ("2", "info")


def test_where_nothing_is_understated_nothing_is_said(examine):
    x = torch.randn(4, 2, 6, 6)
    patches = nn.Conv2d(2, 4, 3, stride=3)  # no pixel is seen twice
    for layer in (nn.Conv2d(2, 4, 1), patches, parametrizations.spectral_norm(nn.Conv2d(2, 4, 1))):
        assert examine(understated_spectral_norm, filled(critic_of(layer), x), x) == []


def test_normalized_layers_are_recognized():
    assert is_spectrally_normalized(parametrizations.spectral_norm(nn.Linear(2, 2)))
    assert is_spectrally_normalized(old_spectral_norm(nn.Linear(2, 2)))
    assert not is_spectrally_normalized(nn.Linear(2, 2))
    assert not is_spectrally_normalized(parametrizations.weight_norm(nn.Linear(2, 2)))
