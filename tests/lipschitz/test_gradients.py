"""Per-sample gradients: every engine equals a float64 loop of autograd, in value and in derivative."""

import copy
import math
import weakref

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import (
    Batch,
    BatchError,
    CoupledSamplesError,
    CriticError,
    CriticOutput,
    FieldError,
    gradient_norms,
    input_gradients,
    two_sided,
)
from lipschitz.testing.critics import CONDITIONAL, CONVOLUTIONAL, DEFAULT_CRITICS, RECURRENT
from lipschitz.testing.strategies import SMOOTH, batches, critics, norms, shapes, tensors, weights

ENGINES = ["auto", "vmap", "batched", "loop"]


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
@given(w=weights((3,)), offset=st.floats(-5, 5), batch=batches(shape=(3,)))
def test_gradient_of_a_linear_critic_is_its_weight(engine, w, offset, batch):
    got = input_gradients(lambda x: x @ w + offset, batch.real, engine=engine)
    assert torch.equal(got, w.expand(batch.size, 3))
    norm = math.sqrt(sum(v * v for v in w.tolist()))
    assert gradient_norms(lambda x: x @ w, batch.real, engine=engine).tolist() == pytest.approx(
        [norm] * batch.size
    )


@given(weights((3,)), batches(shape=(3,)), norms())
def test_slope_of_a_linear_critic_is_the_dual_norm_of_its_weight(w, batch, norm):
    want = {2.0: w.square().sum().sqrt(), 1.0: w.abs().max(), math.inf: w.abs().sum()}[norm]
    got = gradient_norms(lambda x: x @ w, batch.real, norm=norm)
    torch.testing.assert_close(got, want.expand(batch.size))


@given(weights((3,)), weights((3,)), batches(shape=(3,)), norms())
def test_slope_bounds_the_difference_quotient_in_that_norm(w, step, batch, norm):
    slope = gradient_norms(lambda x: x @ w, batch.real, norm=norm)[0]
    size = torch.linalg.vector_norm(step, ord=norm)
    assert (step @ w).abs() <= slope * size * (1 + 1e-12) + 1e-12


# T4: the gradient of ||x||^2 / 2 is x.
@pytest.mark.parametrize("engine", ENGINES)
@given(batch=batches(shape=(2, 3)))
def test_gradient_of_half_the_squared_norm_is_the_point(engine, batch):
    got = gradient_norms(lambda x: x.square().flatten(1).sum(1) / 2, batch.real, engine=engine)
    torch.testing.assert_close(got, batch.real.flatten(1).square().sum(1).sqrt())


# T5: without coupling the gradient of the sum is the per-sample gradient; with batch normalization it is not.
@given(critics(shape=(3,)), batches(shape=(3,), min_size=2))
def test_gradient_of_the_sum_is_the_per_sample_gradient(critic, batch):
    x = batch.real.clone().requires_grad_()
    (of_sum,) = torch.autograd.grad(critic(x).sum(), x)
    torch.testing.assert_close(input_gradients(critic, batch.real), of_sum, rtol=1e-10, atol=1e-12)


def test_gradient_of_the_sum_vanishes_behind_batch_normalization():
    critic = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 1)).double()
    points = torch.randn(32, 2, dtype=torch.float64)
    assert gradient_norms(critic, points, engine="batched").max() < 1e-4
    assert gradient_norms(critic.eval(), points).min() > 0.01, "the slope of the function of one sample"


@given(critics(shape=(2,)), batches(shape=(2,), min_size=2), st.data())
def test_permuting_the_samples_permutes_the_gradients(critic, batch, data):
    order = data.draw(st.permutations(range(batch.size)))
    whole = input_gradients(critic, batch.real)
    torch.testing.assert_close(
        input_gradients(critic, batch.real[order]), whole[order], rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("engine", ENGINES)
@given(critic=critics(shape=(2,)), batch=batches(shape=(2,), min_size=2))
def test_a_row_does_not_notice_the_other_samples(engine, critic, batch):
    changed = batch.real.clone()
    changed[1:] = batch.fake[1:] * 5
    before, after = (input_gradients(critic, x, engine=engine)[0] for x in (batch.real, changed))
    torch.testing.assert_close(before, after, rtol=1e-10, atol=1e-12)


@given(critics(shape=(2,)), batches(shape=(2,)), st.floats(-10, 10))
def test_slopes_scale_with_the_critic(critic, batch, factor):
    scaled = gradient_norms(lambda x: factor * critic(x), batch.real)
    torch.testing.assert_close(scaled, abs(factor) * gradient_norms(critic, batch.real))


@given(critics(shape=(2,)), batches(shape=(2,)), weights((2,)))
def test_shifting_the_input_shifts_the_slopes(critic, batch, shift):
    torch.testing.assert_close(
        input_gradients(lambda x: critic(x + shift), batch.real), input_gradients(critic, batch.real + shift)
    )


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


@given(critics(shape=(2,)), batches(shape=(2,), min_size=3), st.integers(1, 4))
def test_chunks_change_nothing(critic, batch, chunk_size):
    torch.testing.assert_close(
        input_gradients(critic, batch.real, chunk_size=chunk_size), input_gradients(critic, batch.real)
    )


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


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_norms_are_in_float32_at_least(dtype):
    critic = nn.Linear(2, 1).to(dtype)
    slopes = gradient_norms(critic, torch.ones(3, 2, dtype=dtype))
    assert slopes.dtype is (torch.float64 if dtype == torch.float64 else torch.float32)


# --- what is refused ---


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("points", "condition", "message"),
    [
        (torch.zeros(0, 2), (), "points hold no sample; at least one is needed"),
        (torch.zeros(()), (), "points needs a batch axis"),
        (torch.zeros(2, 2, dtype=torch.int64), (), "points must be floating point, got torch.int64"),
        ((torch.zeros(2), torch.zeros(3)), (), "all tensors of points must have the same batch size"),
        (
            torch.zeros(2, 2),
            (torch.zeros(3),),
            r"condition\[0\] must have one entry per sample \(2\), got \(3,\)",
        ),
    ],
)
def test_points_that_are_no_batch_are_refused(engine, points, condition, message):
    with pytest.raises(BatchError, match=message):
        input_gradients(lambda x, *_: x.sum(1), points, *condition, engine=engine)


def test_unknown_engines_and_norms_are_refused():
    with pytest.raises(FieldError, match="engine must be one of auto, vmap, batched, loop, got 'fast'"):
        input_gradients(nn.Linear(2, 1), torch.zeros(2, 2), engine="fast")
    with pytest.raises(FieldError, match=r"norm must be 2, 1 or inf \(the norm of the input space\), got 3"):
        gradient_norms(nn.Linear(2, 1), torch.zeros(2, 2), norm=3)


@pytest.mark.parametrize("engine", ENGINES)
def test_maps_of_scores_are_refused(engine):
    critic = nn.Conv2d(1, 1, 3)
    with pytest.raises(CriticError, match="it looks like a map of scores: average it over the patches"):
        input_gradients(critic, torch.zeros(2, 1, 6, 6), engine=engine)


@pytest.mark.parametrize("engine", ["auto", "vmap"])
@pytest.mark.parametrize("layer", [nn.BatchNorm1d(4), nn.BatchNorm1d(4, track_running_stats=False)])
def test_batch_normalization_is_refused_by_its_path(engine, layer):
    # Without running statistics vmap would give wrong numbers and no error.
    critic = nn.Sequential(nn.Linear(2, 4), nn.Sequential(nn.ReLU(), layer), nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError, match=r"layer '1.1' \(BatchNorm1d\(4\)\)"):
        input_gradients(critic, torch.randn(6, 2), engine=engine)
    with pytest.raises(CoupledSamplesError):
        gradient_norms(
            critic.eval() if layer.running_mean is None else critic, torch.randn(6, 2), engine=engine
        )


@pytest.mark.parametrize("engine", ["auto", "vmap"])
def test_batch_normalization_of_images_is_refused_where_vmap_would_be_silently_wrong(engine):
    critic = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2, track_running_stats=False), nn.Flatten(), nn.Linear(8, 1)
    )
    for mode in (True, False):
        with pytest.raises(CoupledSamplesError, match="layer '1'"):
            input_gradients(critic.train(mode), torch.randn(3, 1, 4, 4), engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_batch_normalization_in_evaluation_mode_is_an_affine_map(engine):
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double().eval()
    points = torch.randn(6, 2, dtype=torch.float64)
    torch.testing.assert_close(input_gradients(critic, points, engine=engine), oracle(critic, points))


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


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("engine", ["vmap", "batched", "loop"])
def test_lstm_critics_can_be_evaluated_in_single_precision(engine):
    critic = RECURRENT.build()
    points = torch.randn(4, *RECURRENT.shape)
    torch.testing.assert_close(input_gradients(critic, points, engine=engine), oracle(critic, points))


class Gated(nn.Module):
    """A GRU, which vmap cannot evaluate."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 4, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        return self.score(self.gru(x)[0][:, -1])


def test_without_a_check_the_error_names_the_engines():
    with pytest.raises(
        CriticError, match=r"sample by sample.*\n.*engine='batched'.*prepare\(critic, example\)"
    ):
        gradient_norms(Gated(), torch.randn(3, 5, 2))


@pytest.mark.parametrize("build", [Gated, RECURRENT.build])
def test_a_checked_critic_falls_back_to_the_gradient_of_the_sum(build):
    critic = build().double()
    points = torch.randn(3, 5, 2, dtype=torch.float64)
    lipschitz.build("one_sided_gradient_penalty").prepare(critic, Batch(real=points, fake=points))
    for _ in range(2):
        torch.testing.assert_close(input_gradients(critic, points), oracle(critic, points))
    with pytest.raises(CriticError):
        input_gradients(critic, points, engine="vmap")


def test_the_fallback_is_remembered_without_keeping_the_critic_alive():
    critic = Gated()
    points = torch.randn(3, 5, 2)
    lipschitz.build("one_sided_gradient_penalty").prepare(critic, Batch(real=points, fake=points))
    input_gradients(critic, points)
    ghost = weakref.ref(critic)
    del critic
    assert ghost() is None


def test_layer_normalization_under_autocast_falls_back():
    critic = nn.Sequential(nn.Linear(2, 16), nn.LayerNorm(16), nn.ReLU(), nn.Linear(16, 1))
    points = torch.randn(6, 2)
    want = gradient_norms(critic, points)
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(CriticError, match="sample by sample"):
        gradient_norms(critic, points)
    lipschitz.build("one_sided_gradient_penalty").prepare(critic, Batch(real=points, fake=points))
    with torch.autocast("cpu", torch.bfloat16):
        got = gradient_norms(critic, points)
    torch.testing.assert_close(got, want, rtol=0.05, atol=0.02)
    torch.testing.assert_close(gradient_norms(critic, points), want)  # outside, vmap is used as before


def test_errors_of_a_critic_that_couples_samples_are_not_hidden_by_the_fallback():
    critic = Gated()
    points = torch.randn(3, 5, 2)
    lipschitz.build("one_sided_gradient_penalty").prepare(critic, Batch(real=points, fake=points))
    critic.score = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError, match="score.1"):
        gradient_norms(critic, points)


def test_dropout_draws_for_every_sample():
    critic = nn.Sequential(nn.Dropout(0.5), nn.Flatten(0))
    gradients = input_gradients(critic, torch.ones(200, 1))
    assert set(gradients.unique().tolist()) == {0.0, 2.0}


def test_errors_inside_a_critic_reach_the_user():
    def failing(x):
        raise BatchError("the user's own")

    with pytest.raises(BatchError, match="the user's own"):
        input_gradients(failing, torch.zeros(2, 2))
    with pytest.raises(CriticError, match="RuntimeError: .*data-dependent control flow"):
        input_gradients(lambda x: x.sum(1) if x.mean() > 0 else -x.sum(1), torch.zeros(2, 2))


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
