"""Constraints in use: in compositions, lazily, and over the steps of a training."""

from dataclasses import dataclass

import pytest
import torch

from lipschitz import Constraint, LawError, build, no_penalty
from lipschitz.testing import laws_training as laws
from lipschitz.testing.conformance import CHECKS
from lipschitz.testing.critics import DEFAULT_CRITICS, PERCEPTRON
from lipschitz.testing.trial import Trial


@dataclass(frozen=True, kw_only=True)
class BlowsUpLater(Constraint):
    """Fine at first, infinite at step 7."""

    name = "blows_up_later"

    def penalty(self, critic, batch):
        return critic(batch.real).reshape(-1).square() / (7 - batch.step)


@dataclass(frozen=True, kw_only=True)
class DestroysWeights(Constraint):
    name = "destroys_weights"

    @torch.no_grad()
    def project(self, critic, step=0):
        if step == laws.STEPS - 1:
            next(critic.parameters()).fill_(torch.nan)


@dataclass(frozen=True, kw_only=True)
class CutsTheGraph(Constraint):
    """Its penalty freezes a layer before the loss is differentiated."""

    name = "cuts_the_graph"

    def prepare(self, critic, example=None):
        critic.register_forward_hook(lambda module, inputs, output: output.detach().requires_grad_())
        return critic


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (BlowsUpLater, "the critic's loss is inf at step 7"),
        (DestroysWeights, "after 30 steps '0.weight' is not finite"),
    ],
)
def test_training_that_goes_wrong_is_found(cls, message):
    with pytest.raises(LawError, match=rf"law 3 .*{message}"):
        laws.training_stays_finite(Trial(cls(), PERCEPTRON))


def test_a_parameter_that_stops_learning_is_found(monkeypatch):
    """The trap of a cached parametrization: computed without a graph first, it stays so for the step."""

    @dataclass(frozen=True, kw_only=True)
    class LooksFirst(Constraint):
        name = "looks_first"

    trial = Trial(build("spectral_norm"), PERCEPTRON)
    laws.training_stays_finite(trial)
    scores = Trial.scores

    def without_graph_first(self, critic, batch):
        if torch.nn.utils.parametrize._cache_enabled:
            with torch.no_grad():
                scores(self, critic, batch)
        return scores(self, critic, batch)

    monkeypatch.setattr(Trial, "scores", without_graph_first)
    with pytest.raises(
        LawError, match=r"law 3 .*'0.parametrizations.weight.original' ends a critic step without"
    ):
        laws.training_stays_finite(trial)


def test_a_step_that_composition_does_not_pass_on_is_found(monkeypatch):
    trial = Trial(build("two_sided_gradient_penalty"), PERCEPTRON)
    laws.composing_with_nothing_changes_nothing(trial)
    laws.every_takes_multiples(trial)
    monkeypatch.setattr(
        "lipschitz.composition.Composition.penalty", lambda self, critic, batch: no_penalty(batch)
    )
    monkeypatch.setattr("lipschitz.composition.Every.penalty", lambda self, critic, batch: no_penalty(batch))
    with pytest.raises(
        LawError, match="law 3 .*composed with a constraint that does nothing the penalty differs"
    ):
        laws.composing_with_nothing_changes_nothing(trial)
    with pytest.raises(LawError, match="law 3 .*at every third step, the penalty of step 0 is off"):
        laws.every_takes_multiples(trial)


@pytest.mark.parametrize("example", DEFAULT_CRITICS, ids=lambda e: e.name)
def test_the_constraint_that_does_nothing_passes(example):
    for check in CHECKS:
        check.run(Trial(laws.Nothing(), example))


@dataclass(frozen=True, kw_only=True)
class GreedyWithOthers(Constraint):
    """Sees by the scores asked for before that it is not alone."""

    name = "greedy_with_others"

    def prepare(self, critic, example=None):
        critic.register_buffer("greedy_with_others_calls", torch.zeros(()))
        critic.register_forward_hook(lambda module, *_: module.greedy_with_others_calls.add_(1) and None)
        return critic

    def penalty(self, critic, batch):
        return critic.greedy_with_others_calls + critic(batch.real).reshape(-1).square()


def test_a_penalty_that_does_not_add_up_is_found():
    with pytest.raises(
        LawError, match=r"law 3 .*composed with another constraint the penalty is .* instead of"
    ):
        laws.composing_adds_up(Trial(GreedyWithOthers(), PERCEPTRON))


@pytest.mark.parametrize("name", ["spectral_norm", "one_sided_gradient_penalty", "weight_clipping"])
def test_penalties_add_up(name):
    laws.composing_adds_up(Trial(build(name), PERCEPTRON))
