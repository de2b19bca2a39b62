"""Certificates: every form they give bounds the score's change, for any multipliers, also spoiled ones."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.bounds.chains import Chain
from lipschitz.bounds.semidefinite import certified, eliminated, form_of
from lipschitz.testing.strategies import seeds

SLOPES = [(0.0, 1.0), (0.2, 1.0), (-1.0, 1.0), (-0.1, 1.1), (-0.5, 1.5)]


@st.composite
def chains(draw, slopes=SLOPES):
    """Draw a chain of one to three hidden layers, and positive multipliers of any size."""
    sizes = [draw(st.integers(1, 4)), *(draw(st.integers(1, 6)) for _ in range(draw(st.integers(1, 3)))), 1]
    generator = torch.Generator().manual_seed(draw(seeds()))

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    matrices = [normal(b, a) for a, b in itertools.pairwise(sizes)]
    scale = draw(st.floats(-2, 5))
    multipliers = [(normal(width) + scale * (len(sizes) - i)).exp() for i, width in enumerate(sizes[1:-1])]
    return Chain(matrices, [draw(st.sampled_from(slopes)) for _ in sizes[1:-1]]), multipliers


def changes(chain, count, seed):
    """Return changes dv of the first argument and df of the score, for random slopes within their ranges."""
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(count, len(chain.matrices[0]), generator=generator, dtype=torch.float64)
    value = start
    for (low, high), matrix in zip(chain.slopes, chain.matrices[1:], strict=True):
        share = torch.rand(value.shape, generator=generator, dtype=torch.float64)
        share = torch.where(torch.rand(value.shape, generator=generator) < 0.7, share.round(), share)
        value = (low + (high - low) * share) * value @ matrix.T
    return start, value[:, 0]


@given(drawn=chains(), seed=seeds())
def test_no_change_of_the_score_exceeds_the_form(drawn, seed):
    chain, multipliers = drawn
    form = form_of(chain, multipliers)
    if form is None:
        return
    start, score = changes(chain, 200, seed)
    limit = ((start @ form) * start).sum(1)
    assert bool((score**2 <= limit * (1 + 1e-6) + 1e-9 * form.abs().max()).all())
    after = certified(chain, multipliers, form)
    assert float(torch.linalg.eigvalsh(after - form)[0]) >= 0


@given(drawn=chains(), seed=seeds())
def test_a_spoiled_form_is_enlarged_until_it_holds(drawn, seed):
    chain, multipliers = drawn
    form = form_of(chain, multipliers)
    if form is None:
        return
    repaired = certified(chain, multipliers, 0.5 * form)
    start, score = changes(chain, 200, seed)
    limit = ((start @ repaired) * start).sum(1)
    assert bool((score**2 <= limit * (1 + 1e-6)).all())


def test_multipliers_that_are_too_small_certify_nothing():
    one = torch.ones(1, 1, dtype=torch.float64)
    chain = Chain([one, 3 * one], [(0.0, 1.0)])
    assert form_of(chain, [4.4 * one[0]]) is None
    assert form_of(chain, [4.6 * one[0]]) is not None


@pytest.mark.parametrize("slopes", SLOPES)
def test_one_unit_is_exact_at_its_best_multiplier(slopes):
    """For |df|^2 = dz^2 the best multiplier gives the largest slope squared (the S-lemma loses nothing)."""
    one = torch.ones(1, 1, dtype=torch.float64)
    found = [
        eliminated(one, torch.tensor([t], dtype=torch.float64), slopes)
        for t in torch.logspace(-0.30103, 2, 3000).tolist()
    ]
    best = min(float(form) for form in found if form is not None)
    largest = max(abs(slope) for slope in slopes) ** 2
    assert largest * (1 - 1e-9) <= best <= largest * 1.005
