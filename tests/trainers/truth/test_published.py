"""The published results: that the table is read as it stands."""

import math

import pytest

from lipschitz_trainers.truth.published import DIMENSIONS, published

CONSTRAINTS = {
    "weight_clipping",
    "two_sided_gradient_penalty",
    "one_sided_gradient_penalty",
    "spectral_norm",
    "sorting_out",
}


@pytest.mark.parametrize("funnels", [4, 16, 64, 256])
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_published_pair_has_the_five_constraints(dimension, funnels):
    found = published(dimension, funnels)
    assert set(found) >= CONSTRAINTS
    assert len(found) == (11 if funnels == 4 else 5)
    for result in found.values():
        assert -1 <= result.cosine <= 1
        assert math.isfinite(result.w1)


def test_values_as_published():
    assert published(16, 64)["two_sided_gradient_penalty"] == (0.78, 1.36)
    assert published(64, 256)["sorting_out"] == (0.66, 0.80)
    assert published(128, 4)["discrete"] == (-0.35, 18.9)
    assert published(2, 256)["weight_clipping"] == (0.01, -0.01)
    assert max(result.cosine for result in published(32, 256).values()) == 0.56


def test_other_pairs_have_none():
    assert published(3, 4) == {}
    assert published(2, 5) == {}
