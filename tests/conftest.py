"""One torch thread, seeds reset before every test, hypothesis profiles."""

import os
import random

import hypothesis
import numpy as np
import pytest
import torch

# Two OpenMP threads on a shared machine make small tensors slower, not faster.
torch.set_num_threads(1)

for name, examples in (("dev", 25), ("large", 200)):
    hypothesis.settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize="CI" in os.environ,
        print_blob=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


class TorchRandom:
    """Puts torch's global generator under hypothesis's control: every example starts from the same state."""

    def seed(self, value):
        torch.manual_seed(value)

    def getstate(self):
        return torch.get_rng_state()

    def setstate(self, state):
        torch.set_rng_state(state)


TORCH_RANDOM = TorchRandom()  # hypothesis holds it weakly
hypothesis.register_random(TORCH_RANDOM)


@pytest.fixture(autouse=True)
def _seeds():
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - some libraries draw from the global generator
    torch.manual_seed(0)


@pytest.fixture
def generator():
    """Return a function from a seed to a torch generator."""
    return lambda seed=0: torch.Generator().manual_seed(seed)
