"""Law 5: randomness comes from the batch only, so that runs can be repeated and split over processes."""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from lipschitz.seeding import fixed_seed
from lipschitz.testing.trial import Trial, largest, same_bits

legacy: Any = np.random  # its global generator is what plugins may use by mistake


def global_generators_stay(trial: Trial) -> None:
    """Neither `penalty` nor `project` draws from torch's, Python's or numpy's global generator."""
    critic = trial.prepared()
    before = _states()
    trial.penalty(critic, trial.batch())
    after_penalty = _states()
    trial.constraint.project(critic)
    after_project = _states()
    for library, state in before.items():
        for moment, now in (("penalty", after_penalty), ("project", after_project)):
            trial.require(
                now[library] == state,
                5,
                f"{moment} draws from the global generator of {library}; draw from batch.uniform(...) or "
                f"batch.normal(...).",
            )


def the_batch_decides(trial: Trial) -> None:
    """Equal batches with equally seeded generators give equal penalties, whatever the global generators hold."""
    values: list[torch.Tensor] = []
    for seed in (1, 2):
        critic, batch = trial.prepared(3.0), trial.batch()
        with _global_seeds(seed):
            values.append(trial.penalty(critic, batch))
    a, b = values
    trial.require(
        same_bits(a, b),
        5,
        f"two runs on equal batches with equally seeded generators differ by {largest(a - b):.3g}, of "
        f"{largest(a):.3g}: something is drawn elsewhere. Draw from batch.uniform(...) or batch.normal(...).",
    )


def _states() -> dict[str, Any]:
    numpy_state: Any = legacy.get_state()
    return {
        "torch": torch.get_rng_state().tolist(),
        "Python": random.getstate(),
        "numpy": (numpy_state[0], numpy_state[1].tolist(), *numpy_state[2:]),
    }


@contextmanager
def _global_seeds(seed: int) -> Generator[None]:
    python_state, numpy_state = random.getstate(), legacy.get_state()
    random.seed(seed)
    legacy.seed(seed)
    try:
        with fixed_seed(seed):
            yield
    finally:
        random.setstate(python_state)
        legacy.set_state(numpy_state)
