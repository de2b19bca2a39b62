"""The steepest slope: a true lower bound with a witness, and a search worth its cost."""

import copy
import itertools
import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from lipschitz import BatchError, BoundError, CriticError, FieldError, gradient_norms
from lipschitz.bounds import steepest
from lipschitz.bounds.product import product_bound
from lipschitz.bounds.steepest import Slope, steepest_slope
from lipschitz.seeding import fixed_seed
from lipschitz.testing.strategies import batches, critics, norms, weights

NORMS = [2, 1, math.inf]


def dual_norm(vector, norm):
    return float(torch.linalg.vector_norm(vector, ord={2: 2, 1: math.inf, math.inf: 1}[norm]))


@settings(max_examples=40)
@given(data=st.data(), norm=norms())
def test_without_steps_it_is_the_largest_gradient_norm_at_the_points(data, norm):
    critic = data.draw(critics((3,)))
    points = data.draw(batches((3,))).real
    expected = gradient_norms(critic, points, norm=norm).detach()
    slope = steepest_slope(critic, points, norm=norm)
    assert slope.value == pytest.approx(float(expected.max()), rel=1e-12)
    assert torch.equal(slope.point, points[int(expected.argmax())][None])


@settings(max_examples=20)
@given(data=st.data(), norm=norms())
def test_with_steps_it_is_never_below_the_points_and_its_witness_proves_it(data, norm):
    critic = data.draw(critics((3,)))
    points = data.draw(batches((3,))).real
    slope = steepest_slope(critic, points, norm=norm, steps=6)
    x = slope.point.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    assert slope.value == pytest.approx(dual_norm(gradient, norm), rel=1e-9, abs=1e-12)
    assert slope.value >= steepest_slope(critic, points, norm=norm).value * (1 - 1e-9)


@settings(max_examples=30)
@given(data=st.data(), norm=norms(), shape=st.sampled_from([(3,), (1, 4, 4), (2, 3, 5)]))
def test_it_is_never_above_the_certified_bound(data, norm, shape):
    critic = data.draw(critics(shape))
    points = data.draw(batches(shape)).real
    try:
        bound = product_bound(critic, points, norm=norm)
    except BoundError:  # some normalizers have none
        assume(False)
    assert steepest_slope(critic, points, norm=norm, steps=5).value <= bound * (1 + 1e-9)


@given(vector=weights((4,)), norm=norms(), steps=st.integers(0, 3), data=st.data())
def test_a_linear_critic_has_its_own_norm_everywhere(vector, norm, steps, data):
    points = data.draw(batches((4,))).real
    slope = steepest_slope(lambda x: x @ vector, points, norm=norm, steps=steps)
    assert slope.value == pytest.approx(dual_norm(vector, norm), rel=1e-12)


@pytest.mark.parametrize("norm", NORMS)
def test_a_slope_on_which_no_point_stands_is_found(norm):
    direction = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)

    def step(x):
        return 3 * torch.tanh(x @ direction - 7)

    points = torch.randn(8, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    steepest_of_all = 3 * dual_norm(direction, norm)
    assert steepest_slope(step, points, norm=norm).value < 0.1 * steepest_of_all
    found = steepest_slope(step, points, norm=norm, steps=30).value
    assert 0.99 * steepest_of_all < found <= steepest_of_all * (1 + 1e-12)


def relu_critic(dimension, initialization, seed):
    with fixed_seed(seed):
        sizes = [dimension, 64, 64, 64, 1]
        layers = [nn.Linear(i, o) for i, o in itertools.pairwise(sizes)]
        for layer in layers:
            if initialization != "uniform":  # which is torch's default
                nn.init.normal_(layer.weight, std=(2 / layer.in_features) ** 0.5)
                nn.init.normal_(layer.bias, std=1.0 if initialization == "large biases" else 0.1)
        body = [module for layer in layers[:-1] for module in (layer, nn.ReLU())]
        return nn.Sequential(*body, layers[-1]).requires_grad_(False)


@pytest.mark.parametrize(
    ("initialization", "norm"),
    [("uniform", 2), ("normal", 2), ("large biases", 2), ("normal", 1), ("uniform", math.inf)],
)
def test_thirty_steps_beat_random_sampling_of_equal_cost(initialization, norm, monkeypatch):
    counted = []
    plain = steepest.input_gradients

    def counting(critic, points, *condition):
        counted.append(len(points))
        return plain(critic, points, *condition)

    monkeypatch.setattr(steepest, "input_gradients", counting)
    won = []
    for seed, dimension in enumerate([3, 5, 8, 10, 15, 20, 25, 30, 40, 50]):
        critic = relu_critic(dimension, initialization, seed)
        draw = torch.Generator().manual_seed(seed)
        counted.clear()
        found = steepest_slope(critic, torch.randn(32, dimension, generator=draw), norm=norm, steps=30)
        samples = torch.randn(sum(counted), dimension, generator=draw)
        won.append(found.value > float(gradient_norms(critic, samples, norm=norm).max()))
    assert sum(counted) == 32 * (1 + 2 * 30) + 1
    assert sum(won) >= 9


def test_a_condition_stays_with_its_sample_and_comes_with_the_witness():
    points = torch.tensor([[0.5, 0.0], [1.0, 0.0], [2.0, 0.0]])
    factor = torch.tensor([1.0, 7.0, 2.0])

    def critic(x, c):
        return c * x.tanh().sum(1)

    sampled = steepest_slope(critic, points, factor)
    assert torch.equal(sampled.point, points[1:2])
    assert torch.equal(sampled.condition[0], factor[1:2])
    climbed = steepest_slope(critic, points, factor, steps=30)
    assert torch.equal(climbed.condition[0], factor[1:2])
    assert climbed.value == float(gradient_norms(critic, climbed.point, *climbed.condition))
    assert 0.95 * 7 * 2**0.5 < climbed.value <= 7 * 2**0.5


@pytest.mark.parametrize("norm", NORMS)
def test_pytrees_are_one_sample_over_all_leaves(norm):
    draw = torch.Generator().manual_seed(3)
    points = {"image": torch.randn(6, 1, 2, 2, generator=draw), "vector": torch.randn(6, 3, generator=draw)}

    def split(x):
        return (x["image"].flatten(1).sin().sum(1) * 2) + x["vector"].sin().sum(1)

    def whole(x):
        return x[:, :4].sin().sum(1) * 2 + x[:, 4:].sin().sum(1)

    for steps in (0, 30):
        slope = steepest_slope(split, points, norm=norm, steps=steps)
        assert slope.point["image"].shape == (1, 1, 2, 2)
        flat = torch.cat([slope.point["image"].flatten(1), slope.point["vector"]], 1)
        assert slope.value == pytest.approx(float(gradient_norms(whole, flat, norm=norm)), rel=1e-6)
    assert slope.value > 0.9 * dual_norm(torch.tensor([2.0] * 4 + [1.0] * 3), norm)


class Watched(nn.Module):
    """A power iteration in a buffer, and dropout: what leaves traces or differs from call to call."""

    def __init__(self):
        super().__init__()
        with fixed_seed(0):
            self.body = nn.Sequential(
                nn.utils.parametrizations.spectral_norm(nn.Linear(3, 8)),
                nn.ReLU(),
                nn.Dropout(0.5),
                nn.Linear(8, 1),
            )

    def forward(self, x):
        return self.body(x)


@pytest.mark.parametrize("steps", [0, 7])
def test_the_critic_and_the_global_generator_are_left_as_they_are(steps):
    critic = Watched().train()
    critic.body[1].eval()  # a mode that differs from the others'
    for parameter in critic.parameters():
        parameter.grad = torch.ones_like(parameter)
    before = copy.deepcopy(critic.state_dict())
    modes = [module.training for module in critic.modules()]
    points = torch.randn(5, 3)
    state = torch.random.get_rng_state()
    first = steepest_slope(critic, points, steps=steps)
    assert torch.equal(torch.random.get_rng_state(), state)
    for name, value in critic.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert [module.training for module in critic.modules()] == modes
    assert all(torch.equal(p.grad, torch.ones_like(p)) for p in critic.parameters())
    assert not first.point.requires_grad
    torch.manual_seed(9)
    second = steepest_slope(critic, points, steps=steps)
    assert (first.value, first.point.tolist()) == (second.value, second.point.tolist())


@pytest.mark.parametrize("points", [torch.zeros(1, 2), torch.ones(4, 2), torch.tensor([[5.0, 5.0]])])
def test_points_without_spread_can_be_started_from(points):
    def critic(x):
        return x.square().sum(1)

    slope = steepest_slope(critic, points, steps=10)
    assert slope.value > steepest_slope(critic, points).value


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_dtypes_are_kept(dtype):
    slope = steepest_slope(lambda x: x.sin().sum(1), torch.ones(3, 2, dtype=dtype), steps=5)
    assert slope.point.dtype == dtype
    assert 0.8 < slope.value <= 2**0.5 + 0.01


def test_points_where_the_gradient_is_not_finite_are_passed_over():
    points = torch.tensor([[0.0], [4.0], [-1.0]])  # infinite, 1/4, NaN

    def critic(x):
        return x[:, 0].sqrt()

    assert steepest_slope(critic, points).value == 0.25
    assert math.isfinite(steepest_slope(critic, points, steps=10).value)
    with pytest.raises(CriticError, match="not finite at any of the 2 points"):
        steepest_slope(critic, points[[0, 2]])


def test_a_slope_unpacks_into_value_and_witness():
    value, point = steepest_slope(lambda x: 2 * x[:, 0], torch.zeros(2, 1))
    assert (value, point.shape) == (2.0, (1, 1))
    assert Slope(1.0, point).condition == ()


def test_mistakes_are_explained():
    with pytest.raises(FieldError, match="norm must be 2, 1 or inf"):
        steepest_slope(lambda x: x[:, 0], torch.zeros(2, 1), norm=3)
    with pytest.raises(FieldError, match="steps must be at least 0, got -1"):
        steepest_slope(lambda x: x[:, 0], torch.zeros(2, 1), steps=-1)
    with pytest.raises(BatchError):
        steepest_slope(lambda x: x[:, 0], torch.zeros(0, 1))
    with pytest.raises(BatchError):
        steepest_slope(lambda x: x[:, 0], torch.zeros(2, 1, dtype=torch.int64))
