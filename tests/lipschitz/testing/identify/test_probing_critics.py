"""Critics with prescribed gradients: the gradients are as prescribed, under every transform, and points are noted."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.func import functional_call, grad, jacrev, jvp, vmap

from lipschitz.errors import CriticError
from lipschitz.testing.identify.forms import Form
from lipschitz.testing.identify.probing_critics import (
    ProbingCritic,
    Record,
    at_samples,
    everywhere,
    is_among,
    nearest,
)
from lipschitz.testing.strategies import seeds, tensors

FORM = Form((2, 3), size=4)


def critic_with(slopes, regions=everywhere, **options):
    return ProbingCritic(FORM, slopes, regions, **options)


def gradients(critic, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(critic(x).sum(), x)[0]


@given(tensors((4, 2, 3)), tensors((1, 6)), st.floats(-2, 2))
def test_the_gradient_is_the_slope_plus_the_curvature_times_the_point(x, slope, curvature):
    critic = critic_with(slope, curvature=curvature)
    expected = slope.reshape(2, 3) + curvature * x
    torch.testing.assert_close(gradients(critic, x), expected)
    each = vmap(grad(lambda s: critic(s[None]).squeeze()))(x)
    torch.testing.assert_close(each, expected)
    torch.testing.assert_close(vmap(jacrev(lambda s: critic(s).squeeze()))(x), expected)


@given(tensors((4, 2, 3)), tensors((1, 6)))
def test_scores_are_zero_without_curvature_and_teach_the_slopes_nothing(x, slope):
    critic = critic_with(slope)
    scores = critic(x)
    assert not scores.any()
    assert not torch.autograd.grad(scores.sum(), critic.slopes)[0].any()


@given(tensors((4, 2, 3)), tensors((4, 6)), tensors((4, 6)))
def test_the_derivative_of_a_gradient_reaches_the_slope_of_its_region(x, slopes, weights):
    numbers = torch.tensor([0.0, 10.0, 20.0, 30.0], dtype=torch.float64)
    x[:, 0, 0] = numbers
    critic = critic_with(slopes, nearest(numbers))
    x.requires_grad_()
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    (learned,) = torch.autograd.grad((g.flatten(1) * weights).sum(), critic.slopes)
    torch.testing.assert_close(g.flatten(1), slopes)
    torch.testing.assert_close(learned, weights)


@pytest.mark.parametrize("column", [True, False])
def test_shapes_of_scores(column):
    form = Form((2, 3), size=4, column=column)
    critic = ProbingCritic(form, torch.ones(1, 6), everywhere)
    x = torch.zeros(4, 2, 3, dtype=torch.float64)
    tail = (1,) if column else ()
    assert critic(x).shape == (4, *tail)
    assert critic(x.flatten(1)).shape == (4, *tail)
    assert critic(x[0]).shape == tail


@pytest.mark.parametrize("shape", [(4, 5), (4, 4, 2, 3), (6,), ()])
def test_points_of_another_shape_are_refused(shape):
    with pytest.raises(CriticError, match="takes samples of shape"):
        critic_with(torch.ones(1, 6))(torch.zeros(shape, dtype=torch.float64))


CALLS = {
    "plain": lambda critic, x: critic(x),
    "gradient": gradients,
    "vmap": lambda critic, x: vmap(grad(lambda s: critic(s[None]).squeeze()))(x),
    "chunks": lambda critic, x: vmap(grad(lambda s: critic(s[None]).squeeze()), chunk_size=3)(x),
    "jacobian": lambda critic, x: jacrev(lambda s: critic(s).sum())(x),
    "forward": lambda critic, x: jvp(critic, (x,), (torch.ones_like(x),)),
    "functional": lambda critic, x: functional_call(critic, dict(critic.named_parameters()), (x,)),
    "loop": lambda critic, x: [critic(s[None]) for s in x],
    "twice": lambda critic, x: (critic(x), critic(x)),
}


@pytest.mark.parametrize("name", CALLS)
def test_points_are_noted_in_order_and_once(name):
    record = Record()
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    CALLS[name](critic_with(torch.ones(1, 6), record=record), x)
    torch.testing.assert_close(record.rows(), x.flatten(1))


def test_noting_points_changes_no_gradient():
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    slope = torch.randn(1, 6, dtype=torch.float64)
    plain, noting = critic_with(slope, curvature=2.0), critic_with(slope, curvature=2.0, record=Record())
    assert torch.equal(gradients(plain, x), gradients(noting, x))
    forward = jvp(noting, (x,), (torch.ones_like(x),))[1]
    torch.testing.assert_close(forward[:, 0], gradients(plain, x).flatten(1).sum(1))


def test_nothing_was_noted():
    assert Record().rows() is None


@given(seeds())
def test_regions_tell_real_fake_and_all_else_apart(seed):
    generator = torch.Generator().manual_seed(seed)
    real, fake = (torch.randn(3, 2, 2, generator=generator) for _ in range(2))
    points = torch.cat([fake, (real + fake) / 2, real]).flatten(1)
    expected = torch.tensor([1, 1, 1, 2, 2, 2, 0, 0, 0])
    assert torch.equal(at_samples(real, fake)(points), expected)
    assert torch.equal(at_samples(real, fake)(points.double()), expected)
    assert torch.equal(is_among(points, real), expected == 0)


def test_the_nearest_number_decides():
    regions = nearest(torch.tensor([0.0, 1.0, 2.0]))
    points = torch.tensor([[0.4, 9.0], [0.6, -9.0], [5.0, 0.0]])
    assert regions(points).tolist() == [0, 1, 2]
