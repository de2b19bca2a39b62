"""All activation patterns, and paths of absolute weights."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.bounds.chains import Chain
from lipschitz.bounds.patterns import largest_pattern, sum_over_paths
from lipschitz.testing.strategies import norms, seeds

DUAL = {2: 2, 1: float("inf"), float("inf"): 1}


@st.composite
def chains(draw, most=3):
    """Draw a chain of one or two hidden layers of a few units."""
    sizes = [
        draw(st.integers(1, 4)),
        *(draw(st.integers(1, most)) for _ in range(draw(st.integers(1, 2)))),
        1,
    ]
    generator = torch.Generator().manual_seed(draw(seeds()))
    matrices = [
        torch.randn(b, a, generator=generator, dtype=torch.float64) for a, b in itertools.pairwise(sizes)
    ]
    slope = st.sampled_from([(0.0, 1.0), (0.2, 1.0), (-1.0, 1.0), (-0.1, 1.1), (0.0, 0.25)])
    return Chain(matrices, [draw(slope) for _ in sizes[1:-1]])


def gradients(chain, choices):
    """Yield the gradient for every pattern in a loop: the oracle."""
    layers = list(zip(chain.matrices[:-1], chain.slopes, strict=True))
    units = [choices(slopes) for matrix, slopes in layers for _ in matrix]
    for pattern in itertools.product(*units):
        row, end = chain.matrices[-1], len(pattern)
        for matrix, _ in reversed(layers):
            active = torch.tensor(pattern[end - len(matrix) : end], dtype=torch.float64)
            row, end = row * active @ matrix, end - len(matrix)
        yield row[0]


@given(chain=chains(), norm=norms())
def test_largest_pattern_is_that_of_a_loop(chain, norm):
    exact = max(float(torch.linalg.vector_norm(row, ord=DUAL[norm])) for row in gradients(chain, lambda s: s))
    assert exact * (1 - 1e-12) <= largest_pattern(chain, norm) <= exact * (1 + 1e-9)


@given(chain=chains(most=2), norm=norms())
def test_slopes_between_are_never_steeper(chain, norm):
    between = gradients(chain, lambda s: (s[0], 0.7 * s[0] + 0.3 * s[1], s[1]))
    steepest = max(float(torch.linalg.vector_norm(row, ord=DUAL[norm])) for row in between)
    assert steepest <= largest_pattern(chain, norm) * (1 + 1e-12)


@given(chain=chains(), norm=norms())
def test_paths_are_above_all_patterns_and_below_the_product(chain, norm):
    paths = sum_over_paths(chain, norm)
    assert largest_pattern(chain, norm) <= paths * (1 + 1e-9)
    if norm != 2:
        product = 1.0
        for matrix in chain.matrices:
            product *= float(torch.linalg.matrix_norm(matrix, ord=norm))
        for low, high in chain.slopes:
            product *= max(abs(low), abs(high))
        assert paths <= product * (1 + 1e-9)


def test_signs_that_agree_along_all_paths_are_exact(norm):
    matrices = [torch.rand(3, 2, dtype=torch.float64), torch.rand(1, 3, dtype=torch.float64)]
    chain = Chain(matrices, [(0.0, 1.0)])
    exact = float(torch.linalg.vector_norm(matrices[1] @ matrices[0], ord=DUAL[norm]))
    assert sum_over_paths(chain, norm) == pytest.approx(exact)
    assert largest_pattern(chain, norm) == pytest.approx(exact)
