"""The Swiss roll in torch against scikit-learn's own, which the published script called."""

import math

import pytest
import torch
from sklearn.datasets import make_swiss_roll

from lipschitz_trainers.data import SwissRoll
from lipschitz_trainers.metrics import exact_w1

N = 50_000


@pytest.fixture(scope="module")
def ours():
    return SwissRoll().open().train(torch.Generator().manual_seed(0)).next(N).x


@pytest.fixture(scope="module")
def theirs():
    def draw(seed):
        points, _ = make_swiss_roll(N, noise=0.25, random_state=seed)
        return torch.tensor(points[:, [0, 2]] / 7.5, dtype=torch.float32)

    return draw


def test_published_facts(ours):
    torch.testing.assert_close(ours.mean(dim=0), torch.tensor([0.27, 0.03]), atol=0.015, rtol=0)
    torch.testing.assert_close(ours.std(dim=0), torch.tensor([0.88, 0.93]), atol=0.015, rtol=0)
    assert ours.min() > -1.8
    assert ours.max() < 2.2


def test_moments_are_those_of_scikit_learn(ours, theirs):
    other = theirs(0)
    torch.testing.assert_close(ours.mean(dim=0), other.mean(dim=0), atol=0.02, rtol=0)
    torch.testing.assert_close(ours.T.cov(), other.T.cov(), atol=0.02, rtol=0)
    torch.testing.assert_close((ours**3).mean(dim=0), (other**3).mean(dim=0), atol=0.05, rtol=0)


@pytest.mark.parametrize("axis", [0, 1])
def test_marginals_are_as_close_as_two_draws_of_scikit_learn(ours, theirs, axis):
    first, second = theirs(0)[:, axis], theirs(1)[:, axis]
    floor = exact_w1(first, second)
    assert exact_w1(ours[:, axis], first) < floor + 0.01


def test_the_plane_distribution_is_as_close_as_two_draws_of_scikit_learn(ours, theirs):
    n = 600
    assert exact_w1(ours[:n], theirs(0)[:n]) < 1.25 * exact_w1(theirs(1)[:n], theirs(0)[:n])


def test_the_roll_is_as_thick_as_its_noise(ours, theirs):
    # Distances to the noiseless spiral are half-normal, as long as turns of the spiral are far apart.
    t = 1.5 * math.pi * (1 + 2 * torch.linspace(0, 1, 3000))
    spiral = torch.stack([t * t.cos(), t * t.sin()], dim=1) / 7.5
    for points in (ours, theirs(0)):
        distance = torch.cdist(points[:4000], spiral).min(dim=1).values
        assert distance.mean() == pytest.approx(0.25 / 7.5 * math.sqrt(2 / math.pi), rel=0.05)


def test_batches_are_fresh_float32_and_reproducible():
    source = SwissRoll().open()
    stream, again = (source.train(torch.Generator().manual_seed(3)) for _ in range(2))
    first, second = stream.next(64).x, stream.next(64).x
    assert first.dtype == torch.float32
    assert not torch.equal(first, second)
    assert torch.equal(again.next(64).x, first)
    assert source.modes is None
    assert source.kind == "points"
