"""Which layers a constraint normalizes, their weights as matrices, and which parameters count as weights."""

import logging

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations

import lipschitz
from lipschitz import Batch, CriticError
from lipschitz.bounds import reshaped_spectral_norm
from lipschitz.layers import (
    as_matrix,
    from_matrix,
    full_precision,
    normalizable_layers,
    output_axis,
    weighted_layers,
    weights_in_use,
)
from lipschitz.testing.critics import RECURRENT

LAYERS = [
    nn.Linear(3, 5),
    nn.Bilinear(3, 4, 2),
    nn.Conv1d(2, 3, 3),
    nn.Conv2d(4, 6, 3, groups=2),
    nn.ConvTranspose1d(2, 3, 3),
    nn.ConvTranspose2d(4, 6, 3, groups=2),
    nn.Conv3d(1, 2, 2),
]


def test_linear_and_convolution_layers_are_found_at_any_depth():
    critic = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Sequential(nn.Flatten(), nn.Linear(2, 1))
    )
    assert list(weighted_layers(critic, "mine")) == ["0", "2.1"]


@pytest.mark.parametrize("critic", [nn.ReLU(), nn.LSTM(2, 2)], ids=lambda c: type(c).__name__)
def test_critics_without_such_layers_are_refused(critic):
    with pytest.raises(CriticError, match="^mine found no linear or convolution layer to normalize"):
        weighted_layers(critic, "mine")


def test_what_is_no_module_is_refused():
    with pytest.raises(CriticError, match="mine acts on the weights of an nn.Module, got function"):
        weighted_layers(lambda x: x, "mine")
    with pytest.raises(CriticError, match="mine acts on the weights of an nn.Module, got function"):
        list(weights_in_use(lambda x: x, "mine"))


def test_reparametrized_and_zero_weights_are_refused_by_their_path():
    with pytest.raises(CriticError, match=r"the weight of layer '1.0' is already reparametrized"):
        normalizable_layers(
            nn.Sequential(nn.Linear(2, 2), nn.Sequential(parametrizations.orthogonal(nn.Linear(2, 2)))),
            "mine",
        )
    critic = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    nn.init.zeros_(critic[1].weight)
    with pytest.raises(CriticError, match="the weight of layer '1' is zero.*draw it at random"):
        normalizable_layers(critic, "mine")
    assert list(normalizable_layers(critic.to("meta"), "mine")) == ["0", "1"], "no values, nothing to refuse"


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_weight_becomes_a_matrix_with_one_row_for_each_output_and_back(layer):
    axis = output_axis(layer)
    matrix = as_matrix(layer.weight, axis)
    groups = getattr(layer, "groups", 1) if axis == 1 else 1
    outputs = getattr(layer, "out_channels", None) or layer.out_features
    assert matrix.shape[0] == outputs // groups
    assert torch.equal(from_matrix(matrix, layer.weight.shape, axis), layer.weight)
    # The matrix whose norm the certified bounds know as that of the reshaped kernel.
    norm = torch.linalg.matrix_norm(matrix.detach().double(), ord=2)
    assert reshaped_spectral_norm(layer) == pytest.approx(float(norm), rel=1e-9)


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.data())
def test_any_axis_goes_there_and_back(shape, data):
    axis = data.draw(st.integers(0, len(shape) - 1))
    weight = torch.randn(shape)
    matrix = as_matrix(weight, axis)
    assert torch.equal(from_matrix(matrix, weight.shape, axis), weight)
    assert all(torch.equal(matrix[i], weight.select(axis, i).flatten()) for i in range(shape[axis]))


def test_weights_are_trainable_parameters_of_two_axes_or_more():
    critic = nn.Sequential(nn.Conv2d(1, 2, 3), nn.GroupNorm(1, 2), nn.PReLU(), nn.LSTM(2, 3), nn.Linear(3, 1))
    critic[4].weight.requires_grad_(False)
    found = dict(weights_in_use(critic, "mine"))
    assert list(found) == ["0.weight", "3.weight_ih_l0", "3.weight_hh_l0"]
    assert found["0.weight"] is critic[0].weight


def test_reparametrized_weights_come_once_and_as_the_critic_uses_them():
    critic = nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 4)), nn.Linear(4, 1))
    with torch.no_grad():
        critic[0].parametrizations.weight.original0.mul_(2)
    found = dict(weights_in_use(critic, "mine"))
    assert list(found) == ["0.weight", "1.weight"]
    torch.testing.assert_close(found["0.weight"], critic[0].weight)
    found["0.weight"].sum().backward()
    assert critic[0].parametrizations.weight.original1.grad is not None


def test_frozen_reparametrized_weights_do_not_count():
    critic = nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 4)), nn.Linear(4, 1)).requires_grad_(
        False
    )
    assert not list(weights_in_use(critic, "mine"))


def test_autocast_is_left_where_it_is_on_and_nothing_happens_elsewhere():
    one = torch.ones(1, 1)
    with torch.autocast("cpu", torch.bfloat16):
        assert (one @ one).dtype is torch.bfloat16
        with full_precision(one.device):
            assert (one @ one).dtype is torch.float32
    with full_precision(torch.device("meta")):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "spectral_norm",
        "true_spectral_norm",
        "orthogonal",
        "frobenius_norm",
        "weight_normalization",
        "spectral_ball_projection",
    ],
)
def test_weights_that_stay_free_are_named(name, caplog):
    critic = RECURRENT.build()
    with caplog.at_level(logging.WARNING, "lipschitz"):
        lipschitz.build(name).prepare(critic, Batch(real=torch.zeros(2, *RECURRENT.shape)))
    (record,) = caplog.records
    assert record.getMessage().startswith(
        f"{name} acts on linear and convolution layers and leaves other weights as they are: 'lstm.weight_ih_l0', "
        f"'lstm.weight_hh_l0'. "
    )


def test_embeddings_biases_and_covered_weights_are_not_named(caplog):
    critic = nn.ModuleDict({"table": nn.Embedding(3, 2), "score": nn.Linear(2, 1), "norm": nn.LayerNorm(2)})
    with caplog.at_level(logging.WARNING, "lipschitz"):
        lipschitz.build("spectral_norm").prepare(critic)
    assert not caplog.records


# --- normalizers, shared and lazy weights ---


def test_gains_and_biases_of_normalizers_are_no_weights_however_many_axes_they_have():
    critic = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1),
        nn.LayerNorm([2, 4, 4]),
        nn.GroupNorm(1, 2),
        nn.Flatten(),
        nn.Linear(32, 1),
    )
    assert [path for path, _ in weights_in_use(critic, "mine")] == ["0.weight", "4.weight"]
    gains = critic[1].weight.detach().clone()
    lipschitz.build("l2_norm_clipping", bound=0.01).project(critic)
    assert torch.equal(critic[1].weight, gains)
    batch = Batch(real=torch.zeros(2, 1, 4, 4))
    for name in ("l1_weight_decay", "l2_weight_decay"):
        before = lipschitz.build(name).penalty(critic, batch)
        critic[1].bias.data.add_(5.0)
        assert torch.equal(lipschitz.build(name).penalty(critic, batch), before)


def tied():
    critic = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1))
    critic[2].weight = critic[0].weight
    return critic


def test_a_shared_weight_counts_once():
    critic, batch = tied(), Batch(real=torch.zeros(2, 3))
    total = critic[0].weight.square().sum() + critic[4].weight.square().sum()
    term = lipschitz.build("l2_weight_decay", coefficient=1.0).penalty(critic, batch)
    torch.testing.assert_close(term, total)
    lipschitz.build("l2_norm_clipping", scope="all", bound=0.1).project(critic)
    joint = (critic[0].weight.square().sum() + critic[4].weight.square().sum()).sqrt()
    assert joint.item() == pytest.approx(0.1, rel=1e-5)


@pytest.mark.parametrize(
    "constraint",
    [
        lipschitz.build("weight_normalization"),
        lipschitz.build("orthogonal", map="cayley"),
        lipschitz.build("orthogonal", map="matrix_exp"),
    ],
    ids=repr,
)
def test_what_would_untie_shared_weights_is_refused(constraint):
    with pytest.raises(CriticError, match="layers '0' and '2' share one weight"):
        constraint.prepare(tied())


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("orthogonal", {}),
        ("orthogonal", {"map": "householder"}),
        ("frobenius_norm", {}),
        ("spectral_norm", {}),
        ("true_spectral_norm", {}),
    ],
)
def test_what_is_not_refused_stays_tied_in_training(name, fields):
    critic = lipschitz.build(name, **fields).prepare(tied(), Batch(real=torch.zeros(2, 3)))
    optimizer = torch.optim.SGD(critic.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        critic(torch.randn(8, 3)).sum().backward()
        optimizer.step()
    raw = [layer.parametrizations.weight.original for layer in (critic[0], critic[2])]
    assert raw[0] is raw[1]


@pytest.mark.parametrize(
    "name", ["spectral_norm", "true_spectral_norm", "orthogonal", "frobenius_norm", "weight_normalization"]
)
def test_lazy_layers_are_named(name):
    with pytest.raises(
        CriticError, match=r"layer '0' \(LazyLinear\) has no weight yet: call the critic once"
    ):
        lipschitz.build(name).prepare(nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.Linear(3, 1)))
