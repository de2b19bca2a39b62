"""Every engine equals a float64 loop of autograd, in value and in derivative."""

import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import (
    CriticOutput,
    gradient_norms,
    input_gradients,
    two_sided,
)
from lipschitz.testing.critics import CONDITIONAL, CONVOLUTIONAL, DEFAULT_CRITICS, RECURRENT
from lipschitz.testing.strategies import SMOOTH, batches, critics, shapes, tensors


def oracle(critic, points, *condition):
    """Return gradients by a Python loop of autograd, one sample at a time, with a graph."""
    rows = []
    for i in range(points.shape[0]):
        x = points[i : i + 1].detach().clone().requires_grad_()
        (row,) = torch.autograd.grad(
            critic(x, *(c[i : i + 1] for c in condition)).sum(), x, create_graph=True
        )
        rows.append(row)
    return torch.cat(rows)


def parameter_gradients(critic, value):
    """Return the derivative of a scalar with respect to every parameter, a missing one as zeros."""
    found = torch.autograd.grad(value, list(critic.parameters()), allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(critic.parameters(), found, strict=True)]


ENGINES = ["auto", "vmap", "batched", "loop"]


@pytest.mark.parametrize("engine", ENGINES)
@given(data=st.data(), shape=shapes(max_side=3))
def test_engines_equal_a_loop_of_autograd(engine, data, shape):
    critic = data.draw(critics(shape=shape))
    points = data.draw(batches(shape=shape)).real
    got = input_gradients(critic, points, engine=engine)
    torch.testing.assert_close(got, oracle(critic, points), rtol=1e-10, atol=1e-12)
    assert got.shape == points.shape


@pytest.mark.parametrize("engine", ENGINES)
@given(data=st.data())
def test_derivatives_of_a_penalty_equal_those_of_the_loop(engine, data):
    critic = data.draw(critics(shape=(3,)))
    points = data.draw(batches(shape=(3,))).real
    got = two_sided(gradient_norms(critic, points, engine=engine)).mean()
    # The oracle's square root has no derivative at a zero gradient, where ours has the derivative 0.
    slopes = oracle(critic, points).square().sum(dim=1)
    want = two_sided(torch.where(slopes > 0, slopes, 1).sqrt() * (slopes > 0)).mean()
    torch.testing.assert_close(got, want)
    for a, b in zip(parameter_gradients(critic, got), parameter_gradients(critic, want), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("norm", [2, 1, math.inf])
@given(data=st.data())
def test_derivative_with_respect_to_parameters_equals_finite_differences(norm, data):
    critic = data.draw(critics(shape=(2,), activations=SMOOTH, max_depth=2))
    points = data.draw(batches(shape=(2,))).real

    def penalty():
        return two_sided(gradient_norms(critic, points, norm=norm)).mean()

    parameters = list(critic.parameters())
    direction = [data.draw(tensors(tuple(p.shape))) for p in parameters]
    directional = sum(
        (g * d).sum() for g, d in zip(parameter_gradients(critic, penalty()), direction, strict=True)
    )
    step = 1e-5

    def moved(amount):
        with torch.no_grad():
            for p, d in zip(parameters, direction, strict=True):
                p.add_(d, alpha=amount)
        value = penalty().detach()
        with torch.no_grad():
            for p, d in zip(parameters, direction, strict=True):
                p.sub_(d, alpha=amount)
        return value

    central = (moved(step) - moved(-step)) / (2 * step)
    # Where the largest coordinate (norm 1) or a sign (norm inf) changes within the step, there is a kink.
    gradients = input_gradients(critic, points).abs().sort(dim=1).values
    if norm == 2 or (gradients.diff(dim=1).min() > 1e-3 and gradients.min() > 1e-3):
        torch.testing.assert_close(directional, central, rtol=1e-4, atol=1e-5 * (1 + penalty().item()))


# T3: a linear critic has the gradient w everywhere.


@pytest.mark.parametrize("engine", ENGINES)
@given(size=st.integers(1, 4), data=st.data())
def test_trees_of_points_give_trees_of_gradients(engine, size, data):
    points = {"a": data.draw(tensors((size, 2))), "b": (data.draw(tensors((size,))),)}
    got = input_gradients(lambda p: 3 * p["a"].sum(1) + 4 * p["b"][0], points, engine=engine)
    assert torch.equal(got["a"], torch.full((size, 2), 3.0, dtype=torch.float64))
    assert torch.equal(got["b"][0], torch.full((size,), 4.0, dtype=torch.float64))
    slopes = gradient_norms(lambda p: 3 * p["a"].sum(1) + 4 * p["b"][0], points, engine=engine)
    assert slopes.tolist() == pytest.approx([math.sqrt(9 + 9 + 16)] * size)


@pytest.mark.parametrize("engine", ENGINES)
@given(batch=batches(shape=(2,), condition=((3,),)))
def test_conditions_belong_to_their_samples(engine, batch):
    critic = CONDITIONAL.build().double()
    got = input_gradients(critic, batch.real, *batch.condition, engine=engine)
    want = oracle(critic, batch.real, *batch.condition)
    torch.testing.assert_close(got, want, rtol=1e-10, atol=1e-12)
    labels = torch.arange(batch.size)  # conditions need not be floating point
    scaled = gradient_norms(lambda x, y: x.sum(1) * (1 + y), batch.real, labels, engine=engine)
    torch.testing.assert_close(scaled, math.sqrt(2) * (1 + labels.double()))


@pytest.mark.parametrize("example", DEFAULT_CRITICS, ids=lambda e: e.name)
def test_engines_agree_on_the_example_critics(example):
    critic = example.build().double()
    points = torch.randn(5, *example.shape, dtype=torch.float64)
    want = oracle(critic, points)
    for engine in ENGINES:
        got = input_gradients(critic, points, engine=engine)
        torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-11, msg=lambda m, e=engine: f"{e}: {m}")


@pytest.mark.parametrize("engine", ENGINES)
def test_scores_may_come_with_other_outputs(engine):
    linear = nn.Linear(2, 1)
    points = torch.randn(3, 2)
    got = input_gradients(lambda x: CriticOutput(linear(x), features=x), points, engine=engine)
    torch.testing.assert_close(got, linear.weight.expand(3, 2))


@pytest.mark.parametrize("norm", [2, 1, math.inf])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("example", DEFAULT_CRITICS, ids=lambda e: e.name)
def test_everything_is_finite_for_a_critic_of_zeros(example, engine, norm):
    critic = example.build()
    for parameter in critic.parameters():
        nn.init.zeros_(parameter)
    for penalty in (two_sided, lipschitz.one_sided):
        slopes = gradient_norms(critic, torch.randn(3, *example.shape), engine=engine, norm=norm)
        assert torch.equal(slopes, torch.zeros(3))
        for gradient in parameter_gradients(critic, penalty(slopes).mean()):
            assert gradient.isfinite().all()


@given(critics(shape=(2,)), batches(shape=(2,)))
def test_the_critic_is_left_as_it_was(critic, batch):
    before = {name: value.clone() for name, value in critic.state_dict().items()}
    points = batch.real.clone()
    gradient_norms(critic, points)
    assert critic.training
    assert all(p.grad is None for p in critic.parameters())
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())
    assert torch.equal(points, batch.real)
    assert not points.requires_grad


def test_gradients_reach_the_parameters_but_not_the_points():
    critic = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    gradient_norms(critic, torch.randn(3, 2)).sum().backward()
    assert critic[0].weight.grad.abs().max() > 0
    with torch.no_grad():
        assert not gradient_norms(critic, torch.randn(3, 2)).requires_grad


@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_of_smooth_critics_can_be_differentiated_at_the_points(engine):
    points = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    gradients = input_gradients(lambda x: x.pow(3).sum(1), points, engine=engine)
    (second,) = torch.autograd.grad(gradients.sum(), points)
    torch.testing.assert_close(second, 6 * points.detach())


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("engine", ["vmap", "batched", "loop"])
def test_lstm_critics_can_be_evaluated_in_single_precision(engine):
    critic = RECURRENT.build()
    points = torch.randn(4, *RECURRENT.shape)
    torch.testing.assert_close(input_gradients(critic, points, engine=engine), oracle(critic, points))


def test_dropout_draws_for_every_sample():
    critic = nn.Sequential(nn.Dropout(0.5), nn.Flatten(0))
    gradients = input_gradients(critic, torch.ones(200, 1))
    assert set(gradients.unique().tolist()) == {0.0, 2.0}


@pytest.mark.large
@pytest.mark.parametrize("engine", ["vmap", "batched"])
def test_a_penalty_compiles_as_one_graph(engine):
    example = CONVOLUTIONAL
    critic = example.build()
    points = torch.randn(4, *example.shape)

    def penalty(x):
        return two_sided(gradient_norms(critic, x, engine=engine)).mean()

    compiled = torch.compile(penalty, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(points), penalty(points))


def test_the_batched_engine_differentiates_through_the_batch_and_leaves_running_statistics_alone():
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)).double()
    twin = copy.deepcopy(critic)
    points = torch.randn(6, 2, dtype=torch.float64)
    x = points.clone().requires_grad_()
    (want,) = torch.autograd.grad(twin(x).sum(), x, create_graph=True)
    got = input_gradients(critic, points, engine="batched")
    torch.testing.assert_close(got, want)
    for a, b in zip(
        parameter_gradients(critic, got.square().sum()),
        parameter_gradients(twin, want.square().sum()),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=1e-7, atol=1e-9)
    assert critic[1].num_batches_tracked == 0
    assert torch.equal(critic[1].running_mean, torch.zeros(4, dtype=torch.float64))


# --- layers vmap has no rule for ---
