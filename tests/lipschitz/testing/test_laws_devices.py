"""Law 6 on a device of one's own choice."""

from dataclasses import dataclass

import pytest
import torch

import lipschitz
from lipschitz import Constraint, FieldError, LawError, build
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_devices as laws
from lipschitz.testing.critics import CONVOLUTIONAL, PERCEPTRON
from lipschitz.testing.trial import Trial

CPU = torch.device("cpu")


@dataclass(frozen=True, kw_only=True)
class PreparesDifferently(Constraint):
    """Whatever differs from one call to the next stands for what differs between devices."""

    name = "prepares_differently"
    seen: tuple = ()

    def penalty(self, critic, batch):
        CALLS.append(1)
        return critic(batch.real).reshape(-1).square() * len(CALLS)


@dataclass(frozen=True, kw_only=True)
class ProjectsDifferently(Constraint):
    name = "projects_differently"

    @torch.no_grad()
    def project(self, critic, step=0):
        CALLS.append(1)
        for parameter in critic.parameters():
            parameter.fill_(len(CALLS))


CALLS = []


@pytest.mark.parametrize("name", ["one_sided_gradient_penalty", "spectral_norm", "weight_clipping"])
def test_what_obeys_the_law_passes(name):
    for critic in (PERCEPTRON, CONVOLUTIONAL):
        laws.device_agrees_with_cpu(Trial(build(name), critic), CPU)


@pytest.mark.parametrize(
    ("constraint", "what"),
    [(PreparesDifferently(), "the penalty"), (ProjectsDifferently(), "after the projection '0.weight'")],
)
def test_a_difference_is_found_with_its_size(constraint, what):
    CALLS.clear()
    with pytest.raises(LawError, match=rf"law 6 .*{what} on cpu differs by [\d.e+-]+, of"):
        laws.device_agrees_with_cpu(Trial(constraint, PERCEPTRON), CPU)


def test_it_is_made_on_request():
    clipping = build("weight_clipping")
    assert laws.NAME not in check_constraint(clipping, critics=[PERCEPTRON]).checks
    assert laws.NAME in check_constraint(clipping, critics=[PERCEPTRON], device="cpu").checks


@pytest.mark.parametrize("device", ["nonsense", "meta"])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises(FieldError, match=f"device '{device}' cannot be used on this machine"):
        check_constraint(build("weight_clipping"), device=device)


@pytest.mark.cuda
@pytest.mark.parametrize("name", sorted(lipschitz.constraints()))
def test_every_registered_constraint_agrees_on_the_gpu(name):
    assert laws.NAME in check_constraint(build(name), device="cuda").checks
