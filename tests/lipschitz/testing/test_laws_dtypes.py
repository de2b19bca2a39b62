"""Law 6: mixed dtypes and devices, and batches of one sample that fail, are found."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

import lipschitz
from lipschitz import Constraint, LawError, gradient_norms, two_sided
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_dtypes as laws
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
class SinglePrecision(Constraint):
    found_by: ClassVar = laws.precisions_agree

    def penalty(self, critic, batch):
        return two_sided(slopes(critic, batch)).float()


@constraint
class StrayTensor(Constraint):
    found_by: ClassVar = laws.any_device

    def penalty(self, critic, batch):
        return two_sided(slopes(critic, batch)) * torch.ones(batch.size)


@constraint
class StrayBuffer(Constraint):
    found_by: ClassVar = laws.any_device

    def prepare(self, critic, example=None):
        if "stray_buffer" not in dict(critic.named_buffers()):
            critic.register_buffer("stray_buffer", torch.zeros(3))
        return critic


@constraint
class NeedsTwoSamples(Constraint):
    found_by: ClassVar = laws.one_sample_is_a_batch

    def penalty(self, critic, batch):
        deviations = (batch.real - batch.real.mean(dim=0)).square().sum(dim=0) / (batch.size - 1)
        return two_sided(slopes(critic, batch)) * deviations.mean()


@constraint
class FailsUnderAutocast(Constraint):
    found_by: ClassVar = laws.autocast_works

    def penalty(self, critic, batch):
        weight = critic(batch.real).reshape(-1)
        return torch.outer(weight, torch.ones_like(batch.real[:, 0].flatten())).diagonal().square() * (
            1 if weight.dtype == batch.dtype else torch.nan
        )


MISTAKES = [
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Constraint) and value.__module__ == __name__
]


@pytest.mark.parametrize("cls", MISTAKES, ids=lambda cls: cls.name)
def test_every_known_mistake_is_found_under_the_right_law(cls):
    with pytest.raises(LawError, match=r"^law 6 \(") as raised:
        check_constraint(cls(), critics=[PERCEPTRON])
    assert f"is broken by {cls.__name__}(" in str(raised.value)
    assert "on the perceptron in float" in str(raised.value)


@pytest.mark.parametrize(
    "cls", [cls for cls in MISTAKES if "found_by" in vars(cls)], ids=lambda cls: cls.name
)
def test_the_check_made_for_a_mistake_finds_it_alone(cls):
    with pytest.raises(LawError, match=r"^law 6 \("):
        for dtype in (torch.float32, torch.float64):
            cls.found_by(Trial(cls(), PERCEPTRON, dtype))


def test_every_check_finds_some_mistake():
    checks = {check.run for check in CHECKS if check.run.__module__ == laws.__name__}
    assert checks == {vars(cls)["found_by"] for cls in MISTAKES if "found_by" in vars(cls)}


def test_a_few_samples_may_cross_a_kink_under_autocast():
    def with_errors(count):
        @constraint
        class Jumps(Constraint):
            def penalty(self, critic, batch):
                value = two_sided(slopes(critic, batch))
                wrong = torch.arange(batch.size) < count
                return value + 10 * wrong if torch.is_autocast_enabled("cpu") else value

        return Trial(Jumps(), PERCEPTRON)

    laws.autocast_works(with_errors(2))
    with pytest.raises(LawError, match="law 6 .*under bf16 autocast most terms of the penalty differ"):
        laws.autocast_works(with_errors(5))
