"""Law 4: projections that drift, round, replace or hide what they do are found."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import nn

import lipschitz
from lipschitz import Constraint, LawError, gradient_norms
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_project as laws
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
class NotIdempotent(Constraint):
    found_by: ClassVar = laws.twice_is_once

    changes = frozenset({"weights"})

    @torch.no_grad()
    def project(self, critic, step=0):
        for parameter in critic.parameters():
            parameter.mul_(0.9)


@constraint
class DriftsLater(Constraint):
    """Correct at the first step only."""

    found_by: ClassVar = laws.twice_is_once

    changes = frozenset({"weights"})

    @torch.no_grad()
    def project(self, critic, step=0):
        for parameter in critic.parameters():
            parameter.clamp_(-0.1, 0.1)
            if step > 0:
                parameter.mul_(0.9)


@constraint
class RoundsLater(Constraint):
    found_by: ClassVar = laws.inside_is_untouched

    changes = frozenset({"weights"})

    @torch.no_grad()
    def project(self, critic, step=0):
        for parameter in critic.parameters():
            parameter.clamp_(-0.1, 0.1)
            if step > 0:
                parameter.mul_(1 + 3e-7)


@constraint
class UndeclaredLater(Constraint):
    found_by: ClassVar = laws.changes_are_declared

    @torch.no_grad()
    def project(self, critic, step=0):
        if step > 0:
            for parameter in critic.parameters():
                parameter.clamp_(-0.1, 0.1)


@constraint
class ReplacesParameters(Constraint):
    found_by: ClassVar = laws.works_in_place

    changes = frozenset({"weights"})

    def project(self, critic, step=0):
        critic[0].weight = nn.Parameter(critic[0].weight.detach().clamp(-0.1, 0.1))


@constraint
class ReplacesStorage(Constraint):
    found_by: ClassVar = laws.works_in_place

    changes = frozenset({"weights"})

    def project(self, critic, step=0):
        for parameter in critic.parameters():
            parameter.data = parameter.data.clamp(-0.1, 0.1)


@constraint
class RoundsWhatIsInside(Constraint):
    """Always goes through the decomposition, even where nothing is too large."""

    found_by: ClassVar = laws.inside_is_untouched

    changes = frozenset({"weights"})

    @torch.no_grad()
    def project(self, critic, step=0):
        for parameter in critic.parameters():
            if parameter.ndim == 2:
                u, s, vh = torch.linalg.svd(parameter, full_matrices=False)
                parameter.copy_((u * s.clamp(max=1.0)) @ vh)


@constraint
class UndeclaredProjection(Constraint):
    found_by: ClassVar = laws.changes_are_declared

    @torch.no_grad()
    def project(self, critic, step=0):
        for parameter in critic.parameters():
            parameter.clamp_(-0.1, 0.1)


@constraint
class ClearsGradients(Constraint):
    found_by: ClassVar = laws.works_in_place

    changes = frozenset({"weights"})

    @torch.no_grad()
    def project(self, critic, step=0):
        for parameter in critic.parameters():
            parameter.clamp_(-0.1, 0.1)
            parameter.grad = None


MISTAKES = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Constraint) and value.__module__ == __name__
]


@pytest.mark.parametrize("cls", MISTAKES, ids=lambda cls: cls.name)
def test_every_known_mistake_is_found_under_the_right_law(cls):
    with pytest.raises(LawError, match=r"^law 4 \(") as raised:
        check_constraint(cls(), critics=[PERCEPTRON])
    assert f"is broken by {cls.__name__}(" in str(raised.value)
    assert "on the perceptron in float" in str(raised.value)


@pytest.mark.parametrize(
    "cls", [cls for cls in MISTAKES if "found_by" in vars(cls)], ids=lambda cls: cls.name
)
def test_the_check_made_for_a_mistake_finds_it_alone(cls):
    with pytest.raises(LawError, match=r"^law 4 \("):
        cls.found_by(Trial(cls(), PERCEPTRON))


def test_every_check_finds_some_mistake():
    checks = {check.run for check in CHECKS if check.run.__module__ == laws.__name__}
    assert checks == {vars(cls)["found_by"] for cls in MISTAKES if "found_by" in vars(cls)}


def test_the_message_has_the_numbers():
    with pytest.raises(
        LawError, match=r"a second projection moves '0.weight' by another \S+, of \S+, at step 0\."
    ):
        laws.twice_is_once(Trial(NotIdempotent(), PERCEPTRON))
