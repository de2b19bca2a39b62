"""Detached, constant and wrong gradients, with the layer to blame."""

import pytest
import torch
from torch import nn

from lipschitz.diagnosis.slopes import no_gradient, wrong_gradient


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def critic_with(function):
    return nn.Sequential(nn.Linear(3, 6), nn.Tanh(), Function(function), nn.Linear(6, 1))


def straight_through(x):
    return x + (x.sign() - x).detach()


DEAD = {
    "detach": lambda x: x.detach(),
    "sign": torch.sign,
    "round": torch.round,
    "numbers": lambda x: torch.tensor(x.tolist()),
    "heaviside": lambda x: (x > 0).to(x.dtype),
}


@pytest.mark.parametrize("kind", DEAD)
def test_what_has_no_gradient_is_named(examine, points, kind):
    (found,) = examine(no_gradient, critic_with(DEAD[kind]), points)
    assert (found.code, found.layer, found.severity) == ("no_gradient", "2", "error")


def test_a_forward_pass_of_its_own_is_blamed_itself(examine, points):
    class Detached(nn.Linear):
        def forward(self, x):
            return super().forward(x.detach())

    (found,) = examine(no_gradient, Detached(3, 1), points)
    assert found.layer == ""


def test_a_critic_that_starts_flat_is_information(examine, points):
    critic = critic_with(torch.sin)
    nn.init.zeros_(critic[3].weight)
    (found,) = examine(no_gradient, critic, points)
    assert (found.code, found.severity) == ("zero_gradient", "info")


def test_ignored_parts_of_the_input_are_counted(examine):
    class Third(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Linear(2, 1)

        def forward(self, parts):
            return self.score(parts["c"])

    (found,) = examine(no_gradient, Third(), {name: torch.randn(8, 2) for name in "abc"})
    assert found.code == "ignored_input"
    assert "part 0, 1" in found.message


@pytest.mark.parametrize(
    "function",
    [straight_through, lambda x: x * x.detach(), lambda x: x / x.detach().norm(dim=1, keepdim=True)],
    ids=["straight-through", "half of a square", "detached norm"],
)
def test_gradients_that_are_no_slopes_are_located(examine, points, function):
    (found,) = examine(wrong_gradient, critic_with(function), points)
    assert (found.code, found.layer, found.severity) == ("wrong_gradient", "2", "error")


@pytest.mark.parametrize("function", [torch.relu, torch.abs, torch.sin, lambda x: x.sort(dim=1).values])
def test_right_gradients_are_not_blamed(examine, function):
    for x in (torch.randn(8, 3), torch.zeros(8, 3)):
        assert examine(wrong_gradient, critic_with(function), x) == []
        assert examine(no_gradient, critic_with(function), x) == []


class Undefined(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2


def test_operations_without_any_derivative_are_located(examine, points):
    (found,) = examine(no_gradient, critic_with(Undefined.apply), points)
    assert (found.code, found.layer) == ("no_gradient", "2")
    assert "cannot be differentiated at all" in found.message
