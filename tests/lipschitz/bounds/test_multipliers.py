"""The search: certificates between the largest pattern and the product, in every norm."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.bounds.chains import Chain
from lipschitz.bounds.multipliers import semidefinite_bound
from lipschitz.bounds.patterns import largest_pattern
from lipschitz.testing.strategies import norms, seeds


@st.composite
def chains(draw):
    """Draw a chain of one or two hidden layers that can still be enumerated."""
    sizes = [draw(st.integers(1, 6)), *(draw(st.integers(1, 5)) for _ in range(draw(st.integers(1, 2)))), 1]
    generator = torch.Generator().manual_seed(draw(seeds()))
    matrices = [
        torch.randn(b, a, generator=generator, dtype=torch.float64) for a, b in itertools.pairwise(sizes)
    ]
    slope = st.sampled_from([(0.0, 1.0), (0.2, 1.0), (-1.0, 1.0), (-0.1, 1.1)])
    return Chain(matrices, [draw(slope) for _ in sizes[1:-1]])


def product(chain):
    found = math.prod(float(torch.linalg.matrix_norm(matrix, ord=2)) for matrix in chain.matrices)
    return found * math.prod(max(abs(low), abs(high)) for low, high in chain.slopes)


@given(chain=chains(), norm=norms(), steps=st.sampled_from([0, 1, 30]))
def test_bound_is_never_below_the_largest_pattern(chain, norm, steps):
    assert semidefinite_bound(chain, norm, steps) >= largest_pattern(chain, norm) * (1 - 1e-9)


@given(chain=chains())
def test_bound_is_below_the_product(chain):
    assert semidefinite_bound(chain, 2, 30) <= product(chain) * 1.003


def test_more_steps_are_never_worse(norm):
    generator = torch.Generator().manual_seed(0)
    matrices = [
        torch.randn(b, a, generator=generator, dtype=torch.float64) for a, b in ((4, 20), (20, 20), (20, 1))
    ]
    chain = Chain(matrices, [(0.0, 1.0)] * 2)
    bounds = [semidefinite_bound(chain, norm, steps) for steps in (0, 20, 100)]
    assert bounds[0] > 1.2 * bounds[1] > bounds[2]


def test_one_hidden_layer_is_nearly_exact():
    """For one hidden layer the relaxation is close to the largest of the 2 ** 10 patterns."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        matrices = [
            torch.randn(b, a, generator=generator, dtype=torch.float64) for a, b in ((5, 10), (10, 1))
        ]
        chain = Chain(matrices, [(0.0, 1.0)])
        assert semidefinite_bound(chain, 2, 150) <= 1.05 * largest_pattern(chain, 2)


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_scale_does_not_matter(scale, norm):
    generator = torch.Generator().manual_seed(0)
    first, last = (
        torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in ((8, 3), (1, 8))
    )
    plain = semidefinite_bound(Chain([first, last], [(0.0, 1.0)]), norm, 20)
    scaled = semidefinite_bound(Chain([first * scale, last], [(0.0, 1.0)]), norm, 20)
    assert scaled == pytest.approx(plain * scale, rel=1e-6)
