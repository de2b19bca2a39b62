"""The conformance kit: what obeys the laws passes, and every known mistake is found under the right law."""

import logging
import re
from dataclasses import dataclass

import pytest
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
    scheduled,
)
from lipschitz.schedules import Linear
from lipschitz.testing import ExampleCritic, check_constraint
from lipschitz.testing.conformance import CHECKS
from lipschitz.testing.critics import (
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


def test_checking_leaves_the_global_generators_alone():
    before = global_states()
    check_constraint(build("weight_clipping"), critics=[PERCEPTRON])
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


@pytest.mark.parametrize("value", [type(build("weight_clipping")), "weight_clipping", None])
def test_what_is_no_constraint_is_refused(value):
    with pytest.raises(PluginError):
        check_constraint(value)


def test_a_critic_of_ones_own_can_be_checked():
    example = ExampleCritic("mine", lambda: nn.Linear(5, 1), shape=(5,))
    assert check_constraint(build("weight_clipping"), critics=[example]).critics == ("mine",)


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
