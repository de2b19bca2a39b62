"""Law 2: a `prepare` that reshapes, freezes, hides or repeats what it does is found."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
from torch import nn
from torch.nn.utils import parametrizations, parametrize

import lipschitz
from lipschitz import Constraint, CriticError, LawError, gradient_norms
from lipschitz.checks import require_independent_samples
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_prepare as laws
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


class Halved(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, *inputs):
        return self.inner(*inputs) / 2


@constraint
class PreparesTwiceSilently(Constraint):
    found_by: ClassVar = laws.twice_is_an_error_or_nothing

    changes = frozenset({"parametrization"})

    def prepare(self, critic, example=None):
        for layer in critic.modules():
            if isinstance(layer, nn.Linear):
                parametrizations.spectral_norm(layer)
        return critic


@constraint
class PreparesTwiceObscurely(Constraint):
    found_by: ClassVar = laws.twice_is_an_error_or_nothing

    def prepare(self, critic, example=None):
        assert not isinstance(critic, Halved)
        return Halved(critic)


@constraint
class RefusesToRepeatACheck(Constraint):
    found_by: ClassVar = laws.twice_is_an_error_or_nothing

    def prepare(self, critic, example=None):
        if getattr(critic, "checked", False):
            raise CriticError("checked already.")
        critic.checked = True
        return critic


class Doubled(nn.Module):
    def forward(self, weight):
        return 2 * weight


@constraint
class UndeclaredParametrization(Constraint):
    found_by: ClassVar = laws.changes_are_declared

    def prepare(self, critic, example=None):
        if any(parametrize.is_parametrized(layer) for layer in critic.modules()):
            raise CriticError("prepared already.")
        parametrize.register_parametrization(critic[0], "weight", Doubled())
        return critic


@constraint
class UndeclaredWeights(Constraint):
    found_by: ClassVar = laws.changes_are_declared

    def prepare(self, critic, example=None):
        nn.init.orthogonal_(critic[0].weight)
        return critic


@constraint
class WrapsTwice(Constraint):
    found_by: ClassVar = laws.twice_is_an_error_or_nothing

    changes = frozenset({"output"})

    def prepare(self, critic, example=None):
        return Halved(critic)


@constraint
class UndeclaredOutput(Constraint):
    found_by: ClassVar = laws.changes_are_declared

    def prepare(self, critic, example=None):
        if isinstance(critic, Halved):
            raise CriticError("this critic is wrapped already.")
        return Halved(critic)


@constraint
class Freezes(Constraint):
    found_by: ClassVar = laws.shapes_and_trainability_stay

    def prepare(self, critic, example=None):
        return critic.requires_grad_(False)


@constraint
class Thaws(Constraint):
    found_by: ClassVar = laws.shapes_and_trainability_stay

    def prepare(self, critic, example=None):
        return critic.requires_grad_(True)


@constraint
class Detaches(Constraint):
    found_by: ClassVar = laws.weights_still_learn

    changes = frozenset({"output"})

    def prepare(self, critic, example=None):
        class Constant(nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = critic

            def forward(self, *inputs):
                return self.inner(*inputs).detach().requires_grad_()

        return Constant()


@constraint
class Reshapes(Constraint):
    found_by: ClassVar = laws.shapes_and_trainability_stay

    def prepare(self, critic, example=None):
        critic[0].weight = nn.Parameter(
            critic[0].weight.detach().T.contiguous().T[:, :1].repeat(1, 2).clone()[:5]
        )
        return critic


@constraint
class SpoilsScores(Constraint):
    found_by: ClassVar = laws.shapes_and_trainability_stay

    changes = frozenset({"output"})

    def prepare(self, critic, example=None):
        if len(critic) > 5:
            raise CriticError("this critic is prepared already.")
        return critic.append(nn.Linear(1, 2))


@constraint
class Evaluates(Constraint):
    found_by: ClassVar = laws.shapes_and_trainability_stay

    def prepare(self, critic, example=None):
        return critic.eval()


@constraint
class ReturnsNothing(Constraint):
    found_by: ClassVar = laws.shapes_and_trainability_stay

    def prepare(self, critic, example=None):
        require_independent_samples(critic, example)


MISTAKES = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Constraint) and value.__module__ == __name__
]


@pytest.mark.parametrize("cls", MISTAKES, ids=lambda cls: cls.name)
def test_every_known_mistake_is_found_under_the_right_law(cls):
    with pytest.raises(LawError, match=r"^law 2 \(") as raised:
        check_constraint(cls(), critics=[PERCEPTRON])
    assert f"is broken by {cls.__name__}(" in str(raised.value)
    assert "on the perceptron in float" in str(raised.value)


@pytest.mark.parametrize(
    "cls", [cls for cls in MISTAKES if "found_by" in vars(cls)], ids=lambda cls: cls.name
)
def test_the_check_made_for_a_mistake_finds_it_alone(cls):
    with pytest.raises(LawError, match=r"^law 2 \("):
        cls.found_by(Trial(cls(), PERCEPTRON))


def test_every_check_finds_some_mistake():
    checks = {check.run for check in CHECKS if check.run.__module__ == laws.__name__}
    assert checks == {vars(cls)["found_by"] for cls in MISTAKES if "found_by" in vars(cls)}
