"""Eigenvalue bounds by Lanczos: never below the truth, as close as asked, for spectra that make it hard or easy."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.bounds import lanczos
from lipschitz.bounds.lanczos import STARTS, _Run, largest_eigenvalue
from lipschitz.testing.strategies import seeds


def diagonal(values):
    return lambda rows: rows * values


SPECTRA = {
    "uniform": lambda n: torch.linspace(0, 1, n),
    "dense at the top": lambda n: 1 - torch.linspace(0, 1, n) ** 4,
    "one outlier": lambda n: torch.cat([torch.linspace(0, 1, n - 1), torch.tensor([2.0])]),
    "one outlier just above": lambda n: torch.cat([torch.linspace(0, 1, n - 1), torch.tensor([1.0005])]),
    "equal": lambda n: torch.full((n,), 3.0),
    "two values": lambda n: torch.arange(n) % 2 + 1.0,
    "rank one": lambda n: (torch.arange(n) == 5) * 7.0,
    "tiny": lambda n: 1e-30 * torch.linspace(0, 1, n),
    "huge": lambda n: 1e30 * torch.linspace(0, 1, n),
}


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("tolerance", [1e-1, 1e-3])
def test_bound_is_above_the_largest_eigenvalue_and_within_the_tolerance(name, tolerance):
    values = SPECTRA[name](3000).double()
    bound = largest_eigenvalue(diagonal(values), 3000, 50 * float(values.max()), tolerance)
    assert float(values.max()) <= bound <= (1 + tolerance) * float(values.max())


@given(seed=seeds(), size=st.integers(1, 60), rank=st.integers(1, 60))
def test_small_random_matrices(seed, size, rank):
    factor = torch.randn(size, rank, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    matrix = factor @ factor.T
    exact = float(torch.linalg.eigvalsh(matrix)[-1])
    bound = largest_eigenvalue(lambda rows: rows @ matrix, size, 100 * exact, 1e-3)
    assert exact * (1 - 1e-12) <= bound <= 1.001 * exact


@given(seed=seeds(), steps=st.integers(1, 40))
def test_a_true_eigenvalue_is_never_excluded(seed, steps):
    """The recurrence of a run started at v has c_j = p_j(m) c_0 for every eigenvector, so m must survive."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(50, generator=generator, dtype=torch.float64)
    now = torch.randn(50, generator=generator, dtype=torch.float64)
    now /= now.norm()
    overlap, before, beside, run = float(now[values.argmax()].abs()), torch.zeros(50).double(), 0.0, _Run()
    for _ in range(steps):
        image = values * now - beside * before
        run.diagonal.append(float(image @ now))
        image = image - run.diagonal[-1] * now
        run.beside.append(float(image.norm()))
        before, now, beside = now, image / image.norm(), float(image.norm())
    largest = float(values.max())
    assert not run.excludes(largest, overlap)
    assert run.is_above_ritz_values(largest * (1 + 1e-9))
    if steps == 40:
        assert run.excludes(10 * largest, overlap)


def test_few_steps_give_a_looser_bound_and_the_ceiling_holds():
    values = torch.linspace(0, 1, 2000).double()
    bounds = [largest_eigenvalue(diagonal(values), 2000, 5.0, 0.0, max_steps=steps) for steps in (1, 10, 100)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] == 5.0
    assert 1 <= bounds[-1] < bounds[1]


def test_a_ceiling_of_zero_needs_no_steps():
    def never(rows):
        raise AssertionError

    assert largest_eigenvalue(never, 10, 0.0, 1e-3) == 0.0


def test_it_is_deterministic_and_leaves_the_global_generator_alone():
    values = torch.linspace(0, 1, 2000).double()
    before = torch.get_rng_state()
    first = largest_eigenvalue(diagonal(values), 2000, 2.0, 1e-2)
    torch.rand(3)
    assert largest_eigenvalue(diagonal(values), 2000, 2.0, 1e-2) == first
    torch.set_rng_state(before)
    largest_eigenvalue(diagonal(values), 2000, 2.0, 1e-2)
    assert torch.equal(torch.get_rng_state(), before)


def test_stated_failure_probability_is_that_of_the_start():
    """P(|c| <= s) <= s sqrt(2 n / pi) for one coordinate c of a uniform point of the sphere, checked by its law."""
    for size in (1, 2, 3, 10, 1000):
        points = torch.randn(20_000, size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        coordinate = (points[:, 0] / points.norm(dim=1)).abs()
        for share in (0.5, 0.1, 0.02):
            radius = share / math.sqrt(2 * size / math.pi)
            assert float((coordinate <= radius).double().mean()) <= share + 3 * math.sqrt(share / 20_000)
    assert lanczos.FAILURE * 1000 <= 1e-9
    assert STARTS >= 2


def test_power_iteration_would_have_been_too_low():
    """What is NOT done: 50 power iterations stay below the largest eigenvalue, the bound does not."""
    values = torch.linspace(0, 1, 3000).double()
    vector = torch.randn(3000, generator=torch.Generator().manual_seed(0)).double()
    for _ in range(50):
        vector = values * vector
        vector = vector / vector.norm()
    assert float(vector @ (values * vector)) < 0.99
    assert largest_eigenvalue(diagonal(values), 3000, 2.0, 1e-2) >= 1
