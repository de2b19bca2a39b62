"""Which constraints contradict each other, and which go together, by what they change."""

import itertools

import pytest

import lipschitz
from lipschitz import CompositionError

REPARAMETRIZATIONS = [
    "frobenius_norm",
    "orthogonal",
    "spectral_norm",
    "true_spectral_norm",
    "weight_normalization",
]
PROJECTIONS = ["l2_norm_clipping", "spectral_ball_projection", "weight_clipping"]
OTHERS = ["gradient_normalization", "l1_weight_decay", "l2_weight_decay", "one_sided_gradient_penalty"]


def compose(*names):
    return lipschitz.compose(*(lipschitz.build(name) for name in names))


@pytest.mark.parametrize(("a", "b"), [*itertools.combinations_with_replacement(REPARAMETRIZATIONS, 2)])
def test_a_weight_is_reparametrized_once(a, b):
    with pytest.raises(CompositionError, match=f"'{a}' and '{b}' both reparametrize"):
        compose(a, b)


@pytest.mark.parametrize(("a", "b"), [*itertools.product(PROJECTIONS, REPARAMETRIZATIONS)])
def test_a_reparametrized_weight_is_not_projected(a, b):
    for pair in ((a, b), (b, a)):
        with pytest.raises(CompositionError, match=f"'{a}' projects weights that '{b}' reparametrizes"):
            compose(*pair)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *itertools.combinations(PROJECTIONS, 2),
        *itertools.combinations(OTHERS, 2),
        *itertools.product([*PROJECTIONS, *REPARAMETRIZATIONS], OTHERS),
    ],
)
def test_everything_else_goes_together(a, b):
    assert [part.name for part in compose(a, b).parts] == [a, b]


@pytest.mark.parametrize("name", [*PROJECTIONS, *REPARAMETRIZATIONS, *OTHERS])
def test_families_say_what_a_constraint_changes(name):
    constraint = lipschitz.build(name)
    changes = {
        "projection": {"weights"},
        "reparametrization": {"parametrization"},
        "output normalization": {"output"},
    }
    assert constraint.changes == changes.get(constraint.family, set())
