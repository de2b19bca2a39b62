"""The cosine of the last step, against the step that was really taken."""

import copy
import dataclasses
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import LipschitzError
from lipschitz_trainers.config import RunConfig
from lipschitz_trainers.config.optimizers import SGD, Adam, AdamW, RMSprop
from lipschitz_trainers.metrics import UpdateCosine
from lipschitz_trainers.running.build import build_trainer

OPTIMIZERS = {
    "adam": Adam(lr=0.01, betas=(0.9, 0.99)),
    "adam without momentum": Adam(lr=0.01),
    "adamw": AdamW(lr=0.01, betas=(0.5, 0.9), weight_decay=0),
    "rmsprop": RMSprop(lr=0.01),
    "sgd": SGD(lr=0.01),
    "momentum": SGD(lr=0.01, momentum=0.9),
}


def trained(optimizer, seed, steps):
    """Take steps on random quadratics; return the optimizer, the last gradient and the last change of parameters."""
    generator = torch.Generator().manual_seed(seed)
    critic = nn.Linear(3, 2).double()
    built = optimizer.build(critic.parameters())
    before = []
    for _ in range(steps):
        x = torch.randn(5, 3, generator=generator, dtype=torch.float64)
        built.zero_grad()
        (critic(x) - torch.randn(5, 2, generator=generator, dtype=torch.float64)).square().mean().backward()
        before = [parameter.detach().clone() for parameter in critic.parameters()]
        built.step()
    changes = [p.detach() - old for p, old in zip(critic.parameters(), before, strict=True)]
    return built, flat(p.grad for p in critic.parameters()), flat(changes)


def flat(tensors):
    return torch.cat([tensor.flatten() for tensor in tensors])


def measured(evaluation, normal, optimizer):
    seen = dataclasses.replace(evaluation(normal(4, 2), normal(4, 2)), critic_optimizer=optimizer)
    return UpdateCosine().measure(seen)["update_cosine"]


@pytest.mark.parametrize("name", OPTIMIZERS)
@given(seed=st.integers(0, 1000), steps=st.integers(1, 8))
def test_it_is_the_cosine_of_the_step_that_was_taken(evaluation, normal, name, seed, steps):
    optimizer, gradient, change = trained(OPTIMIZERS[name], seed, steps)
    wanted = torch.cosine_similarity(-change, gradient, dim=0).item()
    assert measured(evaluation, normal, optimizer) == pytest.approx(wanted, abs=1e-6)


def test_momentum_can_point_uphill_and_nothing_else_can(evaluation, normal):
    # A gradient that has turned round: the average still points the old way.
    for name in ("adam", "momentum", "adam without momentum", "rmsprop", "sgd"):
        parameter = nn.Parameter(torch.zeros(3))
        built = OPTIMIZERS[name].build([parameter])
        for sign in (1.0, 1.0, 1.0, -1.0):
            parameter.grad = sign * torch.ones(3)
            built.step()
        wanted = -1.0 if name in ("adam", "momentum") else 1.0
        assert measured(evaluation, normal, built) == pytest.approx(wanted, abs=1e-5)


def test_it_changes_nothing(evaluation, normal):
    optimizer, *_ = trained(OPTIMIZERS["adam"], 0, 3)
    before = copy.deepcopy(optimizer.state_dict())
    measured(evaluation, normal, optimizer)
    after = optimizer.state_dict()
    for i, state in before["state"].items():
        assert all(torch.equal(state[key], after["state"][i][key]) for key in state)


def test_without_a_step_or_a_gradient_there_is_none(evaluation, normal):
    parameter = nn.Parameter(torch.zeros(3))
    built = OPTIMIZERS["adam"].build([parameter])
    assert math.isnan(measured(evaluation, normal, None))
    assert math.isnan(measured(evaluation, normal, built))
    parameter.grad = torch.zeros(3)
    built.step()
    assert math.isnan(measured(evaluation, normal, built))


def test_other_optimizers_are_refused_by_name(evaluation, normal):
    parameter = nn.Parameter(torch.zeros(3))
    parameter.grad = torch.ones(3)
    for optimizer in (torch.optim.Adagrad([parameter]), torch.optim.RMSprop([parameter], centered=True)):
        optimizer.step()
        with pytest.raises(LipschitzError, match=f"got {type(optimizer).__name__}; leave the metric out"):
            measured(evaluation, normal, optimizer)


def test_a_run_measures_the_step_it_has_just_taken():
    optimizer = {"name": "adam", "lr": 1e-3, "betas": [0.9, 0.9]}
    config = RunConfig.model_validate(
        {
            "dataset": "swiss_roll",
            "generator": {"fixed": {"name": "data_plus_noise"}},
            "critic": {
                "network": {"name": "mlp", "width": 8, "depth": 1},
                "optimizer": optimizer,
                "steps": 1,
            },
            "constraint": "weight_clipping",
            "batch_size": 16,
            "device": "cpu",
            "evaluation": {"samples": 16, "metrics": ["update_cosine", "slopes"]},
        }
    )
    trainer = build_trainer(config, None)
    assert math.isnan(trainer.evaluate()["update_cosine"])
    trainer.fit(1)
    # Of Adam's first step: gradient over its absolute value.
    gradient = flat(parameter.grad for parameter in trainer.game.critic.parameters()).double()
    wanted = gradient.abs().sum() / (gradient.norm() * gradient.ne(0).sum().sqrt())
    assert trainer.metrics["update_cosine"] == pytest.approx(float(wanted), abs=1e-3)
