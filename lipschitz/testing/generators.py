"""The global generators that a constraint must not draw from: torch's, Python's and numpy's."""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from lipschitz.seeding import fixed_seed

legacy: Any = np.random  # its global generator is what plugins may use by mistake


def global_states() -> dict[str, Any]:
    """Return the states of torch's, Python's and numpy's global generators."""
    numpy_state: Any = legacy.get_state()
    return {
        "torch": bytes(torch.get_rng_state().numpy()),
        "Python": random.getstate(),
        "numpy": (numpy_state[0], numpy_state[1].tolist(), *numpy_state[2:]),
    }


@contextmanager
def global_seeds(seed: int) -> Generator[None]:
    """Let all three start from `seed` inside, and go on outside as if nothing had happened."""
    python_state, numpy_state = random.getstate(), legacy.get_state()
    random.seed(seed)
    legacy.seed(seed)
    try:
        with fixed_seed(seed):
            yield
    finally:
        random.setstate(python_state)
        legacy.set_state(numpy_state)
