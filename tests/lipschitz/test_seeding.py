"""Draws under a fixed seed: reproducible inside, invisible outside."""

import pytest
import torch
from hypothesis import given

from lipschitz.seeding import fixed_seed
from lipschitz.testing.strategies import seeds


@given(seeds())
def test_draws_depend_on_the_seed_only(seed):
    with fixed_seed(seed):
        first = torch.rand(3)
    torch.rand(1)
    with fixed_seed(seed):
        again = torch.rand(3)
    assert torch.equal(first, again)
    assert torch.equal(first, torch.rand(3, generator=torch.Generator().manual_seed(seed)))


def test_global_generator_goes_on_as_if_nothing_had_happened():
    want = torch.rand(2, generator=torch.Generator().manual_seed(7))
    torch.manual_seed(7)
    with fixed_seed(1, [torch.device("cpu")]):
        torch.rand(100)
    assert torch.equal(torch.rand(2), want)


def test_global_generator_is_restored_after_an_error():
    state = torch.get_rng_state()
    with pytest.raises(KeyError), fixed_seed(1):
        torch.rand(100)
        raise KeyError
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.cuda
def test_cuda_generators_are_restored_too():
    device = torch.device("cuda")
    state = torch.cuda.get_rng_state()
    with fixed_seed(1, [device]):
        torch.rand(3, device=device)
    assert torch.equal(torch.cuda.get_rng_state(), state)
