"""Critics that a slope penalty cannot train are refused before training, by layer, with what to write instead."""

import pytest
import torch
from torch import nn
from torch.autograd.function import once_differentiable

import lipschitz
from lipschitz import Batch, CoupledSamplesError, CriticError
from lipschitz.diagnosis import require_trainable_slopes
from lipschitz.testing.critics import CONDITIONAL, DEFAULT_CRITICS, RECURRENT

PENALTIES = ["one_sided_gradient_penalty", "two_sided_gradient_penalty"]


class Square(torch.autograd.Function):
    """A square whose derivative cannot be differentiated."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(ctx, upstream):
        return 2 * ctx.saved_tensors[0] * upstream


class Squared(nn.Module):
    def forward(self, x):
        return Square.apply(x)


@pytest.mark.parametrize("name", PENALTIES)
def test_a_layer_that_can_be_differentiated_once_is_named(name):
    critic = nn.Sequential(nn.Linear(2, 3), Squared(), nn.Linear(3, 1))
    x = torch.randn(4, 2)
    with pytest.raises(CriticError, match=r"'1'.*differentiated only once.*once_differentiable"):
        lipschitz.build(name).prepare(critic, Batch(real=x, fake=x))
    lipschitz.build(name).prepare(critic)  # without an example nothing can be tried


def test_coupled_samples_are_refused_first_and_may_be_allowed(caplog):
    critic = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    example = Batch(real=torch.randn(4, 2))
    with pytest.raises(CoupledSamplesError):
        require_trainable_slopes(critic, example)
    require_trainable_slopes(critic, example, allow_batch_coupling=True)
    assert "BatchNorm1d" in caplog.text


@pytest.mark.parametrize("example", [*DEFAULT_CRITICS, RECURRENT, CONDITIONAL], ids=lambda e: e.name)
def test_others_pass_untouched(example):
    critic = example.build()
    before = {name: tensor.clone() for name, tensor in critic.state_dict().items()}
    state = torch.get_rng_state()
    condition = tuple(torch.randn(3, *shape) for shape in example.condition)
    state = torch.get_rng_state()
    require_trainable_slopes(critic, Batch(real=torch.zeros(3, *example.shape), condition=condition))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in critic.state_dict().items())
    assert all(parameter.grad is None for parameter in critic.parameters())


def test_critics_without_a_slope_are_not_this_checks_business():
    require_trainable_slopes(nn.Sequential(nn.Flatten(0)), Batch(real=torch.zeros(3, 1)))
