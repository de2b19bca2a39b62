"""What the one-sided and the two-sided penalty share: formula, points, samples, refusals, published optimum."""

import dataclasses
import logging
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, BatchError, CoupledSamplesError, FieldError
from lipschitz.testing.critics import CONDITIONAL
from lipschitz.testing.strategies import SMOOTH, batches, critics, tensors, weights

NAMES = ["one_sided_gradient_penalty", "two_sided_gradient_penalty"]
EXCESS = {
    "one_sided_gradient_penalty": lambda slope, target: max(0.0, slope - target),
    "two_sided_gradient_penalty": lambda slope, target: slope - target,
}
PLACES = ["between", "real", "fake", "around_real"]
coefficients, targets = st.floats(0.01, 100), st.floats(0, 5)

pytestmark = pytest.mark.parametrize("name", NAMES)


def replay(batch):
    """Return the same batch with its generator where it was, for a second run over the same draws."""
    state = batch.generator.get_state()
    return lambda: dataclasses.replace(batch, generator=torch.Generator().set_state(state))


def slope_at(critic, point, *condition):
    """Return the Euclidean norm of the gradient at one point, by autograd."""
    x = point.detach()[None].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x, *condition).sum(), x)
    return math.sqrt(sum(v * v for v in gradient.flatten().tolist()))


@given(data=st.data(), coefficient=coefficients, target=targets)
def test_penalty_is_the_published_formula_between_real_and_fake(name, data, coefficient, target):
    critic = data.draw(critics(shape=(2, 2)))
    batch = data.draw(batches(shape=(2, 2)))
    again = replay(batch)
    got = lipschitz.build(name, coefficient=coefficient, target=target).penalty(critic, again())
    epsilon = again().uniform()
    assert got.shape == (batch.size,)
    for i in range(batch.size):
        point = epsilon[i] * batch.real[i] + (1 - epsilon[i]) * batch.fake[i]
        want = coefficient * EXCESS[name](slope_at(critic, point), target) ** 2
        assert got[i].item() == pytest.approx(want, rel=1e-8, abs=1e-10), f"sample {i}"


@pytest.mark.parametrize("place", ["real", "fake"])
@given(critic=critics(), batch=batches())
def test_penalty_may_look_at_the_samples_themselves(name, place, critic, batch):
    got = lipschitz.build(name, points=place).penalty(critic, batch)
    for value, point in zip(got.tolist(), getattr(batch, place), strict=True):
        assert value == pytest.approx(10 * EXCESS[name](slope_at(critic, point), 1) ** 2, rel=1e-8, abs=1e-10)


# T3
@given(w=weights((3,)), offset=st.floats(-5, 5), batch=batches(shape=(3,)), coefficient=coefficients)
def test_a_linear_critic_has_the_closed_form_for_any_samples(name, w, offset, batch, coefficient):
    norm = math.sqrt(sum(v * v for v in w.tolist()))
    w.requires_grad_()
    got = lipschitz.build(name, coefficient=coefficient).penalty(lambda x: x @ w + offset, batch)
    excess = EXCESS[name](norm, 1.0)
    assert got.tolist() == pytest.approx([coefficient * excess**2] * batch.size, rel=1e-9, abs=1e-12)
    (derivative,) = torch.autograd.grad(got.mean(), w)
    want = [2 * coefficient * excess * v / norm if norm else 0.0 for v in w.tolist()]
    assert derivative.tolist() == pytest.approx(want, rel=1e-9, abs=1e-9)


# T4
@given(batch=batches(shape=(3,)))
def test_half_the_squared_norm_has_the_closed_form(name, batch):
    again = replay(batch)
    got = lipschitz.build(name).penalty(lambda x: x.square().sum(1) / 2, again())
    points = lipschitz.interpolate(batch.real, batch.fake, again().uniform())
    want = [10 * EXCESS[name](point.norm().item(), 1) ** 2 for point in points]
    assert got.tolist() == pytest.approx(want, rel=1e-9, abs=1e-12)


@given(data=st.data(), place=st.sampled_from(PLACES))
def test_derivative_with_respect_to_parameters_equals_finite_differences(name, data, place):
    critic = data.draw(critics(activations=SMOOTH, max_depth=2))
    # A steep critic, so that the one-sided penalty is not zero, and the kink at the target is far.
    again = replay(data.draw(batches()))
    constraint = lipschitz.build(name, points=place, target=0.01)
    value = constraint.penalty(critic, again()).mean()
    derivatives = torch.autograd.grad(value, list(critic.parameters()), allow_unused=True)
    for parameter, derivative in zip(critic.parameters(), derivatives, strict=True):
        direction = data.draw(tensors(tuple(parameter.shape)))
        values = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                parameter.add_(direction, alpha=step)
            values.append(constraint.penalty(critic, again()).mean().item())
            with torch.no_grad():
                parameter.add_(direction, alpha=-step)
        want = 0.0 if derivative is None else (derivative * direction).sum().item()
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(want, rel=1e-3, abs=1e-6 * (1 + value.item()))


@given(critic=critics(), batch=batches(), factor=st.floats(-5, 5))
def test_scaling_the_critic_scales_the_slopes(name, critic, batch, factor):
    again = replay(batch)
    scaled = lipschitz.build(name).penalty(lambda x: factor * critic(x), again())
    slopes = (
        lipschitz.build("two_sided_gradient_penalty", target=0, coefficient=1).penalty(critic, again()).sqrt()
    )
    want = [10 * EXCESS[name](abs(factor) * slope, 1) ** 2 for slope in slopes.tolist()]
    assert scaled.tolist() == pytest.approx(want, rel=1e-6, abs=1e-9)


@given(critic=critics(), batch=batches(min_size=2), place=st.sampled_from(["between", "real", "fake"]))
def test_a_sample_alone_has_the_penalty_it_has_in_the_batch(name, critic, batch, place):
    again = replay(batch)
    constraint = lipschitz.build(name, points=place)
    assert constraint.per_sample
    whole = constraint.penalty(critic, again())
    for i in range(batch.size):
        one = slice(i, i + 1)
        alone = dataclasses.replace(
            again(), real=batch.real[one], fake=batch.fake[one], offset=i, global_size=batch.size
        )
        torch.testing.assert_close(constraint.penalty(critic, alone), whole[one], rtol=1e-9, atol=1e-11)


def test_a_penalty_around_the_data_depends_on_the_batch_and_says_so(name):
    constraint = lipschitz.build(name, points="around_real")
    assert constraint.per_sample is False
    assert lipschitz.compose(constraint, lipschitz.build(name)).per_sample is False
    assert dataclasses.replace(constraint, points="real").per_sample is True


@given(batch=batches(condition=((3,),)))
def test_conditions_are_passed_on(name, batch):
    critic = CONDITIONAL.build().double()
    got = lipschitz.build(name, points="real").penalty(critic, batch)
    for i, value in enumerate(got.tolist()):
        slope = slope_at(critic, batch.real[i], batch.condition[0][i : i + 1])
        assert value == pytest.approx(10 * EXCESS[name](slope, 1) ** 2, rel=1e-8, abs=1e-10)


@given(data=st.data(), size=st.integers(1, 4))
def test_the_slope_of_a_tree_of_samples_is_over_all_leaves(name, data, size):
    real, fake = ((data.draw(tensors((size, 2))), data.draw(tensors((size, 3)))) for _ in range(2))
    batch = Batch(real=real, fake=fake)
    got = lipschitz.build(name).penalty(lambda p: 3 * p[0].sum(1) + p[1].sum(1), batch)
    assert got.tolist() == pytest.approx([10 * (math.sqrt(18 + 3) - 1) ** 2] * size)


@pytest.mark.parametrize("place", PLACES)
def test_everything_is_finite_at_a_critic_of_zeros(name, place):
    critic = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    for parameter in critic.parameters():
        nn.init.zeros_(parameter)
    batch = Batch(real=torch.randn(4, 2), fake=torch.randn(4, 2))
    penalty = lipschitz.build(name, points=place).penalty(critic, batch)
    assert penalty.tolist() == [10 * EXCESS[name](0, 1) ** 2] * 4
    penalty.mean().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in critic.parameters())


def test_the_generator_gets_no_gradient(name):
    generator, critic = nn.Linear(2, 2), nn.Linear(2, 1)
    with torch.no_grad():
        critic.weight.mul_(10)
    batch = Batch(real=torch.randn(4, 2), fake=generator(torch.randn(4, 2)))
    lipschitz.build(name).penalty(critic, batch).mean().backward()
    assert critic.weight.grad is not None
    assert generator.weight.grad is None


# --- the published optimum (T2) ---


@pytest.mark.parametrize(("distance", "coefficient"), [(1.0, 10.0), (1.0, 0.1), (3.0, 1.0), (0.5, 0.5)])
def test_training_on_two_point_masses_reaches_the_optimum(name, distance, coefficient):
    """The optimum is affine on the segment with slope 1 + d / (2 lambda) and loss -(d + d^2 / (4 lambda))."""
    direction = torch.tensor([0.6, 0.8])
    real, fake = (distance * direction).expand(32, 2), torch.zeros(32, 2)
    critic = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    if critic(real[:1]) < critic(fake[:1]):
        # Falling critics have a spurious local minimum under the two-sided penalty.
        nn.init.constant_(critic[2].weight, 0.1)
        nn.init.constant_(critic[0].weight, 0.1)
    constraint = lipschitz.build(name, coefficient=coefficient)
    optimizer = torch.optim.Adam(critic.parameters(), lr=2e-2, betas=(0.5, 0.9))
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, 350)
    generator = torch.Generator().manual_seed(0)
    for step in range(350):
        batch = Batch(real=real, fake=fake, step=step, generator=generator)
        loss = (critic(fake) - critic(real)).mean() + constraint.penalty(critic, batch).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    points = torch.linspace(0.02, 0.98, 49)[:, None] * distance * direction
    slopes = lipschitz.input_gradients(critic, points) @ direction
    torch.testing.assert_close(slopes, torch.full((49,), 1 + distance / (2 * coefficient)), rtol=0.02, atol=0)
    assert loss.item() == pytest.approx(-(distance + distance**2 / (4 * coefficient)), rel=0.01)


# --- what is refused ---


class ByHand(nn.Module):
    def forward(self, x):
        return x - x.mean(0)


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(4), ByHand()], ids=["BatchNorm1d", "by hand"])
def test_critics_that_couple_samples_are_refused_by_the_path_of_the_layer(name, layer):
    critic = nn.Sequential(nn.Linear(2, 4), nn.Sequential(nn.ReLU(), layer), nn.Linear(4, 1))
    example = Batch(real=torch.randn(6, 2), fake=torch.randn(6, 2))
    with pytest.raises(CoupledSamplesError, match=r"layer '1.1' .*LayerNorm"):
        lipschitz.build(name).prepare(critic, example)


def test_independent_critics_are_returned_as_they_are(name):
    critic = nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Linear(4, 1))
    example = Batch(real=torch.randn(6, 2), fake=torch.randn(6, 2))
    constraint = lipschitz.build(name)
    for _ in range(2):
        assert constraint.prepare(critic, example) is critic
        assert constraint.prepare(critic) is critic


def test_a_critic_with_spectral_norm_passes_before_its_power_iteration_has_converged(name):
    critic = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    example = Batch(real=torch.randn(6, 2), fake=torch.randn(6, 2))
    both = lipschitz.compose(lipschitz.build("spectral_norm"), lipschitz.build(name))
    assert both.prepare(critic, example) is critic


@pytest.mark.parametrize("statistics", [True, False])
def test_batch_coupling_can_be_allowed_and_then_trains(name, caplog, statistics):
    critic = nn.Sequential(
        nn.Linear(2, 16), nn.BatchNorm1d(16, track_running_stats=statistics), nn.ReLU(), nn.Linear(16, 1)
    )
    example = Batch(real=torch.randn(32, 2) + 1, fake=torch.randn(32, 2) - 1)
    constraint = lipschitz.build(name, allow_batch_coupling=True)
    with caplog.at_level(logging.WARNING, logger="lipschitz"):
        constraint.prepare(critic, example)
    assert "allow_batch_coupling is set: layer '1' (BatchNorm1d(16))" in caplog.text
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-2)
    losses = []
    for step in range(60):
        batch = dataclasses.replace(example, step=step)
        loss = (critic(batch.fake) - critic(batch.real)).mean() + constraint.penalty(critic, batch).mean()
        optimizer.zero_grad()
        loss.backward()
        assert all(p.grad is not None for p in critic.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert math.isfinite(losses[-1])
    if statistics:
        # Two plain forward passes a step: points of the penalty do not enter the statistics.
        assert critic[1].num_batches_tracked == 120


def test_without_fake_samples_the_points_must_be_elsewhere(name):
    batch, critic = Batch(real=torch.randn(4, 2)), nn.Linear(2, 1)
    with pytest.raises(BatchError, match="the line between real and fake needs generated samples"):
        lipschitz.build(name).penalty(critic, batch)
    for place in ("real", "around_real"):
        assert lipschitz.build(name, points=place).penalty(critic, batch).shape == (4,)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("coefficient", 0, "coefficient must be > 0"),
        ("coefficient", -1, "coefficient must be > 0"),
        ("target", -1, "target must be >= 0"),
        ("points", "middle", "points must be one of 'between', 'real', 'fake', 'around_real', got 'middle'"),
        ("allow_batch_coupling", 1, "allow_batch_coupling must be true or false"),
    ],
)
def test_fields_are_checked(name, field, value, message):
    with pytest.raises(FieldError, match=message):
        lipschitz.build(name, **{field: value})


def test_defaults_are_the_published_ones(name):
    constraint = lipschitz.build(name)
    assert (constraint.coefficient, constraint.target, constraint.points) == (10.0, 1.0, "between")
    assert constraint.guarantee == "soft"
    assert constraint.changes == frozenset()
