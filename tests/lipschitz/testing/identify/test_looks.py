"""Where a penalty looks against where it is meant to."""

import pytest
import torch

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.forms import Form
from lipschitz.testing.identify.growth import growth
from lipschitz.testing.identify.looks import examine_points
from lipschitz.testing.identify.places import groups_looked_at

PLACES = {
    "between": lambda real, fake, epsilon: epsilon * real + (1 - epsilon) * fake,
    "real": lambda real, fake, epsilon: real,
    "fake": lambda real, fake, epsilon: fake,
    "around_real": lambda real, fake, epsilon: real + epsilon * 0.1 * torch.rand_like(real),
}


def faults_at(place, meant):
    def function(critic, real, fake):
        epsilon = torch.rand(len(real), *[1] * (real.ndim - 1))
        x = PLACES[place](real, fake, epsilon).detach().requires_grad_()
        (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return ((gradients.flatten(1).norm(dim=1) - 1) ** 2).mean()

    penalty = Penalty(function, Form((3, 4, 4)))
    faults, notes = {}, []
    groups = groups_looked_at(penalty, growth(penalty))
    examine_points(faults, notes, penalty, groups, meant)
    assert notes == []
    return faults


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("meant", PLACES)
def test_only_the_place_meant_is_right(place, meant):
    assert set(faults_at(place, meant)) == (set() if place == meant else {"points_not_between"})


def test_points_that_could_not_be_seen_are_a_note():
    penalty = Penalty(lambda critic, real, fake: critic.slopes.square().sum(), Form((3,)))
    faults, notes = {}, []
    examine_points(faults, notes, penalty, frozenset({"elsewhere"}), "between")
    assert faults == {}
    assert notes == ["Where the penalty looks could not be observed."]
