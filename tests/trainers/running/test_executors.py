"""Where runs are computed."""

import multiprocessing
import os
import signal

import pytest
import torch

from lipschitz_trainers.running import executors
from lipschitz_trainers.running.executors import default_workers, process_pool


def test_one_worker_for_each_processor(make_config, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert default_workers([make_config()] * 20) == 8
    assert default_workers([make_config(devices=4)]) == 2
    assert default_workers([make_config(devices=16)]) == 1
    assert default_workers([]) == 8


def test_one_worker_for_each_gpu_that_is_used(make_config, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert default_workers([make_config(device="auto")]) == 2
    assert default_workers([make_config(device="cuda", devices=2)]) == 1
    assert default_workers([make_config(device="cpu")]) == 8


def ignores_ctrl_c():
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.large
def test_workers_ignore_ctrl_c_and_end_with_the_pool():
    with process_pool(1) as pool:
        assert pool.submit(ignores_ctrl_c).result()
    assert multiprocessing.active_children() == []


@pytest.mark.large
def test_a_pool_that_is_left_by_an_error_ends_its_workers():
    import time

    with pytest.raises(RuntimeError), process_pool(1) as pool:
        pool.submit(time.sleep, 60)
        pool.submit(ignores_ctrl_c)
        raise RuntimeError
    assert multiprocessing.active_children() == []


def test_workers_end_when_their_parent_dies(monkeypatch):
    class Parent:
        def join(self):
            return None

    ended = []
    monkeypatch.setattr(multiprocessing, "parent_process", Parent)
    monkeypatch.setattr(os, "_exit", ended.append)
    executors._end_with_parent()
    assert ended == [1]
