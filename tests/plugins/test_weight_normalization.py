"""Weight normalization: lengths and directions by formula, the same function at the start, no bound."""

import math

import pytest
import torch
from hypothesis import given
from torch import nn
from torch.nn.utils import parametrizations

import lipschitz
from lipschitz import Batch, CompositionError, CriticError, gradient_norms
from lipschitz.layers import as_matrix, output_axis
from lipschitz.testing.strategies import batches, critics, weights

KINDS = {
    "Linear": lambda: nn.Linear(5, 4),
    "Conv1d": lambda: nn.Conv1d(2, 3, 3),
    "Conv2d": lambda: nn.Conv2d(4, 6, 3, groups=2),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(3, 5, 4, stride=2),
}


@given(critic=critics(shape=(2, 3, 3)), batch=batches(shape=(2, 3, 3)))
def test_preparing_changes_no_score_and_no_slope(critic, batch):
    scores, slopes = critic(batch.real).detach(), gradient_norms(critic, batch.real).detach()
    lipschitz.build("weight_normalization").prepare(critic)
    torch.testing.assert_close(critic(batch.real), scores)
    torch.testing.assert_close(gradient_norms(critic, batch.real), slopes)


@pytest.mark.parametrize("kind", KINDS)
def test_each_unit_has_the_length_and_the_direction_of_its_parameters(kind):
    layer = KINDS[kind]().double()
    lipschitz.build("weight_normalization").prepare(nn.Sequential(layer))
    lengths, directions = layer.parametrizations.weight.original0, layer.parametrizations.weight.original1
    with torch.no_grad():
        lengths.normal_()
        directions.normal_()
    axis = output_axis(layer)
    rows = as_matrix(directions.detach(), axis)
    want = lengths.detach().reshape(-1, 1) * rows / rows.norm(dim=1, keepdim=True)
    torch.testing.assert_close(as_matrix(layer.weight.detach(), axis), want)
    assert lengths.numel() == rows.shape[0], "one length for each output"


@given(raw=weights((1, 3)), toward=weights((1, 3)))
def test_gradients_of_length_and_direction_are_the_published_ones(raw, toward):
    norm = float(raw.square().sum().sqrt())
    if norm < 1e-3:
        return
    layer = nn.Linear(3, 1, dtype=torch.float64)
    layer.weight.data.copy_(raw)
    lipschitz.build("weight_normalization").prepare(layer)
    (layer.weight * toward).sum().backward()
    unit = raw / norm
    along = (unit * toward).sum()  # section 2.1, equation 3, with g = |v|
    parts = layer.parametrizations.weight
    torch.testing.assert_close(parts.original0.grad.squeeze(), along, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(parts.original1.grad, toward - along * unit, rtol=1e-9, atol=1e-9)


def test_lengths_of_one_do_not_make_it_one_lipschitz():
    layer = nn.Linear(3, 16, bias=False).double()
    nn.init.ones_(layer.weight)
    constraint = lipschitz.build("weight_normalization")
    constraint.prepare(layer)
    nn.init.ones_(layer.parametrizations.weight.original0)
    assert torch.linalg.svdvals(layer.weight.detach())[0].item() == pytest.approx(math.sqrt(16))
    assert constraint.guarantee == "none"


def test_what_it_refuses():
    constraint = lipschitz.build("weight_normalization")
    with pytest.raises(CriticError, match="the weight of layer '0' is already reparametrized"):
        constraint.prepare(constraint.prepare(nn.Sequential(nn.Linear(2, 1))))
    with pytest.raises(CriticError, match="the weight of layer '0' is already reparametrized"):
        constraint.prepare(nn.Sequential(parametrizations.orthogonal(nn.Linear(2, 2))))
    with pytest.raises(CriticError, match="weight_normalization found no linear or convolution layer"):
        constraint.prepare(nn.LSTM(2, 2))
    with pytest.raises(
        CompositionError, match="'l2_norm_clipping' projects weights that 'weight_normalization'"
    ):
        lipschitz.compose(constraint, lipschitz.build("l2_norm_clipping"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_of_zeros_is_refused_by_its_layer_before_anything_is_changed(kind):
    critic = nn.Sequential(nn.Linear(2, 2), KINDS[kind]())
    with torch.no_grad():
        critic[1].weight.select(output_axis(critic[1]), 1).zero_()
    names = list(critic.state_dict())
    with pytest.raises(CriticError, match="some unit of layer '1' are all zero"):
        lipschitz.build("weight_normalization").prepare(critic)
    assert list(critic.state_dict()) == names


def test_there_is_no_penalty_and_no_projection():
    constraint = lipschitz.build("weight_normalization")
    critic = constraint.prepare(nn.Sequential(nn.Linear(2, 1)))
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    assert constraint.penalty(critic, Batch(real=torch.zeros(3, 2))).item() == 0
    constraint.project(critic)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
