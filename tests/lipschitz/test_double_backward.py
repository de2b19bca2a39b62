"""What has no second derivative is computed by its formula while a critic is called, and not a moment longer."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import _get_current_function_mode_stack as modes

from lipschitz import gradient_norms
from lipschitz.double_backward import double_backward

CPU = torch.device("cpu")


class Nearest(nn.Module):
    """Distance to the nearest centre, or plainly linear."""

    def __init__(self, distances):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(3, 2))
        self.distances = distances

    def forward(self, x):
        return torch.cdist(x, self.centres).amin(1) if self.distances else (x @ self.centres.T).sum(1)


def test_distances_have_their_values():
    x, y = torch.randn(2, 4, 3), torch.randn(2, 5, 3)
    for p in (1.0, 2.0, float("inf")):
        want = torch.cdist(x, y, p)
        with double_backward(lambda: None, CPU):
            torch.testing.assert_close(torch.cdist(x, y, p), want)


def test_attention_has_its_values():
    q, k, v = torch.randn(3, 2, 4, 8).unbind(0)
    want = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    with double_backward(lambda: None, CPU):
        torch.testing.assert_close(F.scaled_dot_product_attention(q, k, v, is_causal=True), want)


def test_a_mode_is_entered_only_for_critics_that_need_it():
    for distances in (True, False):
        critic = Nearest(distances)
        for _ in range(2):
            with double_backward(critic, CPU, graph=False):
                critic(torch.zeros(1, 2))
                entered = len(modes())
        assert bool(entered) is distances
        assert not modes()


def test_nothing_is_left_behind_by_an_error():
    critic = Nearest(True)
    try:
        with double_backward(critic, CPU):
            critic(torch.zeros(1, 7))
    except RuntimeError:
        pass
    assert not modes()
    assert gradient_norms(critic, torch.ones(1, 2)).isfinite().all()
