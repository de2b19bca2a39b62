"""How penalties grow: power, root, sides and zero come out as they were put in."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.forms import Form
from lipschitz.testing.identify.growth import Growth, growth, line

FORM = Form((2, 3))


def penalty_of(cost):
    """A penalty with a given cost of the norm; `critic.slopes` is the gradient everywhere."""
    return Penalty(lambda critic, real, fake: cost(critic.slopes.norm()), FORM)


LAWS = {
    ("both", 2): lambda e: e**2,
    ("both", 1): torch.abs,
    ("above", 2): lambda e: e.clamp(min=0) ** 2,
    ("above", 1): lambda e: e.clamp(min=0),
    ("signed", 1): lambda e: e,
}


@given(st.sampled_from(sorted(LAWS)), st.floats(1e-2, 1e3), st.floats(1e-2, 1e3))
def test_the_law_is_found(law, coefficient, target):
    sides, power = law
    found = growth(penalty_of(lambda n: coefficient * LAWS[law](n - target)))
    ones = math.sqrt(FORM.features)
    assert (found.sides, found.power) == (sides, power)
    assert found.root * ones == pytest.approx(target, rel=1e-6)
    assert (found.steepness / ones) ** power == pytest.approx(coefficient, rel=1e-6)
    assert found.zero == 0


@given(st.sampled_from([1, 2]), st.floats(1e-3, 1e3))
def test_a_penalty_of_the_norm_itself_has_no_root(power, coefficient):
    found = growth(penalty_of(lambda n: coefficient * n**power))
    assert (found.power, found.root, found.zero) == (power, 0.0, 0.0)
    assert found.steepness**power == pytest.approx(coefficient * FORM.features ** (power / 2), rel=1e-6)


@given(st.sampled_from(sorted(LAWS)), st.floats(3e-3, 0.05))
def test_a_constant_under_the_root_is_seen_on_both_sides(law, zero):
    found = growth(penalty_of(lambda n: LAWS[law]((n**2 + zero**2).sqrt() - 1)))
    assert found.zero * math.sqrt(FORM.features) == pytest.approx(zero, rel=0.05)


@given(st.floats(3e-3, 0.05))
def test_a_constant_under_the_root_of_the_norm_itself(zero):
    found = growth(penalty_of(lambda n: (n**2 + zero**2).sqrt()))
    assert found.root == 0
    assert found.zero * math.sqrt(FORM.features) == pytest.approx(zero, rel=1e-3)


@pytest.mark.parametrize("sides", ["both", "above"])
def test_single_precision_shows_no_constant_where_there_is_none(sides):
    found = growth(penalty_of(lambda n: LAWS[sides, 2](n.float() - 1)))
    assert found.zero * math.sqrt(FORM.features) < 1e-3


@pytest.mark.parametrize(
    "cost",
    [
        lambda n: n**4,
        lambda n: (n**2 - 1) ** 2,
        lambda n: torch.ones_like(n),
        lambda n: -n,
        lambda n: n * math.nan,
        lambda n: torch.where(n > 1, (n - 1) ** 2, n),
        lambda n: torch.nn.functional.smooth_l1_loss(n, torch.ones_like(n)),
    ],
)
def test_other_laws_are_not_known(cost):
    assert growth(penalty_of(cost)) is None


@given(st.sampled_from(sorted(LAWS)), st.floats(1e-2, 1e3))
def test_the_line_alone_agrees(law, target):
    penalty = penalty_of(lambda n: 3 * LAWS[law](n - target))
    found, straight = growth(penalty), line(penalty)
    assert (found.power, found.steepness, found.root) == (
        straight.power,
        straight.steepness,
        straight.root,
    )


@pytest.mark.parametrize(
    ("sides", "power", "expected"),
    [
        ("both", 2, [4.0, 1.0, 4.0]),
        ("above", 2, [0.0, 0.0, 4.0]),
        ("both", 1, [2.0, 1.0, 2.0]),
        ("signed", 1, [-2.0, -1.0, 2.0]),
    ],
)
def test_costs_of_a_growth(sides, power, expected):
    here = Growth(power, sides, steepness=2.0, root=1.0, zero=0.0)
    magnitudes = torch.tensor([0.0, 0.5, 2.0])
    assert here.cost(here.excess(magnitudes)).tolist() == expected
