"""Killed and interrupted commands: what they leave, and that they can be resumed exactly."""

import contextlib
import json
import os
import signal
import sys
import time

import pytest
import torch

from lipschitz_trainers.training.checkpoints import CheckpointFolder
from lipschitz_trainers.training.records import read_records

NAMES = ("weight_clipping", "one_sided_gradient_penalty")
LONG = 300
SLOW = {"steps": LONG, "checkpoint.every": 20, "checkpoint.keep": 1, "evaluation.every": 100}


def compare(tiny, out, workers, **more):
    """Return a comparison that takes some seconds."""
    sets = [part for key, value in (SLOW | more).items() for part in ("--set", f"{key}={value}")]
    return (
        "compare",
        *NAMES,
        "--on",
        "swiss_roll",
        "--seeds",
        1,
        "--workers",
        workers,
        "--out",
        out,
        *tiny,
        *sets,
    )


def folders(out):
    return [out / "runs" / f"{name}-seed0" for name in NAMES]


def reached(folder):
    """Return the iteration of a run's newest checkpoint, 0 without one."""
    return CheckpointFolder(folder / "checkpoints").newest_iteration() or 0


def wait_for(condition, process, seconds=120):
    """Wait for something to happen while a process runs."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def learned(out):
    """Return what both runs of a comparison learned and recorded, seconds left out."""
    found = []
    for folder in folders(out):
        records = read_records(folder / "metrics.jsonl")
        records = [{k: v for k, v in record.items() if k != "critic_step_seconds"} for record in records]
        state = CheckpointFolder(folder / "checkpoints").load_newest()
        tensors = [
            state[part]
            for part in ("critic", "generator", "critic_optimizer", "generator_optimizer", "random")
        ]
        found.append((records, state["iteration"], list(leaves(tensors))))
    return found


def leaves(state):
    if isinstance(state, torch.Tensor):
        yield state.tolist()
    elif isinstance(state, dict):
        for value in state.values():
            yield from leaves(value)
    elif isinstance(state, list | tuple):
        for value in state:
            yield from leaves(value)
    else:
        yield state


def resume_command(err):
    """Return the arguments of the command that an interrupted one printed."""
    import shlex

    line = err.splitlines()[-1].strip()
    words = shlex.split(line)
    assert words[0] == "lipschitz"
    return words[1:]


WHOLE = []
"""What the comparison learns when it is carried out at a stretch; found out once."""


@pytest.fixture
def uninterrupted(cli, tiny, tmp_path, no_report):
    """Return a function that returns what the comparison learns at a stretch."""

    def call():
        if not WHOLE:
            done = cli(*compare(tiny, tmp_path / "whole", 1))
            assert done.code == 0, done.err
            WHOLE.extend(learned(tmp_path / "whole"))
        return WHOLE

    return call


def test_killed_and_resumed_equals_uninterrupted(start, cli, tiny, tmp_path, uninterrupted):
    out = tmp_path / "out"
    process = start(*compare(tiny, out, 1))
    wait_for(lambda: reached(folders(out)[1]) > 0, process)
    process.kill()
    process.communicate()
    assert 0 < reached(folders(out)[1]) < LONG
    first = json.loads((folders(out)[0] / "result.json").read_text())
    assert [run["status"] for run in json.loads((out / "results.json").read_text())["runs"]] == [
        "done",
        "interrupted",
    ]
    done = cli(*compare(tiny, out, 1), "--resume")
    assert done.code == 0, done.err
    assert json.loads((folders(out)[0] / "result.json").read_text()) == first
    assert learned(out) == uninterrupted()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.large)])
def test_ctrl_c_keeps_checkpoints_and_says_how_to_go_on(start, cli, tiny, tmp_path, uninterrupted, workers):
    out = tmp_path / "out"
    process = start(*compare(tiny, out, workers))
    wait_for(lambda: reached(folders(out)[0]) > 0, process)
    os.killpg(process.pid, signal.SIGINT)
    printed, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "\x1b" not in printed + err
    runs = json.loads((out / "results.json").read_text())["runs"]
    assert [run["status"] for run in runs] == ["interrupted", "interrupted"]
    assert "a checkpoint was written" in runs[0]["error"]
    assert 0 < reached(folders(out)[0]) < LONG
    assert not (out / ".stop").exists()
    done = cli(*resume_command(err))
    assert done.code == 0, done.err
    assert learned(out) == uninterrupted()


@pytest.mark.large
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_before_the_first_iteration(start, cli, tiny, tmp_path, uninterrupted, workers):
    out = tmp_path / "out"
    process = start(*compare(tiny, out, workers))
    wait_for(lambda: (out / "results.json").exists(), process)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert {run["status"] for run in json.loads((out / "results.json").read_text())["runs"]} == {
        "interrupted"
    }
    assert cli(*resume_command(err)).code == 0
    assert learned(out) == uninterrupted()


@pytest.mark.large
def test_ctrl_c_while_the_command_is_still_being_loaded(start, tiny, tmp_path):
    for delay in (1.0, 2.0, 4.0):
        process = start(*compare(tiny, tmp_path / str(delay), 1))
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (130, -signal.SIGINT), err  # the signal's own: Python was starting
        assert "Traceback" not in err


@pytest.mark.large
def test_workers_end_when_the_command_is_killed(start, tiny, tmp_path):
    out = tmp_path / "out"
    process = start(*compare(tiny, out, 2, steps=10**6))
    wait_for(lambda: all(reached(folder) > 0 for folder in folders(out)), process)
    process.kill()
    process.wait()
    time.sleep(2)
    before = [reached(folder) for folder in folders(out)]
    time.sleep(2)
    assert [reached(folder) for folder in folders(out)] == before


@pytest.mark.large
@pytest.mark.parametrize("how", ["ctrl-c", "kill"])
def test_processes_that_share_a_run_stop_with_the_command(start, cli, tiny, tmp_path, how):
    out = tmp_path / "out"
    process = start(*compare(tiny, out, 1, steps=10**5), "--devices", 2)
    wait_for(lambda: reached(folders(out)[0]) > 0, process)
    if how == "kill":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    time.sleep(2 if how == "kill" else 0)
    before = reached(folders(out)[0])
    time.sleep(2)
    assert reached(folders(out)[0]) == before
    if how == "ctrl-c":
        assert process.returncode == 130, err
        run = json.loads((out / "results.json").read_text())["runs"][0]
        assert run["status"] == "interrupted"
        assert "a checkpoint was written" in run["error"]


@pytest.mark.large
def test_on_a_terminal_there_are_bars_and_ctrl_c_leaves_it_in_order(tiny, tmp_path):
    import pty
    import subprocess

    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lipschitz_trainers", *map(str, compare(tiny, tmp_path / "out", 1))],
        stdin=child, stdout=child, stderr=child, start_new_session=True, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(child)
    shown, asked = b"", False
    with contextlib.suppress(OSError):  # raised when the other end is closed
        while chunk := os.read(parent, 4096):
            shown += chunk
            if not asked and b"all iterations" in shown and reached(folders(tmp_path / "out")[0]):
                asked = True
                os.killpg(process.pid, signal.SIGINT)
    os.close(parent)
    assert process.wait(60) == 130
    assert b"all iterations" in shown
    assert b"--resume" in shown
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")  # the cursor is shown again
