"""Law 5: draws from anywhere but the batch are found."""

import random
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

import lipschitz
from lipschitz import Constraint, LawError, gradient_norms, two_sided
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_sampling as laws
from lipschitz.testing.conformance import CHECKS
from lipschitz.testing.critics import PERCEPTRON
from lipschitz.testing.trial import Trial


def constraint(cls):
    """Decorate a class as a constraint, called like the class in snake_case."""
    cls.name = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")
    return dataclass(frozen=True, kw_only=True)(cls)


def slopes(critic, batch):
    points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform())
    return gradient_norms(critic, points, *batch.condition)


@constraint
class OneEpsilonPerBatchFromTorch(Constraint):
    found_by: ClassVar = laws.global_generators_stay

    def penalty(self, critic, batch):
        epsilon = torch.rand(1, dtype=batch.dtype, device=batch.device).expand(batch.size)
        return two_sided(gradient_norms(critic, lipschitz.interpolate(batch.real, batch.fake, epsilon)))


@constraint
class DrawsFromPython(Constraint):
    found_by: ClassVar = laws.global_generators_stay

    def penalty(self, critic, batch):
        return random.random() * two_sided(slopes(critic, batch))


@constraint
class DrawsFromNumpy(Constraint):
    found_by: ClassVar = laws.global_generators_stay

    def penalty(self, critic, batch):
        return np.random.rand() * two_sided(slopes(critic, batch))  # noqa: NPY002


@constraint
class DrawsWithoutATrace(Constraint):
    """Restores the global generator, and still depends on it."""

    found_by: ClassVar = laws.the_batch_decides

    def penalty(self, critic, batch):
        with torch.random.fork_rng(devices=[]):
            return torch.rand(()).to(batch.real) * two_sided(slopes(critic, batch))


@constraint
class DrawsInProject(Constraint):
    found_by: ClassVar = laws.global_generators_stay

    changes = frozenset({"weights"})

    @torch.no_grad()
    def project(self, critic, step=0):
        torch.rand(3)


MISTAKES = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Constraint) and value.__module__ == __name__
]


@pytest.mark.parametrize("cls", MISTAKES, ids=lambda cls: cls.name)
def test_every_known_mistake_is_found_under_the_right_law(cls):
    with pytest.raises(LawError, match=r"^law 5 \(") as raised:
        check_constraint(cls(), critics=[PERCEPTRON])
    assert f"is broken by {cls.__name__}(" in str(raised.value)
    assert "on the perceptron in float" in str(raised.value)


@pytest.mark.parametrize(
    "cls", [cls for cls in MISTAKES if "found_by" in vars(cls)], ids=lambda cls: cls.name
)
def test_the_check_made_for_a_mistake_finds_it_alone(cls):
    with pytest.raises(LawError, match=r"^law 5 \("):
        cls.found_by(Trial(cls(), PERCEPTRON))


def test_every_check_finds_some_mistake():
    checks = {check.run for check in CHECKS if check.run.__module__ == laws.__name__}
    assert checks == {vars(cls)["found_by"] for cls in MISTAKES if "found_by" in vars(cls)}
