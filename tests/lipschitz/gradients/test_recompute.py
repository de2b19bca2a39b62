"""What is computed again in the backward pass is what was computed before."""

import contextlib

import pytest
import torch
from torch import nn

from lipschitz import (
    diagnose,
    gradient_norms,
    two_sided,
)
from lipschitz.gradients import choose_engine


def parameter_gradients(critic, value):
    """Return the derivative of a scalar with respect to every parameter, a missing one as zeros."""
    found = torch.autograd.grad(value, list(critic.parameters()), allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(critic.parameters(), found, strict=True)]


def penalty_and_derivatives(critic, points, *condition, **options):
    slopes = gradient_norms(critic, points, *condition, **options)
    return slopes, parameter_gradients(critic, two_sided(slopes).mean())


@pytest.mark.parametrize("normalize", [nn.utils.parametrizations.spectral_norm, nn.utils.spectral_norm])
@pytest.mark.parametrize("cached", [True, False])
def test_power_iterations_advance_once(normalize, cached):
    """Recomputing uses the weights of the first computation, although the critic is in training mode."""

    def build():
        torch.manual_seed(0)
        return nn.Sequential(normalize(nn.Linear(2, 8)), nn.Tanh(), normalize(nn.Linear(8, 1))).double()

    points = torch.randn(6, 2, dtype=torch.float64)
    results = []
    for limit in ({}, {"chunk_size": 6}, {"chunk_size": 5}):
        critic = build()
        gradient_norms(critic, points)  # find out about the critic
        for layer in (critic[0], critic[2]):
            state = build()[0 if layer is critic[0] else 2].state_dict()
            layer.load_state_dict(state)
        with nn.utils.parametrize.cached() if cached else contextlib.nullcontext():
            value = two_sided(gradient_norms(critic, points[:5], **limit)).mean()
            scores = critic(points).mean()
        (value + scores).backward()
        results.append([p.grad for p in critic.parameters()] + list(critic.buffers()))
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-14)


def test_dropout_draws_the_same_masks_when_it_is_computed_again():
    critic = nn.Sequential(nn.Linear(2, 50), nn.Dropout(0.5), nn.Linear(50, 1)).double()
    points = torch.randn(8, 2, dtype=torch.float64)
    gradient_norms(critic, points)
    results = []
    for limit in ({}, {"chunk_size": 7}):
        torch.manual_seed(3)
        slopes, derivatives = penalty_and_derivatives(critic, points[:7], **limit)
        results.append([slopes, *derivatives, torch.rand(1)])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-14)


def test_parameters_changed_before_the_backward_pass_are_noticed():
    critic = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    value = two_sided(gradient_norms(critic, torch.randn(4, 2), chunk_size=2)).sum()
    with torch.no_grad():
        critic[0].weight.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        value.backward()


class Unregistered(nn.Module):
    """Holds a layer in a plain list, which PyTorch does not see, and a tensor that learns."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 4)
        self.hidden = [nn.Linear(4, 4)]
        self.scale = [torch.ones((), requires_grad=True)]
        self.last = nn.Linear(4, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.hidden[0](torch.tanh(self.first(x)) * self.scale[0])))


@pytest.mark.parametrize("as_function", [True, False])
def test_whatever_the_slopes_depend_on_gets_its_gradient(as_function):
    critic = Unregistered()
    points = torch.randn(5, 2)
    called = (lambda x: critic(x)) if as_function else critic
    wanted = [critic.hidden[0].weight, critic.scale[0], critic.first.weight]
    want = torch.autograd.grad(two_sided(gradient_norms(called, points)).sum(), wanted)
    got = torch.autograd.grad(two_sided(gradient_norms(called, points, chunk_size=2)).sum(), wanted)
    for a, b in zip(got, want, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize(
    "parametrize_layer",
    [
        nn.utils.parametrizations.orthogonal,
        nn.utils.parametrizations.weight_norm,
        nn.utils.parametrizations.spectral_norm,
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_scores_may_be_computed_before_and_the_backward_pass_made_inside_the_cache(parametrize_layer, inside):
    critic = nn.Sequential(parametrize_layer(nn.Linear(6, 8)), nn.ReLU(), nn.Linear(8, 1)).double()
    points = torch.randn(5, 6, dtype=torch.float64)
    gradient_norms(critic, points)
    state = {name: tensor.clone() for name, tensor in critic.state_dict().items()}
    results = []
    for limit in ({}, {"chunk_size": 2}, {"memory_budget": 64}):
        critic.load_state_dict(state)
        critic.zero_grad()
        with nn.utils.parametrize.cached():
            value = critic(points).mean() + two_sided(gradient_norms(critic, points, **limit)).mean()
            if inside:
                value.backward()
        if not inside:
            value.backward()
        results.append([parameter.grad for parameter in critic.parameters()])
    for other in results[1:]:
        for a, b in zip(other, results[0], strict=True):
            torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


def test_buffers_saved_by_an_earlier_graph_are_not_written_to():
    """Looking at a critic in the middle of a step must not count as a change of its buffers."""
    critic = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)).eval()
    points = torch.randn(4, 2)
    scores = critic(points).mean()
    choose_engine(critic, points)
    diagnose(critic, points)
    (scores + gradient_norms(critic, points, memory_budget=1).mean()).backward()
