"""The probe finds every way of coupling samples, flags none of the innocent, and leaves no trace."""

import copy
import warnings

import pytest
import torch
from hypothesis import given
from torch import nn
from torch.nn.utils import parametrizations

from lipschitz import Batch, CriticOutput
from lipschitz.probe import first_coupled_layer
from lipschitz.testing.critics import CONDITIONAL, DEFAULT_CRITICS, RECURRENT, Residual
from lipschitz.testing.strategies import batches, critics


def example(*shape, size=8, dtype=torch.float32, condition=()):
    real = torch.randn(size, *shape, dtype=dtype)
    return Batch(real=real, fake=torch.randn(size, *shape, dtype=dtype), condition=condition)


class Gate(nn.Module):
    """Adds the mean over the batch times a gate that starts at zero."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return x + self.gate * x.mean(0, keepdim=True)


class StopGradient(nn.Module):
    """Divides by a statistic of the batch that is outside the graph: only values are coupled."""

    def forward(self, x):
        return x / (x.detach().std() + 0.1)


class GradientOnly(nn.Module):
    """Adds a term whose value is zero and whose gradient reaches the whole batch."""

    def forward(self, x):
        mean = x.mean(0, keepdim=True)
        return x + (mean - mean.detach())


class GradientScale(nn.Module):
    """Changes no value, and multiplies gradients by a statistic that is outside the graph."""

    def forward(self, x):
        return x + (x - x.detach()) * x.detach().std()


class Shift(nn.Module):
    """Adds a statistic that is outside the graph: with nothing but linear layers after it, gradients stay."""

    def forward(self, x):
        return x + x.detach().mean(0)


class Causal(nn.Module):
    """Couples every sample to those before it; the first one is free."""

    def forward(self, x):
        return x + x.cumsum(0).roll(1, 0) * (torch.arange(x.shape[0]) > 0)[:, None]


class MinibatchStd(nn.Module):
    """The minibatch standard deviation of StyleGAN, over groups of 4, as an extra feature."""

    def __init__(self, strided):
        super().__init__()
        self.strided = strided

    def forward(self, x):
        size = x.shape[0]
        group = min(4, size)
        # Strided: samples i, i + B/4, ... form a group. Contiguous: 4 neighbors do.
        shape = (group, size // group, -1) if self.strided else (size // group, group, -1)
        axis = 0 if self.strided else 1
        deviation = (x.reshape(shape).var(axis, correction=0) + 1e-8).sqrt().mean(-1)
        feature = deviation.repeat(group) if self.strided else deviation.repeat_interleave(group)
        return torch.cat([x, feature[:, None]], dim=1)


class LastSample(nn.Module):
    """Couples every sample to the last one only."""

    def forward(self, x):
        return x + x[-1:]


class Neighbor(nn.Module):
    """Couples every sample to the next one only."""

    def forward(self, x):
        return x + x.roll(1, 0)


class Running(nn.Module):
    """Normalization written by hand: statistics of the batch in training, running ones in evaluation."""

    def __init__(self, features):
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                self.mean.lerp_(x.mean(0), 0.1)
            return x - x.mean(0)
        return x - self.mean


def between(layer, width=6):
    """Return a critic with a layer somewhere in the middle."""
    return nn.Sequential(nn.Linear(3, width), nn.ReLU(), layer, nn.LazyLinear(4), nn.Tanh(), nn.Linear(4, 1))


COUPLED = {
    "zero-initialized gate": Gate,
    "statistic outside the graph": StopGradient,
    "gradient only": GradientOnly,
    "scale of the gradient only": GradientScale,
    "those before it": Causal,
    "minibatch-std, strided groups of 4": lambda: MinibatchStd(True),
    "minibatch-std, contiguous groups of 4": lambda: MinibatchStd(False),
    "the last sample": LastSample,
    "the neighbor": Neighbor,
    "batch normalization": lambda: nn.BatchNorm1d(6),
    "batch normalization without statistics": lambda: nn.BatchNorm1d(6, track_running_stats=False),
    "normalization by hand": lambda: Running(6),
}


@pytest.mark.parametrize("size", [2, 4, 8, 16])
@pytest.mark.parametrize("kind", COUPLED)
def test_coupling_is_found_and_located(kind, size):
    critic = between(COUPLED[kind]())
    critic(torch.zeros(4, 3))  # lets the lazy layer find its size
    where = first_coupled_layer(critic, example(3, size=size))
    # A gradient that is coupled behind equal values cannot be traced to a layer by its outputs.
    assert where == ("" if "gradient only" in kind else "2"), f"{kind}: found at {where!r}"


def test_coupling_of_values_alone_is_found():
    assert first_coupled_layer(nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1), Shift()), example(3)) == "2"


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(6), Running(6)], ids=["BatchNorm1d", "by hand"])
def test_evaluation_mode_hides_nothing(layer):
    critic = between(layer)
    critic(torch.zeros(4, 3))
    assert first_coupled_layer(critic.eval(), example(3)) == "2"
    assert not critic.training


def test_a_single_sample_is_doubled():
    critic = between(nn.BatchNorm1d(6))
    critic(torch.zeros(4, 3))
    assert first_coupled_layer(critic, example(3, size=1)) == "2"


def test_coupling_deep_in_the_tree_is_named_by_its_path():
    critic = nn.Sequential(nn.Linear(3, 4), Residual(nn.Linear(4, 4), nn.Sequential(Gate())), nn.Linear(4, 1))
    assert first_coupled_layer(critic, example(3)) == "1.branch.1.0"


class OwnStatistics(nn.Module):
    """Couples samples in its own forward, around innocent layers."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, x):
        return self.inner(x) - x.mean(0)


def test_a_module_that_couples_around_its_children_is_named_itself():
    critic = nn.Sequential(nn.Linear(3, 4), OwnStatistics(), nn.Linear(4, 1))
    assert first_coupled_layer(critic, example(3)) == "1"
    assert first_coupled_layer(nn.Sequential(OwnStatistics(), nn.Linear(4, 1)), example(4)) == "0"


def test_a_later_layer_that_works_in_place_is_not_mistaken_for_an_earlier_one():
    class InPlace(nn.Module):
        def forward(self, x):
            return x.sub_(x.mean(0))

    critic = nn.Sequential(nn.Linear(3, 4), InPlace(), nn.Linear(4, 1))
    assert first_coupled_layer(critic, example(3)) == "1"


class Attention(nn.Module):
    """Self-attention over the tokens of one sample."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        return self.score(self.attention(x, x, x, need_weights=False)[0].mean(1))


def with_weight_norm(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the old functions are deprecated, and still everywhere
        layer = kind(nn.Linear(3, 6))
    return nn.Sequential(layer, nn.ReLU(), nn.Linear(6, 1))


INNOCENT = {
    "LayerNorm": (lambda: nn.Sequential(nn.Linear(3, 6), nn.LayerNorm(6), nn.Linear(6, 1)), (3,)),
    "GroupNorm": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4), nn.Flatten(), nn.Linear(16, 1)),
        (2, 4, 4),
    ),
    "InstanceNorm": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.InstanceNorm2d(4, affine=True), nn.Flatten(), nn.Linear(16, 1)
        ),
        (2, 4, 4),
    ),
    "InstanceNorm with statistics": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.InstanceNorm2d(4, track_running_stats=True), nn.Flatten(), nn.Linear(16, 1)
        ),
        (2, 4, 4),
    ),
    "Dropout": (lambda: nn.Sequential(nn.Linear(3, 16), nn.Dropout(0.5), nn.ReLU(), nn.Linear(16, 1)), (3,)),
    "Dropout2d": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 3), nn.Dropout2d(0.5), nn.Flatten(), nn.Linear(16, 1)),
        (2, 4, 4),
    ),
    "LSTM": (RECURRENT.build, RECURRENT.shape),
    "self-attention": (Attention, (5, 4)),
    "spectral norm": (
        lambda: nn.Sequential(parametrizations.spectral_norm(nn.Linear(3, 32)), nn.ReLU(), nn.Linear(32, 1)),
        (3,),
    ),
    "orthogonal": (
        lambda: nn.Sequential(parametrizations.orthogonal(nn.Linear(3, 3)), nn.ReLU(), nn.Linear(3, 1)),
        (3,),
    ),
    "weight norm": (
        lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 6)), nn.ReLU(), nn.Linear(6, 1)),
        (3,),
    ),
    "old weight norm": (lambda: with_weight_norm(nn.utils.weight_norm), (3,)),
    "old spectral norm": (lambda: with_weight_norm(nn.utils.spectral_norm), (3,)),
    "a critic of zeros": (
        lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)).apply(_zero),
        (3,),
    ),
    "frozen parameters": (
        lambda: nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1)).requires_grad_(False),
        (3,),
    ),
    "integer parameters": (lambda: _with_integer(nn.Linear(3, 1)), (3,)),
}


def _zero(module):
    for parameter in module.parameters(recurse=False):
        nn.init.zeros_(parameter)


def _with_integer(critic):
    critic.register_parameter("table", nn.Parameter(torch.arange(3), requires_grad=False))
    return critic


@pytest.mark.parametrize("size", [1, 2, 8])
@pytest.mark.parametrize("kind", INNOCENT)
def test_the_innocent_are_not_flagged(kind, size):
    build, shape = INNOCENT[kind]
    assert first_coupled_layer(build(), example(*shape, size=size)) is None


@given(critics(shape=(2, 3, 3)), batches(shape=(2, 3, 3)))
def test_no_drawn_critic_is_flagged(critic, batch):
    assert first_coupled_layer(critic, batch) is None


@pytest.mark.parametrize("example_critic", DEFAULT_CRITICS, ids=lambda e: e.name)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_example_critics_are_not_flagged(example_critic, dtype):
    batch = example(*example_critic.shape, dtype=dtype)
    assert first_coupled_layer(example_critic.build().to(dtype), batch) is None


def test_conditional_critics_are_not_flagged():
    assert first_coupled_layer(CONDITIONAL.build(), example(2, condition=(torch.randn(8, 3),))) is None
    assert (
        first_coupled_layer(CONDITIONAL.build(), example(2, size=1, condition=(torch.randn(1, 3),))) is None
    )


def test_other_outputs_do_not_count():
    class WithFeatures(nn.Module):
        def forward(self, x):
            return CriticOutput(x.sum(1), features=x - x.mean(0))

    assert first_coupled_layer(WithFeatures(), example(3)) is None


def test_trees_of_samples_are_probed():
    class Pair(nn.Module):
        def forward(self, pair):
            a, b = pair
            return a.sum(1) + b.mean() * 0.5

    real = (torch.randn(6, 2), torch.randn(6, 3))
    assert first_coupled_layer(Pair(), Batch(real=real)) == ""


@pytest.mark.parametrize(
    "kind", ["Dropout", "spectral norm", "InstanceNorm with statistics", "old spectral norm"]
)
@pytest.mark.parametrize("training", [True, False])
def test_the_critic_is_left_as_it_was(kind, training):
    build, shape = INNOCENT[kind]
    critic = build().train(training)
    critic[0].train(not training)  # modes may differ within a critic
    batch = example(*shape)
    before = copy.deepcopy(critic.state_dict())
    modes = [module.training for module in critic.modules()]
    hooks = [len(module._forward_hooks) for module in critic.modules()]
    real, state = batch.real.clone(), torch.get_rng_state()
    first_coupled_layer(critic, batch)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
    assert [module.training for module in critic.modules()] == modes
    assert [len(module._forward_hooks) for module in critic.modules()] == hooks
    assert all(p.grad is None for p in critic.parameters())
    assert torch.equal(batch.real, real)
    assert torch.equal(torch.get_rng_state(), state)


def test_finding_something_leaves_no_trace_either():
    critic = between(COUPLED["normalization by hand"]())
    critic(torch.zeros(4, 3))
    batch = example(3, size=4)
    before, state = copy.deepcopy(critic.state_dict()), torch.get_rng_state()
    assert first_coupled_layer(critic, batch) == "2"
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
    assert not any(module._forward_hooks for module in critic.modules())
