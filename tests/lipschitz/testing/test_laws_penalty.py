"""Law 3: penalties that are not finite, negative, detached, or change what they look at are found."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest
import torch
from annotated_types import Gt

import lipschitz
from lipschitz import Constraint, LawError, gradient_norms, two_sided
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_penalty as laws
from lipschitz.testing.conformance import CHECKS
from lipschitz.testing.critics import CONDITIONAL, CONVOLUTIONAL, PERCEPTRON, RESIDUAL
from lipschitz.testing.trial import Trial


def constraint(cls):
    """Decorate a class as a constraint, called like the class in snake_case."""
    cls.name = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")
    return dataclass(frozen=True, kw_only=True)(cls)


def slopes(critic, batch):
    points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform())
    return gradient_norms(critic, points, *batch.condition)


@constraint
class Negative(Constraint):
    found_by: ClassVar = laws.finite_and_not_negative

    def penalty(self, critic, batch):
        return slopes(critic, batch) - 1


@constraint
class WrongAxis(Constraint):
    """Norms over the batch instead of over each sample."""

    found_by: ClassVar = laws.finite_and_not_negative

    def penalty(self, critic, batch):
        points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform())
        return two_sided(lipschitz.input_gradients(critic, points).flatten(1).norm(dim=0))


@constraint
class BareSquareRoot(Constraint):
    found_by: ClassVar = laws.finite_for_a_critic_of_zeros

    def penalty(self, critic, batch):
        points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform())
        squares = lipschitz.input_gradients(critic, points).flatten(1).square().sum(dim=1)
        return (squares.sqrt() - 1).clamp(min=0).square()


@constraint
class NotFinite(Constraint):
    found_by: ClassVar = laws.finite_and_not_negative

    def penalty(self, critic, batch):
        return 1 / (slopes(critic, batch) - slopes(critic, batch).detach())


@constraint
class Detached(Constraint):
    found_by: ClassVar = laws.gradient_reaches_the_critic

    guarantee = "soft"

    def penalty(self, critic, batch):
        return two_sided(slopes(critic, batch).detach())


@constraint
class DetachedButAttached(Constraint):
    """Has a graph, which leads nowhere."""

    found_by: ClassVar = laws.gradient_reaches_the_critic

    def penalty(self, critic, batch):
        return two_sided(slopes(critic, batch).detach()) + 0 * slopes(critic, batch)


@constraint
class ReturnsANumber(Constraint):
    found_by: ClassVar = laws.finite_and_not_negative

    def penalty(self, critic, batch):
        return slopes(critic, batch).mean().item()


@constraint
class ReturnsIntegers(Constraint):
    found_by: ClassVar = laws.finite_and_not_negative

    def penalty(self, critic, batch):
        return (slopes(critic, batch) > 1).long()


@constraint
class Raises(Constraint):
    def penalty(self, critic, batch):
        return batch.missing


@constraint
class ForgetsItsCoefficient(Constraint):
    found_by: ClassVar = laws.coefficient_multiplies

    coefficient: Annotated[float, Gt(0)] = 10.0

    def penalty(self, critic, batch):
        return two_sided(slopes(critic, batch))


@constraint
class ChangesWeightsInPlace(Constraint):
    found_by: ClassVar = laws.critic_is_left_alone

    def penalty(self, critic, batch):
        with torch.no_grad():
            for parameter in critic.parameters():
                parameter.clamp_(-0.1, 0.1)
        return two_sided(slopes(critic, batch))


@constraint
class LeavesEvaluationMode(Constraint):
    found_by: ClassVar = laws.critic_is_left_alone

    def penalty(self, critic, batch):
        return two_sided(slopes(critic.eval(), batch))


@constraint
class CallsBackward(Constraint):
    """The classic way to get gradients of samples, which also fills those of the parameters."""

    found_by: ClassVar = laws.critic_is_left_alone

    def penalty(self, critic, batch):
        points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform()).requires_grad_()
        critic(points).sum().backward()
        return two_sided(slopes(critic, batch))


@constraint
class LeavesAHook(Constraint):
    found_by: ClassVar = laws.critic_is_left_alone

    def penalty(self, critic, batch):
        critic.register_forward_hook(lambda *_: None)
        return two_sided(slopes(critic, batch))


@constraint
class FreezesForAMoment(Constraint):
    found_by: ClassVar = laws.critic_is_left_alone

    def penalty(self, critic, batch):
        value = two_sided(slopes(critic, batch))
        critic.requires_grad_(False)
        return value


@constraint
class ChangesTheSamples(Constraint):
    """Writes its points into the generator's samples."""

    found_by: ClassVar = laws.samples_are_left_alone

    def penalty(self, critic, batch):
        batch.fake.lerp_(batch.real, 0.5)
        return two_sided(gradient_norms(critic, batch.fake))


@constraint
class ChangesTheRealSamples(Constraint):
    found_by: ClassVar = laws.samples_are_left_alone

    def penalty(self, critic, batch):
        batch.real.add_(0.1)
        return two_sided(gradient_norms(critic, batch.real))


@constraint
class SwitchesOnGradientsOfTheSamples(Constraint):
    found_by: ClassVar = laws.samples_are_left_alone

    def penalty(self, critic, batch):
        points = batch.real.requires_grad_()
        (gradient,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
        return two_sided(torch.linalg.vector_norm(gradient.flatten(1), dim=1))


MISTAKES = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Constraint) and value.__module__ == __name__
]


@pytest.mark.parametrize("cls", MISTAKES, ids=lambda cls: cls.name)
def test_every_known_mistake_is_found_under_the_right_law(cls):
    with pytest.raises(LawError, match=r"^law 3 \(") as raised:
        check_constraint(cls(), critics=[PERCEPTRON])
    assert f"is broken by {cls.__name__}(" in str(raised.value)
    assert "on the perceptron in float" in str(raised.value)


@pytest.mark.parametrize(
    "cls", [cls for cls in MISTAKES if "found_by" in vars(cls)], ids=lambda cls: cls.name
)
def test_the_check_made_for_a_mistake_finds_it_alone(cls):
    with pytest.raises(LawError, match=r"^law 3 \("):
        cls.found_by(Trial(cls(), PERCEPTRON))


def test_every_check_finds_some_mistake():
    checks = {check.run for check in CHECKS if check.run.__module__ == laws.__name__}
    assert checks == {vars(cls)["found_by"] for cls in MISTAKES if "found_by" in vars(cls)}


def test_a_leak_to_the_generator_is_found(monkeypatch):
    @constraint
    class Naive(Constraint):
        """Trusts its batch to be detached."""

        def penalty(self, critic, batch):
            return two_sided(gradient_norms(critic, (batch.real + batch.fake) / 2))

    laws.samples_are_left_alone(Trial(Naive(), RESIDUAL))
    monkeypatch.setattr(lipschitz.Batch, "__post_init__", lambda self: None)
    with pytest.raises(LawError, match="law 3 .*sends a gradient to the generator"):
        laws.samples_are_left_alone(Trial(Naive(), RESIDUAL))


def test_a_mistake_in_images_is_found_by_the_convolutional_critic():
    @constraint
    class WrongAxisOfImages(Constraint):
        """Right for points, wrong for images: the norm is over the channels only."""

        def penalty(self, critic, batch):
            points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform())
            return two_sided(lipschitz.input_gradients(critic, points).norm(dim=1))

    laws.finite_and_not_negative(Trial(WrongAxisOfImages(), PERCEPTRON))
    with pytest.raises(LawError, match=r"law 3 .*convolutional.*shape \(6, 4, 4\) instead of \(6,\)"):
        laws.finite_and_not_negative(Trial(WrongAxisOfImages(), CONVOLUTIONAL))


def test_a_forgotten_condition_is_found_by_a_conditional_critic():
    @constraint
    class ForgetsTheCondition(Constraint):
        def penalty(self, critic, batch):
            return critic(batch.real).reshape(-1).square()

    with pytest.raises(LawError, match="law 3 .*conditional critic.*TypeError"):
        check_constraint(ForgetsTheCondition(), critics=[CONDITIONAL])
