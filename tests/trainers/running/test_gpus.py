"""Each run gets its own GPUs."""

import os

import pytest
import torch

from lipschitz_trainers.running.executors import at_a_time, process_pool
from lipschitz_trainers.running.gpus import VISIBLE, gpu_shares, resources, visible_gpus

FOUR = ["0", "1", "2", "3"]


@pytest.fixture
def machine(monkeypatch):
    """Return a function that pretends there are GPUs."""

    def make(count, visible=None):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        if visible is None:
            monkeypatch.delenv(VISIBLE, raising=False)
        else:
            monkeypatch.setenv(VISIBLE, visible)

    return make


@pytest.mark.parametrize(
    ("devices", "gpus", "shares"),
    [
        ((1, 1, 1), FOUR, FOUR),
        ((2, 1), FOUR, ["0,1", "2,3"]),
        ((3,), FOUR, ["0,1,2"]),
        ((8,), FOUR, ["0,1,2,3"]),
        ((1,), [], []),
        ((1,), ["GPU-a", "GPU-b"], ["GPU-a", "GPU-b"]),
    ],
)
def test_shares_have_no_gpu_in_common(make_config, devices, gpus, shares):
    configs = [make_config(device="auto", devices=each) for each in devices]
    assert gpu_shares(configs, gpus) == shares
    given = [gpu for share in shares for gpu in share.split(",")]
    assert len(given) == len(set(given))


def test_runs_on_the_processor_need_none(make_config):
    assert gpu_shares([make_config(device="cpu")] * 3, FOUR) == []


def test_only_what_is_visible_is_shared(machine):
    machine(0)
    assert visible_gpus() == []
    machine(3)
    assert visible_gpus() == ["0", "1", "2"]
    machine(2, visible="5, 7")
    assert visible_gpus() == ["5", "7"]


def test_no_more_at_a_time_than_gpus(make_config, machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    machine(2)
    assert at_a_time([make_config(device="auto")], 6) == 2
    assert at_a_time([make_config(device="auto")], 1) == 1
    assert at_a_time([make_config(device="cpu")], 6) == 6
    machine(0)
    assert at_a_time([make_config(device="auto")], 6) == 6
    assert at_a_time([make_config(device="auto")], None) == 8


@pytest.mark.parametrize(
    ("device", "announced", "asked"),
    [
        ("cuda", False, {"GPU": 2.0}),
        ("cuda", True, {"GPU": 2.0}),
        ("auto", True, {"GPU": 2.0}),
        ("auto", False, {}),
        ("cpu", True, {}),
    ],
)
def test_what_is_asked_of_a_cluster(make_config, device, announced, asked):
    assert resources(make_config(device=device, devices=2), announced=announced) == asked


def seen(_):
    import time

    time.sleep(1.0)  # so that every process gets one
    return os.getpid(), os.environ.get(VISIBLE)


@pytest.mark.large
def test_every_process_of_a_pool_sees_its_own():
    with process_pool(2, ["3", "5", "7"]) as pool:
        found = set(pool.map(seen, range(4)))
    assert len(found) == 2
    assert {gpu for _, gpu in found} == {"3", "5"}


@pytest.mark.cuda
def test_a_process_of_a_pool_trains_on_its_own_gpu():
    with process_pool(1, [visible_gpus()[-1]]) as pool:
        assert pool.submit(torch.cuda.device_count).result() == 1
