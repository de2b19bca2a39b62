"""What stands for another constraint carries its metadata, and can be stored."""

import pickle
from dataclasses import dataclass

import pytest
import torch

from lipschitz import Constraint, compose, every, scheduled
from lipschitz.schedules import Linear


@dataclass(frozen=True, kw_only=True)
class Changing(Constraint):
    """Claims something of every kind."""

    name = "changing"
    family = "mine"
    guarantee = "hard"
    cost = "weights"
    per_sample = False
    changes = frozenset({"weights"})
    coefficient: float = 1.0


@pytest.mark.parametrize(
    "wrap", [lambda c: every(2, c), lambda c: scheduled(c, coefficient=Linear(start=1, end=2, steps=3))]
)
def test_wrappers_take_over_the_metadata(wrap):
    inner = Changing()
    outer = wrap(inner)
    for attribute in ("family", "guarantee", "per_sample", "changes", "cost"):
        assert getattr(outer, attribute) == getattr(inner, attribute)
    assert pickle.loads(pickle.dumps(wrap(Changing()))) == wrap(Changing())


def test_building_draws_nothing_from_the_global_generator():
    state = torch.get_rng_state()
    compose(every(2, Changing()), scheduled(Changing(), coefficient=lambda step: 1.0))
    assert torch.equal(torch.get_rng_state(), state)
