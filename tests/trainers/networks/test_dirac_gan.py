"""The two players of the Dirac-GAN."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import FieldError
from lipschitz_trainers.registry import build

shapes = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)


@given(shapes, st.floats(-2, 2, width=32))
def test_the_generator_is_one_point_whatever_the_noise(shape, start):
    generator = build("network", "dirac_generator", start=start).build((2,), shape)
    assert [parameter.shape for parameter in generator.parameters()] == [shape]
    assert torch.equal(generator(torch.randn(5, 2)), torch.full((5, *shape), start))


@given(st.floats(0.1, 3), st.floats(-2, 2))
def test_instance_noise_is_around_the_point(noise, start):
    generator = build("network", "dirac_generator", start=start, noise=noise).build((3,), (2,))
    z = torch.randn(4000, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close((generator(z) - start) / noise, z[:, :2], rtol=1e-4, atol=1e-4)


def test_noise_needs_enough_latent_variables():
    with pytest.raises(FieldError, match="6 coordinates of as many latent variables, got 5"):
        build("network", "dirac_generator", noise=0.1).build((5,), (2, 3))
    build("network", "dirac_generator").build((1,), (2, 3))


@given(shapes, st.floats(-2, 2, width=32))
def test_the_critic_is_linear_without_bias(shape, slope):
    critic = build("network", "linear", slope=slope).build(shape, ())
    x = torch.randn(4, *shape)
    torch.testing.assert_close(critic(x), slope * x.flatten(1).sum(dim=1))
    assert sum(p.numel() for p in critic.parameters()) == x[0].numel()
    assert build("network", "linear").build(shape, (2, 2))(x).shape == (4, 2, 2)
