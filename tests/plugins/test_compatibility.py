"""Which constraints contradict each other, and which go together, by what they change."""

import itertools

import pytest
import torch
from torch import nn

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


CONTRADICTIONS = [
    ("frobenius_norm", "l2_weight_decay", "the term is a constant"),
    ("orthogonal", "l2_weight_decay", "the term is a constant"),
    ("spectral_ball_projection", "weight_clipping", "no projection is the last"),
    ("augmented_lagrangian_gradient_penalty", "augmented_lagrangian_gradient_penalty", "move one multiplier"),
]


@pytest.mark.parametrize(("a", "b", "reason"), CONTRADICTIONS)
def test_what_only_the_constraints_know_is_refused_with_their_reason(a, b, reason):
    for pair in ((a, b), (b, a)):
        with pytest.raises(
            CompositionError, match=f"'{pair[0]}' and '{pair[1]}' contradict each other: .*{reason}"
        ):
            compose(*pair)


def test_clipping_entries_and_singular_values_undo_each_other():
    """Why the two are refused: a matrix in one set leaves it on the way to the nearest point of the other."""
    critic = nn.Linear(8, 8).double()
    # All singular values of a reflection are 1; with its diagonal clipped, I / 2 - ones / 4, one is 3 / 2.
    with torch.no_grad():
        critic.weight.copy_(torch.eye(8) - torch.ones(8, 8) / 4)
    lipschitz.build("spectral_ball_projection", radius=1.0).project(critic)
    lipschitz.build("weight_clipping", bound=0.25).project(critic)
    assert torch.linalg.matrix_norm(critic.weight, ord=2).item() == pytest.approx(1.5)
    # What is taken off from the largest singular value drives the odd entry further out.
    with torch.no_grad():
        critic.weight.fill_(1.0)[0, 0] = -1.0
    lipschitz.build("weight_clipping", bound=1.0).project(critic)
    lipschitz.build("spectral_ball_projection", radius=2.0).project(critic)
    assert critic.weight[0, 0] < -1.4


@pytest.mark.parametrize("name", ["frobenius_norm", "orthogonal"])
def test_the_sum_of_squares_is_fixed_by_some_reparametrizations(name):
    """Why weight decay by squares is refused with them: on two critics, far apart, it costs the same."""
    decay, batch = lipschitz.build("l2_weight_decay"), lipschitz.Batch(real=torch.zeros(1, 4))
    costs = []
    for scale in (0.1, 10.0):
        critic = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)).double()
        with torch.no_grad():
            for parameter in critic.parameters():
                parameter.mul_(scale)
        critic = lipschitz.build(name).prepare(critic)
        costs.append(decay.penalty(critic, batch).detach())
    torch.testing.assert_close(costs[0], costs[1], rtol=1e-2, atol=0)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *itertools.combinations(PROJECTIONS, 2),
        *itertools.combinations(OTHERS, 2),
        *itertools.product([*PROJECTIONS, *REPARAMETRIZATIONS], OTHERS),
    ],
)
def test_everything_else_goes_together(a, b):
    if not any({a, b} == {one, other} for one, other, _ in CONTRADICTIONS):
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
