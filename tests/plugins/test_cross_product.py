"""Every pair of registered constraints either obeys the laws together, or is refused with both names and a reason."""

import dataclasses
import itertools
import random

import pytest
import torch

import lipschitz
from lipschitz import CompositionError, FieldError, compose, every, scheduled
from lipschitz.schedules import Linear
from lipschitz.testing import check_constraint
from lipschitz.testing.critics import CONVOLUTIONAL, PERCEPTRON, RECURRENT, RESNET

NAMES = sorted(lipschitz.constraints())
PAIRS = list(itertools.combinations_with_replacement(NAMES, 2))

SAMPLE = 25
"""Pairs checked in the usual run, on one small critic."""

CHEAP = [PERCEPTRON]
LARGER = [CONVOLUTIONAL, RESNET, RECURRENT]


def refusal(*names):
    """Return why `compose` refuses these constraints, or None if it does not."""
    try:
        compose(*map(lipschitz.build, names))
    except CompositionError as error:
        return str(error)
    return None


COMPATIBLE = [pair for pair in PAIRS if refusal(*pair) is None]
SAMPLED = sorted(random.Random(0).sample(COMPATIBLE, SAMPLE))


def is_named(*pair):
    return "+".join(pair)


def check(constraint, critics):
    """Check every law on every one of these critics."""
    assert check_constraint(constraint, critics=critics).refusals == ()


def test_most_pairs_go_together_and_the_sample_is_a_fair_one():
    assert len(PAIRS) == len(NAMES) * (len(NAMES) + 1) // 2
    assert len(COMPATIBLE) > 0.8 * len(PAIRS)
    assert len({name for pair in SAMPLED for name in pair}) > 0.6 * len(NAMES)


@pytest.mark.parametrize(("a", "b"), sorted({*PAIRS} - {*COMPATIBLE}))
def test_the_others_are_refused_in_either_order_with_both_names_and_the_reason(a, b):
    for pair in ((a, b), (b, a)):
        message = refusal(*pair)
        assert f"'{a}'" in message
        assert a == b or f"'{b}'" in message
        assert message.endswith(" Keep one of them.")


@pytest.mark.parametrize(("a", "b"), SAMPLED, ids=itertools.starmap(is_named, SAMPLED))
def test_some_pairs_obey_every_law(a, b):
    check(compose(lipschitz.build(a), lipschitz.build(b)), CHEAP)


@pytest.mark.large
@pytest.mark.parametrize(("a", "b"), COMPATIBLE, ids=itertools.starmap(is_named, COMPATIBLE))
def test_all_pairs_obey_every_law_on_every_architecture(a, b):
    """In alphabetical order on the larger critics, in the other order on the perceptron."""
    check(compose(lipschitz.build(a), lipschitz.build(b)), LARGER)
    check(compose(lipschitz.build(b), lipschitz.build(a)), CHEAP)


# --- every, scheduled ---


LAZY = random.Random(1).sample(NAMES, 4)


@pytest.mark.parametrize("name", LAZY)
def test_some_obey_every_law_when_taken_seldom(name):
    check(every(3, lipschitz.build(name)), CHEAP)


@pytest.mark.large
@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_all_obey_every_law_when_taken_seldom(name, n):
    check(every(n, lipschitz.build(name)), [*CHEAP, *LARGER])


@pytest.mark.large
@pytest.mark.parametrize(("a", "b"), SAMPLED, ids=itertools.starmap(is_named, SAMPLED))
def test_wrapping_and_composing_go_together(a, b):
    inner, outer = lipschitz.build(a), lipschitz.build(b)
    check(compose(every(2, inner), outer), CHEAP)
    check(every(2, compose(inner, outer)), CHEAP)


def numeric_fields(name):
    """Return the fields of a constraint that hold a number, and so could follow a schedule."""
    constraint = lipschitz.build(name)
    values = {field.name: getattr(constraint, field.name) for field in dataclasses.fields(constraint)}
    return [field for field, value in values.items() if type(value) in (int, float)]


FIELDS = [(name, field) for name in NAMES for field in numeric_fields(name)]
USED_BY_PREPARE = [
    ("orthogonal", "iterations"),
    ("spectral_norm", "power_iterations"),
    ("true_spectral_norm", "power_iterations"),
]
"""What cannot follow a schedule, since it is used once, before training."""

SCHEDULABLE = [field for field in FIELDS if field not in USED_BY_PREPARE]
SCHEDULED = sorted(random.Random(2).sample(SCHEDULABLE, 6))


def rising(name, field):
    """Return a constraint one field of which grows by a half in the first four steps."""
    constraint = lipschitz.build(name)
    value = getattr(constraint, field)
    return scheduled(constraint, **{field: Linear(start=value, end=1.5 * value + 0.1, steps=4)})


@pytest.mark.parametrize(("name", "field"), USED_BY_PREPARE)
def test_what_prepare_uses_cannot_follow_a_schedule(name, field):
    with pytest.raises(FieldError, match=f"'{field}' of '{name}' cannot follow a schedule: prepare"):
        rising(name, field)


@pytest.mark.parametrize(("name", "field"), SCHEDULED, ids=itertools.starmap(is_named, SCHEDULED))
def test_some_obey_every_law_with_a_field_on_a_schedule(name, field):
    check(rising(name, field), CHEAP)


@pytest.mark.large
@pytest.mark.parametrize(("name", "field"), SCHEDULABLE, ids=itertools.starmap(is_named, SCHEDULABLE))
def test_all_obey_every_law_with_a_field_on_a_schedule(name, field):
    check(rising(name, field), [*CHEAP, CONVOLUTIONAL, RECURRENT])


@pytest.mark.parametrize("name", NAMES)
def test_no_gradient_reaches_the_samples(name):
    constraint = lipschitz.build(name)
    batch = lipschitz.Batch(
        real=torch.randn(6, 2, requires_grad=True), fake=torch.randn(6, 2), generator=torch.Generator()
    )
    critic = constraint.prepare(PERCEPTRON.build(), dataclasses.replace(batch, real=batch.real.detach()))
    value = constraint.penalty(critic, batch).sum()
    if value.requires_grad:
        value.backward()
    assert batch.real.grad is None
