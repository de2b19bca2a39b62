"""The smooth maximum of cones: what it computes, and that its slope never exceeds 1."""

import copy
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lipschitz
from lipschitz import FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.networks.max_of_cones import COLDEST, FEW

SIZES = st.sampled_from([1, 2, FEW, FEW + 1, 40])


def build(size=3, seed=0, **fields):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return registry.build("network", "max_of_cones", **fields).build((size,), ())


def by_definition(critic, x):
    """t log sum exp((h - |x - a|) / t), in float64 from differences."""
    critic, x = critic.double(), x.double()
    t = COLDEST + critic.log_temperature.exp()
    cones = critic.heights - (x[:, None] - critic.tips).norm(dim=2)
    return t * torch.logsumexp(cones / t, dim=1)


@settings(deadline=None, max_examples=40)
@given(SIZES, st.integers(1, 60), st.floats(1e-4, 10), st.floats(0.01, 100), st.integers(0, 2**31))
def test_it_is_the_smooth_maximum_of_cones(size, cones, temperature, scale, seed):
    critic = build(size, seed, cones=cones, temperature=temperature).double()
    with torch.no_grad():
        critic.heights.normal_()
    x = scale * torch.randn(20, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    torch.testing.assert_close(critic(x), by_definition(critic, x), rtol=1e-9, atol=1e-9)
    want = lipschitz.input_gradients(lambda points: by_definition(critic, points), x, engine="batched")
    torch.testing.assert_close(lipschitz.input_gradients(critic, x), want, rtol=1e-6, atol=1e-7)


@settings(deadline=None, max_examples=60)
@given(SIZES, st.integers(1, 60), st.floats(1e-4, 10), st.floats(1e-6, 100), st.integers(0, 2**31))
def test_its_slope_is_at_most_one_whatever_the_parameters(size, cones, temperature, scale, seed):
    critic = build(size, seed, cones=cones, temperature=temperature).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        critic.heights.copy_(torch.randn(cones, generator=generator))
    a, b = (scale * torch.randn(30, size, generator=generator, dtype=torch.float64) for _ in range(2))
    quotients = (critic(a) - critic(b)).abs() / (a - b).norm(dim=1)
    assert quotients.max() <= 1 + 1e-6
    assert lipschitz.gradient_norms(critic, a).max() <= 1 + 1e-6


@pytest.mark.parametrize("size", [2, 16, 128])
def test_close_to_a_tip_it_is_a_cone_in_single_precision_too(size):
    critic = build(size, cones=32, temperature=1e-3)
    for distance in (1e-2, 1e-4):
        direction = torch.nn.functional.normalize(torch.randn(32, size), dim=1)
        x = critic.tips.detach() + distance * direction
        moved = x - critic.tips.detach()  # as far as rounding lets it
        cosines = torch.cosine_similarity(-moved, lipschitz.input_gradients(critic, x), dim=1)
        assert cosines.min() > 0.99
        assert lipschitz.gradient_norms(critic, x).sub(1).abs().max() < 0.02


@pytest.mark.parametrize("size", [2, FEW + 1, 64])
@pytest.mark.parametrize("apart", [1e-1, 1e-4])
@pytest.mark.parametrize("offset", [0.0, 10.0, 100.0])
def test_the_slope_is_at_most_one_where_many_tips_lie_close_together(size, apart, offset):
    critic = build(size, cones=64, temperature=0.1)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        critic.tips.copy_(offset + apart * torch.randn(64, size, generator=generator))
    for distance in (apart, 1.0):
        x = offset + distance * torch.randn(200, size, generator=generator)
        assert lipschitz.gradient_norms(critic, x).max() <= 1 + 1e-5
        want = lipschitz.gradient_norms(
            lambda points: by_definition(copy.deepcopy(critic), points), x.double(), engine="batched"
        )
        torch.testing.assert_close(lipschitz.gradient_norms(critic, x).double(), want, atol=2e-3, rtol=2e-3)


def test_the_bound_is_certified_for_any_norm():
    critic = build(16, cones=8)
    x = torch.randn(4, 16)
    for norm, bound in ((1, 1.0), (2, 1.0), (math.inf, 4.0)):
        assert lipschitz.product_bound(critic, x[:1], norm=norm) == pytest.approx(bound)
    # In the supremum norm a cone rises by sqrt(16) along the diagonal.
    far = critic.tips.detach()[:1] + 100 * torch.ones(1, 16)
    assert critic(far).item() - critic(far + 1).item() == pytest.approx(4.0, rel=1e-2)


def test_it_learns_the_distance_of_two_gaussians_without_a_constraint():
    critic = build(2, cones=64)
    optimizer = torch.optim.Adam(critic.parameters(), lr=0.02)
    generator = torch.Generator().manual_seed(0)
    for _ in range(400):
        x = torch.randn(256, 2, generator=generator)
        loss = (
            critic(x).mean()
            - critic(torch.randn(256, 2, generator=generator) + torch.tensor([2.0, 0.0])).mean()
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x = torch.randn(4096, 2, generator=generator)
    assert (critic(x + torch.tensor([2.0, 0.0])) - critic(x)).mean().item() == pytest.approx(2.0, abs=0.05)


def test_tips_begin_at_the_radius_in_any_dimension():
    for size in (2, 100):
        tips = build(size, cones=4000, radius=3.0).tips
        assert tips.square().sum(dim=1).mean().sqrt().item() == pytest.approx(3.0, rel=0.05)


def test_wrong_fields_and_outputs_are_refused():
    with pytest.raises(FieldError, match=r"returns scores, it cannot serve outputs of shape \(2,\)"):
        registry.build("network", "max_of_cones").build((3,), (2,))
    with pytest.raises(FieldError, match="radius must be > 0"):
        registry.build("network", "max_of_cones", radius=0)
