"""The smooth critic: an MLP by other defaults."""

import pytest
import torch

import lipschitz
from lipschitz import FieldError
from lipschitz_trainers import registry


def build(shape=(3,), **fields):
    return registry.build("network", "silu_mlp", **fields).build(shape, ())


def test_it_is_the_mlp_by_other_defaults():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        critic = build()
        torch.manual_seed(0)
        fields = {"width": 256, "depth": 2, "activation": "silu", "initialization": "torch"}
        same = registry.build("network", "mlp", **fields).build((3,), ())
    x = torch.randn(5, 3)
    assert torch.equal(critic(x), same(x))
    assert sum(isinstance(layer, torch.nn.SiLU) for layer in critic.modules()) == 2


def test_it_serves_any_shapes_and_checks_its_fields():
    assert build((2, 4, 4), width=8)(torch.randn(5, 2, 4, 4)).shape == (5,)
    generator = registry.build("network", "silu_mlp", width=8).build((3,), (2,))
    assert generator(torch.randn(5, 3)).shape == (5, 2)
    with pytest.raises(FieldError, match="width must be even for max_min"):
        build(width=3, activation="max_min")


def test_its_constant_is_certified():
    critic = build(width=16)
    points = torch.randn(200, 3)
    assert lipschitz.gradient_norms(critic, points).max() <= lipschitz.product_bound(critic, points)
