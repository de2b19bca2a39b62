"""Functions run in several processes."""

import pytest
import torch
import torch.distributed as dist

from lipschitz import LawError, PluginError
from lipschitz.testing import processes
from lipschitz.testing.processes import run_in_processes

MODULE = """
import torch
import torch.distributed as dist

def total(value, rank, processes):
    tensor = torch.tensor(float(value + rank))
    dist.all_reduce(tensor)
    return rank, processes, tensor.item()

def second_fails(value, rank, processes):
    if rank == 1:
        raise ValueError("no such thing")
    dist.barrier()

def dies(value, rank, processes):
    import os
    os._exit(3)

def one_waits(value, rank, processes):
    import time
    time.sleep(60 * rank)
"""


@pytest.fixture
def functions(tmp_path, monkeypatch):
    """Import functions from a module that other processes find, too."""
    (tmp_path / "functions_for_processes.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import functions_for_processes

    return functions_for_processes


def test_processes_know_their_rank_and_talk_to_one_another(functions):
    assert run_in_processes(functions.total, 10, 2) == [(0, 2, 21.0), (1, 2, 21.0)]
    assert not dist.is_initialized()


def test_a_failure_in_one_of_them_is_told(functions):
    with pytest.raises(LawError, match="one of 2 processes failed: ValueError: no such thing"):
        run_in_processes(functions.second_fails, None, 2)


def test_one_that_dies_is_told(functions):
    with pytest.raises(LawError, match="one of 1 processes failed: it ended without a word"):
        run_in_processes(functions.dies, None, 1)


def test_waiting_ends(functions, monkeypatch):
    monkeypatch.setattr(processes, "LIMIT", 0.1)
    with pytest.raises(LawError, match="did not end within 0 s"):
        run_in_processes(functions.one_waits, None, 2)


def test_what_cannot_be_sent_is_refused_before_anything_starts():
    with pytest.raises(PluginError, match="must be importable; define them at the top of a module"):
        run_in_processes(lambda value, rank, processes: torch.zeros(1), None, 2)
