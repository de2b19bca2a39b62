"""The conformance kit: what obeys the laws passes, and every known mistake is found under the right law."""

import logging
import re
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
    PluginError,
    build,
    compose,
    every,
    gradient_norms,
    scheduled,
    two_sided,
)
from lipschitz.projections import project_l2_ball, project_spectral_ball
from lipschitz.schedules import Linear
from lipschitz.testing import ExampleCritic, check_constraint
from lipschitz.testing.conformance import CHECKS
from lipschitz.testing.critics import (
    CONDITIONAL,
    CONFORMANCE_CRITICS,
    CONVOLUTIONAL,
    PERCEPTRON,
    RECURRENT,
)
from lipschitz.testing.generators import global_states
from lipschitz.testing.laws_samples import NOT_PER_SAMPLE

NAMES = sorted(lipschitz.constraints())


def constraint(cls):
    """Decorate a class as a constraint, called like the class in snake_case."""
    cls.name = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")
    return dataclass(frozen=True, kw_only=True)(cls)


def slopes(critic, batch):
    points = lipschitz.interpolate(batch.real, batch.fake, batch.uniform())
    return gradient_norms(critic, points, *batch.condition)


# --- what obeys the laws ---


ARCHITECTURES = [*CONFORMANCE_CRITICS, RECURRENT]

REFUSALS: dict[str, tuple[tuple[str, str], ...]] = {}
"""Which constraint refuses which of these critics, and why: none does. What is not listed here must not happen."""

WITHOUT_VALUES = r"devices: .*(a step of|refuses) the recurrent critic"
"""An LSTM has no second derivative on the meta device, so other devices are not checked on it."""


@pytest.mark.parametrize("name", NAMES)
def test_every_registered_constraint_obeys_every_law_on_every_architecture(name):
    report = check_constraint(build(name), critics=ARCHITECTURES)
    assert report.refusals == REFUSALS.get(name, ())
    refused = [critic for critic, _ in report.refusals]
    assert report.critics == tuple(one.name for one in ARCHITECTURES if one.name not in refused)
    alone = build(name).per_sample
    assert report.checks == tuple(check.name for check in CHECKS if alone or check.law != 7)
    skipped = [reason for reason in report.skipped if not re.match(WITHOUT_VALUES, reason)]
    assert skipped == ([] if alone else [NOT_PER_SAMPLE])
    assert str(report).startswith(f"{build(name)!r} passes {len(report.checks)} checks on perceptron, ")


def test_the_default_critics_are_used_without_a_choice():
    assert check_constraint(build("l2_weight_decay")).critics == tuple(
        one.name for one in CONFORMANCE_CRITICS
    )


COMPOSED = {
    "composed with spectral norm": lambda: compose(
        build("spectral_norm"), build("one_sided_gradient_penalty")
    ),
    "composed with clipping": lambda: compose(
        build("weight_clipping", bound=0.1), build("two_sided_gradient_penalty")
    ),
    "lazy": lambda: every(2, build("one_sided_gradient_penalty")),
    "scheduled": lambda: scheduled(
        build("two_sided_gradient_penalty"), coefficient=Linear(start=1, end=10, steps=5)
    ),
    "clipping with a shrinking box": lambda: scheduled(
        build("weight_clipping"), bound=Linear(start=1, end=0.1, steps=5)
    ),
    "around the data": lambda: build("one_sided_gradient_penalty", points="around_real"),
    "coupling allowed": lambda: build("two_sided_gradient_penalty", allow_batch_coupling=True),
}


@pytest.mark.parametrize("kind", COMPOSED)
def test_combinations_obey_every_law(kind):
    check_constraint(COMPOSED[kind](), critics=[PERCEPTRON])


@pytest.mark.large
@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("kind", [*COMPOSED, *NAMES])
@pytest.mark.parametrize("seed", [0, 1])
def test_everything_obeys_every_law_on_more_critics_and_seeds(kind, seed):
    value = COMPOSED[kind]() if kind in COMPOSED else build(kind)
    report = check_constraint(value, critics=ARCHITECTURES, seed=seed)
    assert report.refusals == REFUSALS.get(kind, ())


def test_what_depends_on_the_batch_as_a_whole_is_reported_as_not_checked():
    report = check_constraint(build("one_sided_gradient_penalty", points="around_real"), critics=[PERCEPTRON])
    assert report.skipped == ("samples: the penalty looks at the batch as a whole (per_sample is False)",)
    assert not any(name.startswith("law 7") for name in report.checks)
    assert "not checked: samples" in str(report)


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


def test_checking_leaves_the_global_generators_alone():
    before = global_states()
    check_constraint(ScoreDrift(), critics=[PERCEPTRON])
    assert global_states() == before


# --- refusals ---


@constraint
class LinearOnly(Constraint):
    def prepare(self, critic, example=None):
        if any(isinstance(layer, nn.Conv2d) for layer in critic.modules()):
            raise CriticError("linear_only cannot work with convolutions.")
        return critic


@constraint
class Nobody(Constraint):
    def penalty(self, critic, batch):
        raise CriticError("nobody is good enough.")


def test_refused_critics_are_reported():
    report = check_constraint(LinearOnly(), critics=[PERCEPTRON, CONVOLUTIONAL])
    assert report.critics == ("perceptron",)
    assert report.refusals == ((CONVOLUTIONAL.name, "linear_only cannot work with convolutions."),)
    assert "refused: convolutional critic with GroupNorm: linear_only cannot" in str(report)


@pytest.mark.parametrize("critics", [None, [PERCEPTRON], []])
def test_refusing_every_critic_is_an_error(critics):
    with pytest.raises(LawError, match="no law could be checked, since Nobody.* refuses every critic"):
        check_constraint(Nobody(), critics=critics)


@pytest.mark.parametrize("value", [ScoreDrift, "score_drift", None])
def test_what_is_no_constraint_is_refused(value):
    with pytest.raises(PluginError):
        check_constraint(value)


def test_a_critic_of_ones_own_can_be_checked():
    example = ExampleCritic("mine", lambda: nn.Linear(5, 1), shape=(5,))
    assert check_constraint(ScoreDrift(), critics=[example]).critics == ("mine",)


@constraint
class Warns(Constraint):
    def prepare(self, critic, example=None):
        logging.getLogger("lipschitz").warning("think of %s", "something")
        return critic


def test_a_warning_is_given_once_in_a_check_and_again_in_the_next(caplog):
    for _ in range(2):
        caplog.clear()
        check_constraint(Warns(), critics=[PERCEPTRON])
        assert caplog.messages == ["think of something"]
    logging.getLogger("lipschitz").warning("think of something")
    assert len(caplog.messages) == 2
