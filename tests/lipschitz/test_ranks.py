"""Sums and maxima over processes: in one process, and in two."""

import os
import subprocess
import sys

import pytest
import torch

from lipschitz import Batch
from lipschitz.ranks import is_shared, largest_over_ranks, mean_over_ranks, rank_count, sum_over_ranks


def test_one_process_gets_back_what_it_gives_detached():
    value = torch.tensor([1.0, 2.0], requires_grad=True)
    assert rank_count() == 1
    for function in (sum_over_ranks, largest_over_ranks, mean_over_ranks):
        got = function(value * 1)
        assert torch.equal(got, value)
        assert not got.requires_grad


def test_part_of_a_batch_is_shared_only_with_processes_that_are_there():
    assert not is_shared(Batch(real=torch.zeros(4, 2), offset=0, global_size=8))


SCRIPT = """
import dataclasses, sys, torch, torch.distributed as dist
import lipschitz
from lipschitz import Batch
from lipschitz.ranks import is_shared, largest_over_ranks, mean_over_ranks, sum_over_ranks
from torch import nn

torch.set_num_threads(1)
draw = torch.Generator().manual_seed(0)
real, fake = (torch.randn(6, 3, generator=draw, dtype=torch.float64) for _ in range(2))
NAMES = ["dragan_gradient_penalty", "maximum_gradient_penalty", "augmented_lagrangian_gradient_penalty"]

def step(name, rows, size):
    # Three steps of gradient descent on the penalty alone, gradients averaged as data-parallel training does.
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    with torch.no_grad():
        critic[2].weight.mul_(5)
    constraint = lipschitz.build(name)
    critic = constraint.prepare(critic)
    generator = torch.Generator().manual_seed(1)
    for number in range(3):
        batch = Batch(real=real[rows], fake=fake[rows], generator=generator, offset=rows.start, global_size=size)
        constraint.penalty(critic, dataclasses.replace(batch, step=number)).mean().backward()
        with torch.no_grad():
            for parameter in critic.parameters():
                if parameter.grad is not None:
                    parameter.sub_(0.01 * mean_over_ranks(parameter.grad))
                    parameter.grad = None
        constraint.project(critic, number)
    return torch.cat([value.flatten() for value in critic.state_dict().values()])

alone = [step(name, slice(0, 6), 6) for name in NAMES]
rank = int(sys.argv[1])
dist.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
value = torch.tensor([1.0 + rank, 5.0 - rank])
assert sum_over_ranks(value).tolist() == [3, 9]
assert largest_over_ranks(value).tolist() == [2, 5]
assert mean_over_ranks(value).tolist() == [1.5, 4.5]
assert value.tolist() == [1.0 + rank, 5.0 - rank]
assert is_shared(Batch(real=real[:3], global_size=6))
assert not is_shared(Batch(real=real))
for name, want in zip(NAMES, alone):
    got = step(name, slice(3 * rank, 3 * rank + 3), 6)
    torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-12, msg=lambda text: f"{name}: {text}")
    if name.startswith("augmented"):
        assert want[0] > 0, "the multiplier has moved"
dist.destroy_process_group()
"""


def test_two_processes_compute_what_one_does(tmp_path):
    script = tmp_path / "two.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), str(rank), str(tmp_path / "meeting")],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(errors)[-3000:]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_dtype_stays(dtype):
    assert mean_over_ranks(torch.ones(2, dtype=dtype)).dtype is dtype
