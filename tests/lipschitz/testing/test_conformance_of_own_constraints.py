"""The conformance kit on constraints as a plugin's author writes them: each kind passes, mistakes do not."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import torch
from annotated_types import Interval
from torch import nn

import lipschitz
from lipschitz import (
    Constraint,
    CriticError,
    LawError,
    gradient_norms,
    two_sided,
)
from lipschitz.projections import project_l2_ball, project_spectral_ball
from lipschitz.testing import check_constraint
from lipschitz.testing.critics import (
    CONDITIONAL,
    CONVOLUTIONAL,
    PERCEPTRON,
)


def constraint(cls):
    """Decorate a class as a constraint, called like the class in snake_case."""
    cls.name = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")
    return dataclass(frozen=True, kw_only=True)(cls)


def slopes(critic, batch):
    points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform())
    return gradient_norms(critic, points, *batch.condition)


@constraint
class ScoreDrift(Constraint):
    """As plain as a constraint can be."""

    coefficient: float = 0.001

    def penalty(self, critic, batch):
        return self.coefficient * critic(batch.real).reshape(batch.size) ** 2


@constraint
class WeightDecay(Constraint):
    """A term without samples."""

    coefficient: float = 0.1

    def penalty(self, critic, batch):
        return self.coefficient * sum(p.square().sum() for p in critic.parameters())


@constraint
class PairQuotient(Constraint):
    """Slopes between pairs of samples."""

    guarantee = "soft"
    coefficient: Annotated[float, Interval(gt=0, le=10)] = 10.0  # cannot be doubled, only halved

    def penalty(self, critic, batch):
        real, fake = (critic(x, *batch.condition).reshape(-1) for x in (batch.real, batch.fake))
        run = (batch.real - batch.fake).flatten(1).norm(dim=1).clamp(min=1e-12)
        return self.coefficient * lipschitz.one_sided((real - fake).abs() / run)


@constraint
class BallPerParameter(Constraint):
    """A projection of every parameter onto a ball."""

    changes = frozenset({"weights"})
    radius: float = 1.0

    @torch.no_grad()
    def project(self, critic, step=0):
        for parameter in critic.parameters():
            parameter.copy_(project_l2_ball(parameter, self.radius))


@constraint
class SpectralBall(Constraint):
    """A projection that looks at values, so that it cannot run on the meta device."""

    changes = frozenset({"weights"})

    @torch.no_grad()
    def project(self, critic, step=0):
        for parameter in critic.parameters():
            if parameter.ndim == 2 and torch.linalg.matrix_norm(parameter, ord=2) > 1:
                parameter.copy_(project_spectral_ball(parameter, 1.0))


@constraint
class AverageSlope(Constraint):
    """Keeps a running average in a buffer under its own name, and is no per-sample penalty."""

    per_sample = False

    def prepare(self, critic, example=None):
        parameter = next(critic.parameters())
        if "average_slope_value" in dict(critic.named_buffers()):
            raise CriticError("this critic is prepared already.")
        critic.register_buffer("average_slope_value", torch.ones((), device=parameter.device))
        return critic

    def penalty(self, critic, batch):
        found = slopes(critic, batch)
        critic.average_slope_value.lerp_(found.detach().mean().float(), 0.1)
        return critic.average_slope_value.to(found.dtype) * two_sided(found)


class Halved(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, *inputs):
        return self.inner(*inputs) / 2


@constraint
class HalfScores(Constraint):
    """Wraps the critic."""

    changes = frozenset({"output"})

    def prepare(self, critic, example=None):
        if isinstance(critic, Halved):
            raise CriticError("this critic is wrapped already.")
        return Halved(critic)


@pytest.mark.parametrize(
    "cls",
    [ScoreDrift, WeightDecay, PairQuotient, BallPerParameter, SpectralBall, AverageSlope, HalfScores],
    ids=lambda c: c.name,
)
def test_constraints_of_every_kind_pass(cls):
    critics = {
        SpectralBall: [PERCEPTRON],
        PairQuotient: [PERCEPTRON, CONVOLUTIONAL, CONDITIONAL],
    }.get(cls, [PERCEPTRON, CONVOLUTIONAL])
    report = check_constraint(cls(), critics=critics)
    assert report.critics == tuple(example.name for example in critics)
    assert any("without values" in reason for reason in report.skipped) is (cls is SpectralBall)


@constraint
class DrawsWeights(Constraint):
    """`prepare` may draw from the global generator, which whoever calls it seeds."""

    changes = frozenset({"weights"})

    @torch.no_grad()
    def prepare(self, critic, example=None):
        if not hasattr(critic, "draws_weights_done"):
            device = next(critic.parameters()).device
            critic.register_buffer("draws_weights_done", torch.ones((), device=device))
            for parameter in critic.parameters():
                parameter.copy_(torch.randn(parameter.shape, device=device))
        return critic


def test_preparing_may_draw_from_the_seeded_global_generator():
    assert check_constraint(DrawsWeights(), critics=[PERCEPTRON]).critics == ("perceptron",)


@constraint
class ForgetsTheCondition(Constraint):
    def penalty(self, critic, batch):
        return critic(batch.real).reshape(batch.size) ** 2


def test_the_default_critics_find_a_forgotten_condition():
    with pytest.raises(
        LawError, match=r"^law 3 .* on the conditional critic in float32: TypeError: .*'label'"
    ):
        check_constraint(ForgetsTheCondition())
