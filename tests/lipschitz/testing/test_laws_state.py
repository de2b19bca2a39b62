"""Law 1: every place where a constraint could remember something is looked at."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

import lipschitz
from lipschitz import Constraint, LawError, gradient_norms, no_penalty, two_sided
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_state as laws
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


HISTORY = []


@constraint
class RemembersOnItself(Constraint):
    found_by: ClassVar = laws.attributes_stay

    def penalty(self, critic, batch):
        object.__setattr__(self, "calls", getattr(self, "calls", 0) + 1)
        return two_sided(slopes(critic, batch))


@constraint
class RemembersOnItsClass(Constraint):
    found_by: ClassVar = laws.attributes_stay

    seen: ClassVar = []

    def penalty(self, critic, batch):
        self.seen.append(1)
        return two_sided(slopes(critic, batch))


@constraint
class RemembersInItsModule(Constraint):
    found_by: ClassVar = laws.calls_are_not_remembered

    def penalty(self, critic, batch):
        HISTORY.append(1)
        return len(HISTORY) * two_sided(slopes(critic, batch))


@constraint
class DrawsFromItsOwnGenerator(Constraint):
    """A generator that lives on between calls is a memory."""

    found_by: ClassVar = laws.calls_are_not_remembered

    generator: ClassVar = torch.Generator()

    def penalty(self, critic, batch):
        return torch.rand((), generator=self.generator).to(batch.real) * two_sided(slopes(critic, batch))


@constraint
class RemembersOnTheCritic(Constraint):
    """An attribute is no buffer: it is lost with a checkpoint."""

    found_by: ClassVar = laws.state_dict_holds_everything

    def penalty(self, critic, batch):
        critic.weight_of_penalty = getattr(critic, "weight_of_penalty", 1.0) * 1.5
        return critic.weight_of_penalty * two_sided(slopes(critic, batch))


@constraint
class RemembersTheFirstSamples(Constraint):
    """What the first call leaves on the critic decides from then on."""

    found_by: ClassVar = laws.state_dict_holds_everything

    def penalty(self, critic, batch):
        found = two_sided(slopes(critic, batch))
        if not hasattr(critic, "first_penalty"):
            critic.first_penalty = found.detach().mean()
        return critic.first_penalty * found


@constraint
class RemembersTheFirstWeights(Constraint):
    """The same with what does not depend on the samples."""

    found_by: ClassVar = laws.state_dict_holds_everything

    def penalty(self, critic, batch):
        if not hasattr(critic, "first_size"):
            critic.first_size = sum(p.detach().abs().sum() for p in critic.parameters())
        return critic.first_size * two_sided(slopes(critic, batch))


@constraint
class ProjectsByMemory(Constraint):
    """The same for a projection: the critic restored from a checkpoint is moved elsewhere."""

    found_by: ClassVar = laws.state_dict_holds_everything
    changes: ClassVar = frozenset({"weights"})

    @torch.no_grad()
    def project(self, critic, step=0):
        critic.bound_of_weights = getattr(critic, "bound_of_weights", 1.0) * 0.5
        for parameter in critic.parameters():
            parameter.clamp_(-critic.bound_of_weights, critic.bound_of_weights)


@constraint
class Unhashable(Constraint):
    found_by: ClassVar = laws.is_a_value

    table: object = None

    def __post_init__(self):
        object.__setattr__(self, "table", [1, 2])

    def penalty(self, critic, batch):
        return no_penalty(batch)


@constraint
class NamelessBuffer(Constraint):
    found_by: ClassVar = laws.new_buffers_carry_its_name

    def prepare(self, critic, example=None):
        if "ema" not in dict(critic.named_buffers()):
            critic.register_buffer("ema", torch.zeros(()))
        return critic


MISTAKES = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Constraint) and value.__module__ == __name__
]


@pytest.mark.parametrize("cls", MISTAKES, ids=lambda cls: cls.name)
def test_every_known_mistake_is_found_under_the_right_law(cls):
    with pytest.raises(LawError, match=r"^law 1 \(") as raised:
        check_constraint(cls(), critics=[PERCEPTRON])
    assert f"is broken by {cls.__name__}(" in str(raised.value)
    assert "on the perceptron in float" in str(raised.value)


@pytest.mark.parametrize(
    "cls", [cls for cls in MISTAKES if "found_by" in vars(cls)], ids=lambda cls: cls.name
)
def test_the_check_made_for_a_mistake_finds_it_alone(cls):
    with pytest.raises(LawError, match=r"^law 1 \("):
        cls.found_by(Trial(cls(), PERCEPTRON))


def test_what_the_very_first_call_leaves_on_the_class_is_found():
    @constraint
    class RemembersOnItsClassOnce(Constraint):
        def penalty(self, critic, batch):
            found = two_sided(slopes(critic, batch))
            if not hasattr(type(self), "first_penalty"):
                type(self).first_penalty = found.detach().mean()
            return type(self).first_penalty * found

    with pytest.raises(
        LawError, match=r"^law 1 .*its attribute 'RemembersOnItsClassOnce.first_penalty' changes"
    ):
        check_constraint(RemembersOnItsClassOnce(), critics=[PERCEPTRON])


@pytest.mark.parametrize("number", [torch.nan, torch.inf])
def test_what_is_not_finite_is_no_memory(number):
    @constraint
    class NotFinite(Constraint):
        def penalty(self, critic, batch):
            return two_sided(slopes(critic, batch)) + number

    laws.state_dict_holds_everything(Trial(NotFinite(), PERCEPTRON))
    with pytest.raises(LawError, match=r"^law 3 .*penalty is not finite"):
        check_constraint(NotFinite(), critics=[PERCEPTRON])


def test_every_check_finds_some_mistake():
    checks = {check.run for check in CHECKS if check.run.__module__ == laws.__name__}
    assert checks == {vars(cls)["found_by"] for cls in MISTAKES if "found_by" in vars(cls)}
