"""Shapes, published parameter counts and initialisation of the built-in networks."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import lipschitz
from lipschitz import FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.networks.activations import GroupSort, MaxMin, SmoothELU
from lipschitz_trainers.networks.conv import halvings


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


@given(
    width=st.integers(1, 9),
    depth=st.integers(0, 3),
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    out=st.lists(st.integers(1, 3), max_size=2).map(tuple),
    normalization=st.sampled_from(["none", "layer", "batch"]),
)
def test_mlp_serves_any_shapes(width, depth, shape, out, normalization):
    network = registry.build("network", "mlp", width=width, depth=depth, normalization=normalization)
    module = network.build(shape, out)
    assert module(torch.randn(5, *shape)).shape == (5, *out)
    linears = [m for m in module.modules() if isinstance(m, torch.nn.Linear)]
    assert len(linears) == depth + 1


def test_mlp_has_the_published_number_of_parameters():
    mlp = registry.build("network", "mlp")
    assert count(mlp.build((2,), ())) == 527_361
    assert count(mlp.build((2,), (2,))) == 527_874


def test_paper_initialisation_of_mlp():
    torch.manual_seed(0)
    linears = [
        m
        for m in registry.build("network", "mlp").build((2,), ()).modules()
        if isinstance(m, torch.nn.Linear)
    ]
    hidden, last = linears[1], linears[-1]
    bound = math.sqrt(6 / 512)  # He: uniform with standard deviation sqrt(2 / fan_in)
    assert hidden.weight.abs().max() <= bound
    assert hidden.weight.abs().max() > 0.999 * bound
    np.testing.assert_allclose(hidden.weight.std().item(), math.sqrt(2 / 512), rtol=0.01)
    np.testing.assert_allclose(last.weight.std().item(), math.sqrt(2 / 513), rtol=0.15)
    assert all(linear.bias.eq(0).all() for linear in linears)


@pytest.mark.parametrize("side", [8, 9, 12, 16, 27, 28, 32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
def test_conv_pair_fits_together(side, channels, normalization):
    shape = (channels, side, side)
    generator = registry.build("network", "conv_generator", width=4, normalization=normalization).build(
        (6,), shape
    )
    critic = registry.build("network", "conv_critic", width=4, normalization=normalization).build(shape, ())
    images = generator(torch.randn(3, 6))
    assert images.shape == (3, *shape)
    assert images.abs().max() <= 1
    assert critic(images).shape == (3,)


def test_conv_initialisation_follows_the_authors_rule():
    torch.manual_seed(0)
    critic = registry.build("network", "conv_critic", width=64).build((3, 32, 32), ())
    conv = [m for m in critic.modules() if isinstance(m, torch.nn.Conv2d)][1]  # 4x4, stride 2
    fan_in, fan_out = 64 * 16, 128 * 16 / 4
    np.testing.assert_allclose(conv.weight.std().item(), math.sqrt(4 / (fan_in + fan_out)), rtol=0.02)
    generator = registry.build("network", "conv_generator", width=64).build((8,), (3, 32, 32))
    up = next(m for m in generator.modules() if isinstance(m, torch.nn.ConvTranspose2d))
    fan_in, fan_out = up.in_channels * 16 / 4, up.out_channels * 16
    np.testing.assert_allclose(up.weight.std().item(), math.sqrt(4 / (fan_in + fan_out)), rtol=0.02)


@pytest.mark.parametrize("shape", [(1, 8, 9), (64,), (1, 7, 7), (3, 64, 64)])
def test_conv_pair_refuses_other_shapes(shape):
    with pytest.raises(FieldError, match=r"square images \(C, H, H\) with H from 8 to 32"):
        registry.build("network", "conv_critic").build(shape, ())
    with pytest.raises(FieldError, match="square images"):
        registry.build("network", "conv_generator").build((4,), shape)


def test_halvings_end_at_four_or_less():
    assert halvings(28) == [28, 14, 7, 4]
    assert halvings(32) == [32, 16, 8, 4]


def test_smooth_elu_has_the_published_values():
    f = SmoothELU().double()
    x = torch.tensor([0.0, -40.0, 40.0], dtype=torch.float64)
    np.testing.assert_allclose(f(x).numpy(), [0.06346401, -1.0, 40.0], atol=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=6, max_size=6))
def test_max_min_sorts_pairs_and_keeps_norms(values):
    x = torch.tensor([values], dtype=torch.float64)
    y = MaxMin()(x)
    pairs = y.reshape(-1, 2)
    assert (pairs[:, 0] >= pairs[:, 1]).all()
    np.testing.assert_array_equal(np.sort(y.numpy().reshape(-1, 2)), np.sort(x.numpy().reshape(-1, 2)))


def test_max_min_needs_an_even_width():
    for network in ("mlp", "conv_critic"):
        with pytest.raises(FieldError, match="width must be even for max_min.*got 3"):
            registry.build("network", network, width=3, activation="max_min")


@given(st.integers(1, 4), st.integers(2, 5), st.integers(0, 1000))
def test_group_sort_sorts_each_group_and_keeps_norms_and_gradients(groups, size, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(3, groups * size, 2, generator=generator, dtype=torch.float64, requires_grad=True)
    y = GroupSort(size)(x)
    want = -np.sort(-x.detach().numpy().reshape(3, groups, size, 2), axis=2)
    np.testing.assert_array_equal(y.detach().numpy(), want.reshape(y.shape))
    direction = torch.randn(y.shape, generator=generator, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((y * direction).sum(), x)
    torch.testing.assert_close(gradient.flatten(1).norm(dim=1), direction.flatten(1).norm(dim=1))


def test_groups_of_two_are_max_min_and_one_group_is_full_sort():
    x = torch.randn(5, 8, 3)
    assert torch.equal(GroupSort(2)(x), MaxMin()(x))
    assert torch.equal(GroupSort(None)(x), GroupSort(8)(x))


@pytest.mark.parametrize("network", ["mlp", "conv_critic"])
def test_the_group_size_divides_the_width(network):
    with pytest.raises(FieldError, match="width must be a multiple of 3 for group_sort.*got 8"):
        registry.build("network", network, width=8, activation="group_sort", group_size=3)
    with pytest.raises(FieldError, match="group_size must be >= 2"):
        registry.build("network", network, width=8, activation="group_sort", group_size=1)
    registry.build("network", network, width=8, group_size=3)  # not used by other activations


@pytest.mark.parametrize("activation", ["max_min", "group_sort", "full_sort"])
@pytest.mark.parametrize("network", ["mlp", "conv_critic"])
def test_sorting_critics_pass_every_normalization(network, activation):
    shape = (1, 8, 8)
    for normalization in ("none", "layer", "batch"):
        fields = {"width": 8, "activation": activation, "group_size": 4, "normalization": normalization}
        critic = registry.build("network", network, **fields).build(shape, ())
        assert critic(torch.randn(3, *shape)).shape == (3,)


@pytest.mark.parametrize("activation", ["max_min", "group_sort", "full_sort"])
def test_sorting_and_orthogonal_weights_make_a_critic_of_slope_one(activation):
    mlp = registry.build("network", "mlp", width=8, activation=activation, group_size=4)
    critic = mlp.build((8,), ()).double()
    critic = lipschitz.build("orthogonal", map="cayley").prepare(critic)
    points = torch.randn(20, 8, dtype=torch.float64)
    norms = lipschitz.gradient_norms(critic, points)
    torch.testing.assert_close(norms, torch.ones_like(norms))
    assert lipschitz.product_bound(critic, points) == pytest.approx(1, abs=1e-9)


def test_gradient_penalties_refuse_batch_and_take_layer_normalization():
    example = lipschitz.Batch(real=torch.randn(4, 1, 8, 8), fake=torch.randn(4, 1, 8, 8))
    penalty = lipschitz.build("one_sided_gradient_penalty")
    for network in ("mlp", "conv_critic"):
        for normalization, refused in (("none", False), ("layer", False), ("batch", True)):
            built = registry.build("network", network, width=4, normalization=normalization)
            critic = built.build((1, 8, 8), ())
            if refused:
                with pytest.raises(
                    lipschitz.CoupledSamplesError, match="BatchNorm.*LayerNorm|BatchNorm.*layer norm"
                ):
                    penalty.prepare(critic, example)
            else:
                assert penalty.prepare(critic, example) is critic
