"""Compiled code draws the numbers that eager code draws."""

import gc

import pytest
import torch

from lipschitz import Batch
from lipschitz.draws import GLOBAL, draw, handle_of


def numbers(batch):
    """Draw three times, so that the order counts."""
    return torch.cat([batch.uniform(2), batch.normal(1), batch.uniform()[:, None], batch.uniform(2)], 1)


@pytest.mark.parametrize("own", [True, False])
def test_compiled_code_draws_the_same_numbers_in_the_same_order(own, generator):
    compiled = torch.compile(numbers, fullgraph=True, backend="aot_eager")
    found = []
    for compute in (numbers, compiled, compiled):
        torch.manual_seed(5)
        mine = generator(5) if own else None
        batches = [Batch(real=torch.zeros(4, 2), step=i, generator=mine) for i in range(3)]
        batches.append(Batch(real=torch.zeros(2, 2), generator=mine, offset=1, global_size=6))
        found.append(torch.cat([compute(batch) for batch in batches]))
        found[-1] = torch.cat([found[-1].flatten(), torch.rand(2, generator=mine)])
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
    assert len(found[0].unique()) == found[0].numel(), "no draw is done once and used twice"


@pytest.mark.large
def test_the_inductor_keeps_the_numbers(generator):
    compiled = torch.compile(numbers, fullgraph=True)
    want = numbers(Batch(real=torch.zeros(4, 2), generator=generator(5)))
    assert torch.equal(compiled(Batch(real=torch.zeros(4, 2), generator=generator(5))), want)


def test_an_unused_draw_still_advances_the_generator(generator):
    def wasteful(batch):
        batch.uniform(3)
        return batch.uniform()

    compiled = torch.compile(wasteful, fullgraph=True, backend="aot_eager")
    want = wasteful(Batch(real=torch.zeros(4, 2), generator=generator(5)))
    assert torch.equal(compiled(Batch(real=torch.zeros(4, 2), generator=generator(5))), want)


def test_handles_do_not_keep_generators_alive():
    assert handle_of(None) == GLOBAL
    one = torch.Generator()
    handle = handle_of(one)
    assert handle_of(one) == handle
    draw("uniform", (1,), handle, torch.device("cpu"))
    del one
    gc.collect()
    with pytest.raises(KeyError):
        draw("uniform", (1,), handle, torch.device("cpu"))
