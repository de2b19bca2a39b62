"""Evaluations for tests of metrics."""

import pytest
import torch

from lipschitz_trainers.data import from_tensor
from lipschitz_trainers.metrics import Evaluation


@pytest.fixture(scope="session")
def evaluation():
    """Return a maker of evaluations; what a test does not give is filled in."""

    def make(real, fake, second_real=None, critic=None, source=None, seed=0):
        return Evaluation(
            real=real,
            fake=fake,
            second_real=real if second_real is None else second_real,
            critic=critic or (lambda x: x.flatten(1).sum(dim=1)),
            source=source or from_tensor(torch.zeros(2, *real.shape[1:]), kind="points", held_out=0.5),
            generator=torch.Generator().manual_seed(seed),
        )

    return make


@pytest.fixture(scope="session")
def normal():
    """Return a maker of normal tensors by shape and seed."""
    return lambda *shape, seed=0: torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
