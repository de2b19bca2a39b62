"""Blame falls on the right layer: differing, failing, and called alone."""

import pytest
import torch
from torch import nn

from lipschitz.diagnosis.tracing import calls, differing_layers, failing_layer, innermost, tensors_of


class Add(nn.Module):
    """Adds what a list holds."""

    def __init__(self, what):
        super().__init__()
        self.what = what

    def forward(self, x):
        return x + self.what[0]


def test_calls_end_inside_out_and_hold_copies():
    critic = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(inplace=True), nn.Linear(3, 1)))
    x = torch.randn(4, 2)
    found = calls(critic, lambda: critic(x))
    assert [call.path for call in found] == ["0", "1.0", "1.1", "1", ""]
    assert bool((found[1].given[0] < 0).any()), "copied before the layer worked in place"
    assert torch.equal(found[1].outputs[0], found[1].given[0].relu())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in critic.modules())


def test_a_layer_called_twice_counts_once():
    layer = nn.Linear(2, 2)
    critic = nn.Sequential(layer, nn.ReLU(), layer)
    found = calls(critic, lambda: critic(torch.randn(1, 2)))
    assert len(found) == 4
    assert [call.path for call in innermost(found)] == ["0", "1", ""]


def test_a_layer_can_be_called_alone_and_differentiated():
    critic = nn.Sequential(nn.Linear(2, 3), nn.ReLU(inplace=True), nn.Linear(3, 1))
    relu = calls(critic, lambda: critic(torch.randn(4, 2)))[1]
    again, (watched,) = relu.alone()
    (slope,) = torch.autograd.grad(again()[0].sum(), watched)
    assert torch.equal(slope, (watched > 0).float())


def test_every_differing_layer_is_found_and_none_after_it_is_blamed():
    first, second = [0.0], [0.0]
    critic = nn.Sequential(
        nn.Linear(2, 3), Add(first), nn.ReLU(), nn.Sequential(Add(second)), nn.Linear(3, 1)
    )
    x = torch.randn(4, 2)

    def changed():
        first[0], second[0] = 1.0, 2.0
        critic(x)

    assert differing_layers(critic, lambda: critic(x), changed) == ["1", "3.0"]


def test_rows_that_may_differ_do_not_count():
    critic = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    x = torch.randn(4, 2)
    y = torch.cat([x[:2], torch.randn(2, 2)])
    kept = torch.tensor([True, True, False, False])
    assert differing_layers(critic, lambda: critic(x), lambda: critic(y), kept) == ["1"]
    assert differing_layers(critic.eval(), lambda: critic(x), lambda: critic(y), kept) == []


def test_time_first_is_not_mistaken_for_coupling():
    """As many steps as samples, along the first axis of the layer's input."""

    class TimeFirst(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.score = nn.LSTM(2, 3), nn.Linear(3, 1)

        def forward(self, x):
            return self.score(self.rnn(x.transpose(0, 1))[0][-1])

    critic = TimeFirst()
    x = torch.randn(4, 4, 2)
    y = torch.cat([x[:2], torch.randn(2, 4, 2)])
    kept = torch.tensor([True, True, False, False])
    assert differing_layers(critic, lambda: critic(x), lambda: critic(y), kept) == []


class OverItsSlope(nn.Module):
    """Divides scores by the length of their gradient, computed in the forward pass."""

    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def forward(self, x):
        with torch.enable_grad():
            watched = x.detach().requires_grad_(True)
            scores = self.inside(watched)
            (slopes,) = torch.autograd.grad(scores.sum(), watched, create_graph=True)
        return scores / (1 + slopes.norm(dim=1, keepdim=True))


def test_a_gradient_taken_in_the_forward_pass_is_not_cut_off():
    critic = OverItsSlope(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)))
    x = torch.randn(4, 2)
    assert differing_layers(critic, lambda: critic(x), lambda: critic(x)) == []
    y = torch.cat([x[:2], torch.randn(2, 2)])
    kept = torch.tensor([True, True, False, False])
    assert differing_layers(critic, lambda: critic(x), lambda: critic(y), kept) == []


@pytest.mark.parametrize("layer", [nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.5))])
def test_what_takes_the_gradient_of_a_differing_layer_is_not_blamed(layer):
    critic = nn.Sequential(OverItsSlope(nn.Sequential(nn.Linear(2, 30), layer, nn.Tanh(), nn.Linear(30, 1))))
    x = torch.randn(4, 2)
    path = "0.inside.1" + ".0" * isinstance(layer, nn.Sequential)
    assert differing_layers(critic, lambda: critic(x), lambda: critic(x)) == [path]


@pytest.mark.parametrize("place", ["1.0", ""])
def test_the_failing_layer_is_the_innermost_being_called(place):
    bad = nn.Linear(7, 7) if place else nn.Identity()
    critic = nn.Sequential(nn.Linear(2, 3), nn.Sequential(bad), nn.Linear(3, 1))

    def run():
        critic(torch.randn(4, 2))
        raise ValueError

    path, error = failing_layer(critic, run)
    assert path == place
    assert isinstance(error, RuntimeError if place else ValueError)
    assert failing_layer(nn.Linear(2, 1), lambda: None) is None


def test_floating_tensors_anywhere_are_found():
    assert len(tensors_of({"a": (torch.ones(2), None, 3), "b": torch.ones(2, dtype=torch.long)})) == 1
