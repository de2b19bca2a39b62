"""Gradients that cannot be differentiated, or not correctly, with the layer to blame."""

import pytest
import torch
from torch import nn

from lipschitz.diagnosis.double_backward import (
    attention_kernel,
    no_double_backward,
    no_parameters,
    wrong_double_backward,
)


class Funnels(nn.Module):
    """The distance to the nearest of some points, by an operation without second derivative."""

    def __init__(self, width):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(5, width))

    def forward(self, x):
        return torch.cdist(x, self.centers).min(1).values


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, upstream):
        return 2 * ctx.saved_tensors[0] * upstream


class Squared(nn.Module):
    def forward(self, x):
        return Once.apply(x)


def test_operations_without_second_derivative_are_located(examine, points):
    (found,) = examine(no_double_backward, nn.Sequential(nn.Linear(3, 4), Funnels(4)), points)
    assert (found.code, found.layer, found.severity) == ("no_double_backward", "1", "error")
    assert "_cdist_backward" in found.message
    assert "vector_norm" in found.fix


def test_in_the_critics_own_forward_too(examine, points):
    (found,) = examine(no_double_backward, Funnels(3), points)
    assert found.layer == ""


@pytest.mark.parametrize("last", [lambda: nn.Linear(6, 1), lambda: nn.Sequential(nn.Tanh(), nn.Linear(6, 1))])
def test_once_differentiable_functions_are_located(examine, points, last):
    (found,) = examine(no_double_backward, nn.Sequential(nn.Linear(3, 6), Squared(), last()), points)
    assert (found.code, found.layer) == ("no_double_backward", "1")
    assert "@once_differentiable" in found.fix


@pytest.mark.parametrize(
    ("critic", "word"),
    [(nn.Linear(3, 1).requires_grad_(False), "frozen"), (nn.Flatten(), "no parameters")],
)
def test_nothing_to_train(examine, points, critic, word):
    (found,) = examine(no_parameters, critic, points)
    assert (found.code, word in found.message) == ("no_parameters", True)
    assert examine(no_parameters, nn.Linear(3, 1), points) == []


def test_a_gradient_that_depends_on_nothing_trainable(examine, points):
    critic = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    for layer in critic:
        layer.weight.requires_grad_(False)
    (found,) = examine(no_double_backward, critic, points)
    assert found.code == "no_penalty_gradient"
    critic[0].weight.requires_grad_(True)
    assert examine(no_double_backward, critic, points) == []


class Hooked(nn.Linear):
    """Multiplies gradients on their way back, the second time too."""

    def forward(self, x):
        y = super().forward(x)
        if y.requires_grad:
            y.register_hook(lambda g: g.detach() if g.requires_grad else g)
        return y


def test_a_hook_that_cuts_the_graph_is_found(examine, points):
    critic = nn.Sequential(nn.Linear(3, 6), Hooked(6, 6), nn.Tanh(), nn.Linear(6, 1))
    (found,) = examine(wrong_double_backward, critic, points)
    assert (found.code, found.severity) == ("wrong_double_backward", "error")


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.Softplus, nn.PReLU])
def test_right_second_derivatives_are_not_blamed(examine, points, activation):
    critic = nn.Sequential(nn.Linear(3, 6), activation(), nn.Linear(6, 6), activation(), nn.Linear(6, 1))
    assert examine(wrong_double_backward, critic, points) == []
    assert examine(no_double_backward, critic, points) == []


def test_every_attention_layer_is_told(examine):
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = (nn.MultiheadAttention(4, 2, batch_first=True) for _ in range(2))
            self.score = nn.Linear(4, 1)

        def forward(self, x):
            for layer in (self.a, self.b):
                x = layer(x, x, x, need_weights=False)[0]
            return self.score(x.mean(1))

    (found,) = examine(attention_kernel, Twice(), torch.randn(4, 5, 4))
    assert (found.layer, "'b'" in found.message) == ("a", True)
