"""Two processes learn what one learns."""

import importlib.util
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lipschitz import TrainingError
from lipschitz_trainers.training.checkpoints import CheckpointFolder
from lipschitz_trainers.training.records import read_records
from lipschitz_trainers.training.setup import launch

SCRIPT = Path(__file__).with_name("games.py")
SPEC = importlib.util.spec_from_file_location("games", SCRIPT)
GAMES = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(GAMES)


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*torchrun, str(SCRIPT), str(folder)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def tensors(state):
    """Return every floating-point tensor of a nested state by its path."""
    if isinstance(state, torch.Tensor):
        return {"": state} if state.is_floating_point() else {}
    if not isinstance(state, dict):
        return {}
    return {f"{key}.{path}": value for key, item in state.items() for path, value in tensors(item).items()}


@pytest.mark.parametrize("name", GAMES.games())
def test_two_processes_equal_one(two_processes, tmp_path, name):
    GAMES.train(name, 1, tmp_path)
    one = CheckpointFolder(tmp_path / name / "checkpoints").load_newest()
    two = CheckpointFolder(two_processes / name / "checkpoints").load_newest()
    assert one["iteration"] == two["iteration"] == GAMES.ITERATIONS
    expected, got = tensors(one), tensors(two)
    assert expected.keys() == got.keys()
    for path, value in expected.items():
        torch.testing.assert_close(
            got[path], value, rtol=1e-10, atol=1e-10, msg=lambda text, at=path: f"{at}: {text}"
        )
    for stream in one["random"]:
        assert torch.equal(one["random"][stream], two["random"][stream]), stream
    for a, b in zip(
        *(read_records(folder / name / "metrics.jsonl") for folder in (tmp_path, two_processes)), strict=True
    ):
        assert a.keys() == b.keys()
        for key in a.keys() - {"critic_step_seconds", "evaluation"}:
            assert a[key] == b[key] or math.isclose(a[key], b[key], rel_tol=1e-9, abs_tol=1e-9), (key, a, b)
        for key, value in a.get("evaluation", {}).items():
            assert math.isclose(
                value, b["evaluation"][key], rel_tol=1e-5, abs_tol=1e-6
            )  # in single precision


def test_several_processes_are_not_started_behind_the_callers_back():
    with pytest.raises(
        TrainingError, match=r"devices=2 needs as many processes, got one; .*--nproc-per-node 2"
    ):
        launch("cpu", "32-true", 2)
