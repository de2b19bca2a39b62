"""Runs that take a moment."""

import json

import numpy as np
import pytest
import torch

from lipschitz_trainers.config import parse_run
from lipschitz_trainers.running.run import run
from lipschitz_trainers.training.checkpoints import CheckpointFolder
from lipschitz_trainers.training.records import read_records

ADAM = {"name": "adam", "lr": 1e-3}


@pytest.fixture
def make_config():
    """Return a function from changes to a run's configuration; a fixed generator replaces the trained one."""

    def make(**changes):
        values = {
            "dataset": "swiss_roll",
            "generator": {"network": {"name": "mlp", "width": 8, "depth": 1}, "latent": 2, "optimizer": ADAM},
            "critic": {"network": {"name": "mlp", "width": 8, "depth": 1}, "optimizer": ADAM, "steps": 2},
            "constraint": "one_sided_gradient_penalty",
            "batch_size": 16,
            "steps": 6,
            "evaluation": {"samples": 32, "every": 3, "metrics": ["w1"]},
            "checkpoint": {"every": 2},
            "device": "cpu",
        }
        return parse_run(values | changes)

    return make


@pytest.fixture
def finished(make_config, tmp_path):
    """Return the folder of an uninterrupted run."""
    folder = tmp_path / "whole"
    assert run(make_config(), folder)["status"] == "done"
    return folder


@pytest.fixture
def contents():
    """Return a function from a run's folder to everything it learned and recorded, seconds left out."""

    def read(folder):
        state = CheckpointFolder(folder / "checkpoints").load_newest()
        state.pop("records")  # a length in bytes, which depends on how the seconds are spelled
        state.pop("spent")
        records = [
            {key: value for key, value in record.items() if key != "critic_step_seconds"}
            for record in read_records(folder / "metrics.jsonl")
        ]
        result = json.loads((folder / "result.json").read_text())
        metrics = {key: value for key, value in result["metrics"].items() if not key.endswith("_seconds")}
        progress = {path.name: samples(path) for path in (folder / "artifacts" / "progress").iterdir()}
        return {
            "state": plain(state),
            "records": records,
            "status": result["status"],
            "metrics": metrics,
            "progress": progress,
        }

    return read


def samples(path):
    """Return the samples a run kept of one evaluation, as lists."""
    with np.load(path) as kept:
        return kept["samples"].tolist()


def plain(state):
    """Return a nested state with its tensors as lists, which compare bit for bit."""
    if isinstance(state, torch.Tensor):
        return [str(state.dtype), state.tolist()]
    if isinstance(state, dict):
        return {key: plain(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return [plain(value) for value in state]
    return state
