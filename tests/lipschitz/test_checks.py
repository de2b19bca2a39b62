"""Checks of a critic: coupled layers by type and path, the probe's verdict, reparametrized weights."""

import gc
import logging
import weakref

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations

from lipschitz import Batch, CoupledSamplesError, CriticError
from lipschitz.checks import (
    coupled_layers,
    coupled_now,
    require_independent_samples,
    require_plain_weights,
    samples_are_independent,
)
from lipschitz.testing.critics import DEFAULT_CRITICS

NORMALIZERS = {
    "BatchNorm1d": lambda: nn.BatchNorm1d(4),
    "BatchNorm2d": lambda: nn.BatchNorm2d(4, affine=False),
    "BatchNorm3d": lambda: nn.BatchNorm3d(4, track_running_stats=False),
    "SyncBatchNorm": lambda: nn.SyncBatchNorm(4),
    "LazyBatchNorm2d": lambda: nn.LazyBatchNorm2d(),
}
OTHERS = {
    "Linear": lambda: nn.Linear(4, 4),
    "LayerNorm": lambda: nn.LayerNorm(4),
    "GroupNorm": lambda: nn.GroupNorm(2, 4),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(4),
    "ReLU": nn.ReLU,
}


@st.composite
def trees_of_layers(draw):
    """Draw a tree of modules, and the paths of the batch normalizations in it with their types."""
    expected = []

    def grow(path, depth):
        if depth and draw(st.booleans()):
            children = [(str(i), grow(f"{path}{i}.", depth - 1)) for i in range(draw(st.integers(1, 3)))]
            kind = draw(st.sampled_from([nn.Sequential, nn.ModuleList]))
            return (
                kind([child for _, child in children])
                if kind is nn.ModuleList
                else nn.Sequential(*(child for _, child in children))
            )
        name = draw(st.sampled_from(sorted({**NORMALIZERS, **OTHERS})))
        if name in NORMALIZERS:
            expected.append((path.rstrip("."), name))
        return {**NORMALIZERS, **OTHERS}[name]()

    return grow("", 3), expected


@given(trees_of_layers(), st.booleans())
def test_batch_normalization_anywhere_in_a_tree_is_found_by_its_path(drawn, training):
    critic, expected = drawn
    found = coupled_layers(critic.train(training))
    assert [layer.path for layer in found] == [path for path, _ in expected]
    for layer, (path, name) in zip(found, expected, strict=True):
        assert type(critic.get_submodule(path)).__name__ == name
        assert layer.layer.startswith(name)


@given(trees_of_layers())
def test_the_first_one_is_named_in_the_error_with_its_replacement(drawn):
    critic, expected = drawn
    if not expected:
        require_independent_samples(critic)
        return
    path, name = expected[0]
    where = f"layer '{path}' ({name}" if path else f"the critic ({name}"
    with pytest.raises(CoupledSamplesError) as raised:
        require_independent_samples(critic)
    message = str(raised.value)
    assert message.startswith(where)
    assert "couples the samples of a batch" in message
    assert ("nn.LayerNorm(" if name == "BatchNorm1d" else "nn.GroupNorm(1, ") in message
    assert "set allow_batch_coupling to true" in message


def test_the_replacement_has_the_number_of_features():
    (layer,) = coupled_layers(nn.Sequential(nn.Linear(2, 7), nn.BatchNorm1d(7)))
    assert (layer.layer, layer.path) == ("BatchNorm1d(7)", "1")
    assert "nn.LayerNorm(7)" in layer.fix


def test_what_couples_now_depends_on_mode_and_statistics():
    critic = nn.Sequential(nn.BatchNorm1d(4), nn.BatchNorm1d(4, track_running_stats=False))
    assert [layer.path for layer in coupled_now(critic)] == ["0", "1"]
    assert [layer.path for layer in coupled_now(critic.eval())] == ["1"]


def batch(*shape, size=6):
    return Batch(real=torch.randn(size, *shape), fake=torch.randn(size, *shape))


class ByHand(nn.Module):
    """Centers its input over the batch."""

    def forward(self, x):
        return x - x.mean(0)


def test_other_coupling_is_found_with_an_example_only():
    critic = nn.Sequential(nn.Linear(3, 4), ByHand(), nn.Linear(4, 1))
    require_independent_samples(critic)
    with pytest.raises(
        CoupledSamplesError, match=r"layer '1' \(ByHand\) couples.*statistics over one sample"
    ):
        require_independent_samples(critic, batch(3))


def test_coupling_with_no_layer_to_blame_is_blamed_on_the_critic():
    class Whole(nn.Module):
        def forward(self, x):
            return x.sum(1) - x.mean()

    with pytest.raises(CoupledSamplesError, match=r"^the critic \(Whole\) couples"):
        require_independent_samples(Whole(), batch(3))


@pytest.mark.parametrize("example", DEFAULT_CRITICS, ids=lambda e: e.name)
def test_independent_critics_pass_and_are_remembered(example):
    critic = example.build()
    assert samples_are_independent(critic) is None
    require_independent_samples(critic)
    assert samples_are_independent(critic) is None, "layer types alone decide nothing"
    require_independent_samples(critic, batch(*example.shape))
    assert samples_are_independent(critic) is True


@pytest.mark.parametrize("layer", [ByHand, lambda: nn.BatchNorm1d(4)])
def test_allowing_coupling_warns_in_the_log_and_remembers_the_verdict(caplog, layer):
    critic = nn.Sequential(nn.Linear(3, 4), layer(), nn.Linear(4, 1))
    with caplog.at_level(logging.WARNING, logger="lipschitz"):
        require_independent_samples(critic, batch(3), allow_batch_coupling=True)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "allow_batch_coupling is set: layer '1'" in caplog.text
    assert samples_are_independent(critic) is False


def test_allowing_coupling_where_there_is_none_says_nothing(caplog):
    with caplog.at_level(logging.DEBUG, logger="lipschitz"):
        require_independent_samples(nn.Linear(3, 1), batch(3), allow_batch_coupling=True)
    assert not caplog.records


def test_the_verdict_does_not_keep_the_critic_alive():
    critic = nn.Linear(3, 1)
    require_independent_samples(critic, batch(3))
    ghost = weakref.ref(critic)
    del critic
    gc.collect()
    assert ghost() is None


def test_callables_are_not_checked():
    require_independent_samples(lambda x: x - x.mean(0), batch(3))
    assert samples_are_independent(lambda x: x) is None


def test_critics_on_the_meta_device_are_checked_by_layer_type_only():
    example = Batch(real=torch.zeros(4, 3, device="meta"), fake=torch.zeros(4, 3, device="meta"))
    critic = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)).to("meta")
    require_independent_samples(critic, example)
    assert samples_are_independent(critic) is None
    with pytest.raises(CoupledSamplesError):
        require_independent_samples(nn.Sequential(critic[0], nn.BatchNorm1d(4)).to("meta"), example)


@pytest.mark.parametrize(
    "reparametrize",
    [parametrizations.spectral_norm, parametrizations.weight_norm, parametrizations.orthogonal],
)
def test_reparametrized_weights_are_refused_by_their_path(reparametrize):
    critic = nn.Sequential(nn.Linear(2, 4), nn.Sequential(nn.ReLU(), reparametrize(nn.Linear(4, 4))))
    with pytest.raises(CriticError, match=r"weight_clipping would move the raw parameter of layer '1.1'"):
        require_plain_weights(critic, "weight_clipping")


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("reparametrize", [nn.utils.spectral_norm, nn.utils.weight_norm])
def test_weights_reparametrized_in_the_old_way_are_refused_too(reparametrize):
    critic = nn.Sequential(nn.Linear(2, 4), reparametrize(nn.Linear(4, 1)))
    with pytest.raises(CriticError, match=r"weight_clipping would move the raw parameter of layer '1'"):
        require_plain_weights(critic, "weight_clipping")


@pytest.mark.parametrize("example", DEFAULT_CRITICS, ids=lambda e: e.name)
def test_plain_weights_pass(example):
    require_plain_weights(example.build(), "weight_clipping")
