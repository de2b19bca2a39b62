"""Points around real samples: how they were drawn can be told from where they are."""

import pytest
import torch

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.forms import RANKS, Form
from lipschitz.testing.identify.places import looks
from lipschitz.testing.identify.surroundings import surroundings


def seen(points, shape=(3, 4, 4)):
    def function(critic, real, fake):
        x = points(real, fake).detach().requires_grad_()
        return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0].norm()

    penalty = Penalty(function, Form(shape))
    return surroundings(penalty, looks(penalty))


def column(x):
    return (len(x), *[1] * (x.ndim - 1))


NOISES = {
    "uniform": torch.rand_like,
    "normal": torch.randn_like,
    "symmetric": lambda x: 2 * torch.rand_like(x) - 1,
}
EPSILONS = {
    "none": (lambda x: 1.0, False, False),
    "per sample": (lambda x: torch.rand(column(x)), False, False),
    "per batch": (lambda x: torch.rand(()), True, False),
    "per element": (torch.rand_like, False, True),
}


@pytest.mark.parametrize("shape", RANKS, ids=str)
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("epsilon", EPSILONS)
def test_one_draw_per_batch_or_element_is_told(noise, epsilon, shape):
    draw, for_the_batch, per_element = EPSILONS[epsilon]
    found = seen(lambda real, fake: real + draw(real) * 0.5 * real.std() * NOISES[noise](real), shape)
    assert found.one_draw_for_the_batch == for_the_batch
    assert found.one_draw_per_element == per_element


def test_the_distance_is_in_standard_deviations():
    found = seen(lambda real, fake: real + 0.5 * real.std() * torch.randn_like(real))
    assert found.distance == pytest.approx(0.5, rel=0.05)


def test_a_generator_of_ones_own_does_no_harm():
    generator = torch.Generator().manual_seed(0)
    found = seen(lambda real, fake: real + 0.05 * torch.randn(real.shape, generator=generator))
    assert found is not None


@pytest.mark.parametrize(
    "points",
    [
        lambda real, fake: fake + 0.05 * torch.randn_like(real),
        lambda real, fake: real + 0.05 * fake * torch.randn_like(real),
        lambda real, fake: real + 10 * torch.randn_like(real),
        lambda real, fake: (real + fake) / 2,
    ],
)
def test_points_that_depend_on_fake_or_are_far_away_are_not_around_real(points):
    assert seen(points) is None
