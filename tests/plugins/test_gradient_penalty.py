"""Gradient penalties put together by name: every combination against closed forms, and equal to its preset."""

import dataclasses
import itertools
import math
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch, FieldError
from lipschitz.penalties import SHAPES
from lipschitz.slopes import Place
from lipschitz.testing import check_constraint
from lipschitz.testing.critics import PERCEPTRON
from lipschitz.testing.strategies import batches, critics, weights
from lipschitz_trainers.config.constraints import parse_constraint

PLACES = get_args(Place)
COSTS = {
    "two_sided": lambda n, t: (n - t) ** 2,
    "one_sided": lambda n, t: max(0.0, n - t) ** 2,
    "zero_centered": lambda n, t: n**2,
    "squared_norm": lambda n, t: (n**2 - t**2) ** 2,
    "logarithmic": lambda n, t: math.log(1 + max(0.0, n - t) ** 2),
}


def dual(w, norm):
    sizes = [abs(v) for v in w.tolist()]
    if norm == "inf":
        return sum(sizes)
    if norm == 1:
        return max(sizes)
    order = norm / (norm - 1)
    return sum(v**order for v in sizes) ** (1 / order)


@pytest.mark.parametrize(("points", "shape"), list(itertools.product(PLACES, SHAPES)))
@settings(max_examples=8)
@given(w=weights((3,)), batch=batches(shape=(3,)), norm=st.sampled_from([1, 1.5, 2, 3.0, "inf"]))
def test_a_linear_critic_has_the_closed_form_in_every_combination(points, shape, w, batch, norm):
    got = lipschitz.build("gradient_penalty", coefficient=3, points=points, shape=shape, norm=norm)
    want = 3 * COSTS[shape](dual(w, norm), 1.0)
    assert got.penalty(lambda x: x @ w, batch).tolist() == pytest.approx(
        [want] * batch.size, rel=1e-8, abs=1e-12
    )


PRESETS = {
    "two_sided_gradient_penalty": {},
    "one_sided_gradient_penalty": {"shape": "one_sided"},
    "r1_gradient_penalty": {"shape": "zero_centered", "points": "real", "coefficient": 5.0},
    "r2_gradient_penalty": {"shape": "zero_centered", "points": "fake", "coefficient": 5.0},
    "dragan_gradient_penalty": {"points": "around_real"},
    "banach_gradient_penalty": {"norm": 10.0},
}


@pytest.mark.parametrize("name", PRESETS)
@given(critic=critics(), batch=batches())
def test_published_penalties_are_presets(name, critic, batch):
    state = batch.generator.get_state()
    values = []
    for constraint in (lipschitz.build(name), lipschitz.build("gradient_penalty", **PRESETS[name])):
        batch.generator.set_state(state)
        values.append(constraint.penalty(critic, batch))
    torch.testing.assert_close(*values, rtol=1e-10, atol=1e-12)


# What no preset uses; the others are checked with those.
@pytest.mark.parametrize("points", ["both", "noise", "coupled", "adversarial"])
def test_every_place_obeys_every_law(points):
    report = check_constraint(lipschitz.build("gradient_penalty", points=points), critics=[PERCEPTRON])
    assert any(note.startswith("samples:") for note in report.skipped) is (points == "coupled")


@pytest.mark.parametrize("shape", ["squared_norm", "logarithmic"])
def test_every_shape_obeys_every_law(shape):
    check_constraint(
        lipschitz.build("gradient_penalty", shape=shape, points="real", norm=1.5), critics=[PERCEPTRON]
    )


@given(critic=critics(), batch=batches())
def test_a_memory_budget_changes_nothing_but_memory(critic, batch):
    state = batch.generator.get_state()
    found = []
    for budget in (None, 1e-6):
        batch.generator.set_state(state)
        constraint = lipschitz.build("gradient_penalty", norm=3.0, points="both", memory_budget=budget)
        found.append(constraint.penalty(critic, batch))
    torch.testing.assert_close(*found, rtol=1e-10, atol=1e-12)


def test_both_is_on_average_the_mean_of_real_and_fake():
    size = 4000
    batch = Batch(real=torch.ones(size, 2), fake=torch.full((size, 2), 3.0))
    costs = {
        points: lipschitz.build("gradient_penalty", points=points, shape="zero_centered")
        .penalty(lambda x: x.square().sum(1) / 2, batch)
        .mean()
        .item()
        for points in ("both", "real", "fake")
    }
    mean, gap = (costs["real"] + costs["fake"]) / 2, costs["fake"] - costs["real"]
    assert abs(costs["both"] - mean) < 5 * gap / 2 / size**0.5


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"points": "middle"}, "points must be one of 'between', 'real'.*'adversarial', got 'middle'"),
        ({"shape": "round"}, "shape must be one of 'two_sided'.*, got 'round'"),
        ({"norm": 0.5}, "norm must be >= 1"),
        (
            {"radius": 1.0},
            "points='between' has no radius to choose, got radius=1.0; .*adversarial, around_real, noise",
        ),
        ({"points": "noise", "radius": 0}, "radius must be > 0"),
        ({"shape": "zero_centered", "target": 2.0}, "aims at slope 0 and has no target, got target=2.0"),
        ({"allow_batch_coupling": True, "memory_budget": 1.0}, "drop memory_budget"),
    ],
)
def test_fields_are_checked(fields, message):
    with pytest.raises(FieldError, match=message):
        lipschitz.build("gradient_penalty", **fields)


@pytest.mark.parametrize("points", ["around_real", "noise", "adversarial"])
def test_the_radius_reaches_the_place(points):
    critic, values = nn.Sequential(nn.Linear(2, 8), nn.SiLU(), nn.Linear(8, 1)), []
    for radius in (0.1, 5.0):
        batch = Batch(
            real=torch.ones(4, 2), fake=torch.zeros(4, 2) - 1, generator=torch.Generator().manual_seed(0)
        )
        batch = dataclasses.replace(batch, real=batch.real * torch.arange(4.0)[:, None])
        constraint = lipschitz.build("gradient_penalty", points=points, radius=radius)
        values.append(constraint.penalty(critic, batch))
    assert not torch.allclose(*values)


def test_lazy_and_composed_it_is_what_it_says():
    critic, batch = nn.Linear(2, 1), Batch(real=torch.ones(4, 2), fake=torch.zeros(4, 2), step=3)
    parts = [lipschitz.build("gradient_penalty", points=points) for points in ("real", "adversarial")]
    both = lipschitz.compose(*parts).penalty(critic, batch)
    torch.testing.assert_close(both, 2 * parts[0].penalty(critic, batch))
    assert lipschitz.every(2, parts[0]).penalty(critic, batch) == 0


def test_a_configuration_chooses_every_part_by_name():
    block = {
        "name": "gradient_penalty",
        "points": "coupled",
        "norm": "inf",
        "shape": "logarithmic",
        "every": 4,
    }
    chosen = lipschitz.build("gradient_penalty", points="coupled", norm="inf", shape="logarithmic")
    assert parse_constraint(block) == lipschitz.every(4, chosen)
