"""Where a penalty looks: only places where the gradient matters count, and points elsewhere are seen."""

import itertools

import pytest
import torch

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.forms import Form
from lipschitz.testing.identify.growth import Growth
from lipschitz.testing.identify.places import GROUPS, groups_looked_at, look, looks
from lipschitz.testing.identify.samples import apart

HERE = Growth(2, "both", steepness=1.0, root=1.0, zero=0.0)


def norm_at(critic, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0].norm()


PLACES = {
    "real": lambda real, fake: real,
    "fake": lambda real, fake: fake,
    "elsewhere": lambda real, fake: real + torch.rand_like(real),
}


@pytest.mark.parametrize(
    "places", [part for n in range(4) for part in itertools.combinations(GROUPS, n)], ids="+".join
)
def test_places_are_found_though_the_critic_is_called_everywhere(places):
    def function(critic, real, fake):
        value = 0 * (critic(real) + critic(fake) + critic((real + fake) / 2)).sum()
        return value + sum(norm_at(critic, PLACES[place](real, fake)) for place in places)

    assert groups_looked_at(Penalty(function, Form((3, 2))), HERE) == frozenset(places)


def test_points_elsewhere_are_seen_per_seed():
    def function(critic, real, fake):
        return norm_at(critic, real) + norm_at(critic, torch.rand(()) * real)

    penalty = Penalty(function, Form((3, 2)))
    samples = apart(penalty.form)
    first, second, third = look(penalty, samples, (0, 1, 0))
    factors = first.points / first.real
    assert first.points.shape == (6, 6)
    torch.testing.assert_close(factors, factors[0, 0].expand(6, 6))
    assert torch.equal(first.points, third.points)
    assert not torch.equal(first.points, second.points)


def test_nothing_elsewhere_is_nothing():
    assert looks(Penalty(lambda critic, real, fake: norm_at(critic, real), Form((3,)))) == []
    assert looks(Penalty(lambda critic, real, fake: real.sum(), Form((3,)))) == []
