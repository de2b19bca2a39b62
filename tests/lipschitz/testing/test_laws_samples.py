"""Law 7: penalties whose terms depend on other samples are found."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

import lipschitz
from lipschitz import Constraint, LawError, gradient_norms, two_sided
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_samples as laws
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
class WholeBatchNorm(Constraint):
    found_by: ClassVar = laws.each_sample_alone

    def penalty(self, critic, batch):
        points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform())
        return two_sided(torch.linalg.vector_norm(lipschitz.input_gradients(critic, points)))


@constraint
class MeanOverTheBatch(Constraint):
    found_by: ClassVar = laws.each_sample_alone

    def penalty(self, critic, batch):
        return two_sided(slopes(critic, batch)).mean()


@constraint
class OneEpsilonPerBatch(Constraint):
    found_by: ClassVar = laws.each_sample_alone

    def penalty(self, critic, batch):
        epsilon = batch.uniform()[:1].expand(batch.size)
        return two_sided(gradient_norms(critic, lipschitz.interpolate(batch.real, batch.fake, epsilon)))


@constraint
class LooksAtTheNeighbor(Constraint):
    found_by: ClassVar = laws.order_does_not_matter

    def penalty(self, critic, batch):
        rolled = batch.real.roll(1, 0)
        return two_sided(gradient_norms(critic, (batch.real + rolled) / 2))


@constraint
class NormalizedByTheBatch(Constraint):
    found_by: ClassVar = laws.shards

    def penalty(self, critic, batch):
        found = slopes(critic, batch)
        return two_sided(found / (found.mean() + 0.1))


@constraint
class CoupledInTheBackwardPass(Constraint):
    """Values are by sample, gradients are not: a straight-through mean."""

    found_by: ClassVar = laws.shards

    def penalty(self, critic, batch):
        found = slopes(critic, batch)
        return two_sided(found + (found.mean() - found.mean().detach()))


@constraint
class ScalarWithTheBatchInItsGradient(Constraint):
    """A term without samples that teaches from samples."""

    found_by: ClassVar = laws.shards

    def penalty(self, critic, batch):
        found = slopes(critic, batch).mean()
        return sum(p.square().sum() for p in critic.parameters()) + (found - found.detach())


MISTAKES = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Constraint) and value.__module__ == __name__
]


@pytest.mark.parametrize("cls", MISTAKES, ids=lambda cls: cls.name)
def test_every_known_mistake_is_found_under_the_right_law(cls):
    with pytest.raises(LawError, match=r"^law 7 \(") as raised:
        check_constraint(cls(), critics=[PERCEPTRON])
    assert f"is broken by {cls.__name__}(" in str(raised.value)
    assert "on the perceptron in float" in str(raised.value)


@pytest.mark.parametrize(
    "cls", [cls for cls in MISTAKES if "found_by" in vars(cls)], ids=lambda cls: cls.name
)
def test_the_check_made_for_a_mistake_finds_it_alone(cls):
    with pytest.raises(LawError, match=r"^law 7 \("):
        cls.found_by(Trial(cls(), PERCEPTRON))


def test_every_check_finds_some_mistake():
    checks = {check.run for check in CHECKS if check.run.__module__ == laws.__name__}
    assert checks == {cls.found_by for cls in MISTAKES}


def test_the_gradients_of_the_shards_add_up_for_what_is_lawful():
    @constraint
    class PartlyFrozen(Constraint):
        """Terms without a gradient for some parameters, and none at all for some samples."""

        def penalty(self, critic, batch):
            return critic[-1].weight.square().sum() * (batch.real[:, 0] > 1)

    for dtype in (torch.float32, torch.float64):
        assert laws.shards(Trial(PartlyFrozen(), PERCEPTRON, dtype)) is None


def test_the_message_says_what_to_do():
    with pytest.raises(LawError, match=r"sample 1 .* differ by .* its own draws; or set per_sample = False"):
        laws.each_sample_alone(Trial(OneEpsilonPerBatch(), PERCEPTRON, torch.float64))
