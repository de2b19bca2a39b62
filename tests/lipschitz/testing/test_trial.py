"""Trials: the same critics and batches on every call, small helpers of the checks."""

import pytest
import torch
from torch import nn

from lipschitz import LawError, build, compose, every
from lipschitz.testing.critics import CONDITIONAL, DEFAULT_CRITICS, PERCEPTRON
from lipschitz.testing.trial import (
    LAWS,
    SIZE,
    Trial,
    largest,
    names_of,
    parameters_by_layer,
    restore,
    same_bits,
    shown,
    snapshot,
)

TRIAL = Trial(build("spectral_norm"), PERCEPTRON)


@pytest.mark.parametrize("example", [*DEFAULT_CRITICS, CONDITIONAL], ids=lambda e: e.name)
def test_critics_and_batches_are_the_same_on_every_call_and_in_every_dtype(example):
    trial = Trial(build("one_sided_gradient_penalty"), example)
    double = trial.in_dtype(torch.float64)
    for a, b in (
        (trial.fresh(), trial.fresh()),
        (trial.prepared(), trial.prepared()),
        (trial.fresh(), double.fresh()),
    ):
        assert all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))
        assert a.training
    one, two, three = trial.batch(), trial.batch(), double.batch()
    assert torch.equal(one.real, two.real)
    assert torch.equal(one.real, three.real.float())
    assert torch.equal(one.uniform(), two.uniform())
    assert one.size == SIZE
    assert [tuple(c.shape[1:]) for c in one.condition] == list(example.condition)
    assert not torch.equal(one.real, trial.batch(seed=1).real)


def test_building_draws_nothing_from_the_global_generator():
    state = torch.get_rng_state()
    TRIAL.prepared()
    TRIAL.batch()
    assert torch.equal(torch.get_rng_state(), state)


def test_the_error_says_law_constraint_critic_and_dtype():
    with pytest.raises(
        LawError, match=r"^law 4 \(project\) is broken by SpectralNorm\(power_iterations=1\), on the "
    ):
        TRIAL.require(False, 4, "it moves.")
    message = str(TRIAL.in_dtype(torch.float64).broken(1, "it remembers."))
    assert message.endswith("on the perceptron in float64: it remembers.")
    TRIAL.require(torch.tensor(True), 4, "nothing")
    assert list(LAWS) == [1, 2, 3, 4, 5, 6, 7]


def test_a_snapshot_is_a_copy_that_can_be_restored():
    critic = TRIAL.prepared()
    state = snapshot(critic)
    with torch.no_grad():
        for value in critic.state_dict().values():
            value.add_(1)
    assert not torch.equal(critic.state_dict()["0.bias"], state["0.bias"])
    assert restore(critic, state) is critic
    assert all(torch.equal(value, state[name]) for name, value in critic.state_dict().items())


def test_parameters_are_listed_with_their_layers():
    critic = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Sequential(nn.LayerNorm(1)))
    found = [(path, type(layer).__name__, name) for path, layer, name, _ in parameters_by_layer(critic)]
    assert found == [("0", "Linear", "weight"), ("1.0", "LayerNorm", "weight"), ("1.0", "LayerNorm", "bias")]


def test_equality_of_bits_counts_nan_as_equal():
    a = torch.tensor([1.0, torch.nan])
    assert same_bits(a, a.clone())
    assert not same_bits(a, torch.tensor([1.0, 2.0]))
    assert not same_bits(a, a[:1])
    assert same_bits(torch.tensor([0.0]), torch.tensor([-0.0]))


def test_numbers_for_messages():
    assert largest(torch.tensor([1.0, -3.0])) == 3
    assert largest(torch.zeros(0)) == 0
    assert shown(torch.tensor([0.123456, 2.0])) == "0.1235, 2"


def test_names_include_those_of_constraints_inside():
    assert names_of(every(2, compose(build("spectral_norm"), build("one_sided_gradient_penalty")))) == {
        "every",
        "composition",
        "spectral_norm",
        "one_sided_gradient_penalty",
    }
