"""Mixtures of real and fake samples: the epsilons that were drawn come out."""

import pytest
import torch

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.forms import Form
from lipschitz.testing.identify.mixtures import mixtures
from lipschitz.testing.identify.places import looks

FORM = Form((3, 4))


def penalty_at(points):
    def function(critic, real, fake):
        x = points(real, fake).detach().requires_grad_()
        return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0].norm()

    return Penalty(function, FORM)


def seen(points):
    penalty = penalty_at(points)
    return mixtures(penalty, looks(penalty))


def drawn(sampler, shape):
    """What the penalty's own call draws first, from the same seed."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return sampler(shape, dtype=torch.float64)


@pytest.mark.parametrize("sampler", [torch.rand, torch.randn])
@pytest.mark.parametrize("shape", [(6, 1, 1), (6, 3, 4), (3, 4), (6, 3, 1), (1, 1, 1)], ids=str)
def test_the_epsilons_are_those_drawn(sampler, shape):
    def points(real, fake):
        epsilon = sampler(shape, dtype=torch.float64)
        return epsilon * real + (1 - epsilon) * fake

    found = seen(points)
    expected = drawn(sampler, shape).expand(6, 3, 4).flatten(1)
    by_element = shape[-2:] != (1, 1)
    assert found.kind == ("boxes" if by_element else "lines")
    torch.testing.assert_close(found.epsilons[0], expected if by_element else expected[:, 0])
    assert found.one_for_the_batch() == (shape[0] != 6)
    assert len(found.all()) == 12 * found.epsilons[0].numel()


def test_shuffled_pairs_lie_on_lines():
    def points(real, fake):
        epsilon = torch.rand(6, 1, 1, dtype=torch.float64)
        return epsilon * real + (1 - epsilon) * fake.roll(2, 0)

    found = seen(points)
    assert found.kind == "lines"
    torch.testing.assert_close(found.epsilons[0], drawn(torch.rand, (6, 1, 1)).flatten())


def test_epsilons_of_a_generator_of_ones_own_are_seen_too():
    generator = torch.Generator().manual_seed(0)

    def points(real, fake):
        epsilon = torch.rand(6, 3, 4, dtype=torch.float64, generator=generator)
        return epsilon * real + (1 - epsilon) * fake

    found = seen(points)
    assert found.kind == "boxes"
    assert 0 <= found.all().min() <= found.all().max() <= 1


@pytest.mark.parametrize(
    "points",
    [
        lambda real, fake: real + 0.1 * torch.randn_like(real),
        lambda real, fake: fake - 0.1 * torch.rand_like(real),
        lambda real, fake: torch.rand_like(real),
        lambda real, fake: (real + fake)[:3] / 2 + torch.rand_like(real[:3]),
    ],
)
def test_other_points_are_no_mixtures(points):
    assert seen(points) is None
