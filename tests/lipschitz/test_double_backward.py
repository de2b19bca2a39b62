"""What has no second derivative is computed by its formula while a critic is called, and not a moment longer."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
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
        entered = []
        for _ in range(5):
            with double_backward(critic, CPU, graph=False):
                critic(torch.zeros(1, 2))
                entered.append(bool(modes()))
        assert entered == [True] * 5 if distances else entered == [True, True, True, False, True], (
            "calls 0, 1, 2, 4, ..."
        )
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


class Switched(nn.Module):
    """Attention that is switched on in the middle of training."""

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(4, 12)
        self.score = nn.Linear(4, 1)
        self.attends = False

    def forward(self, x):
        if self.attends:
            x = F.scaled_dot_product_attention(*self.project(x).chunk(3, -1))
        return self.score(x.mean(1))


def test_attention_may_be_switched_on_later():
    critic = Switched()
    points = torch.randn(3, 5, 4)
    for _ in range(4):
        gradient_norms(critic, points).sum().backward()
    critic.attends = True
    gradient_norms(critic, points).sum().backward()
    assert critic.project.weight.grad.any()
    grown = nn.Sequential(nn.Linear(4, 4), nn.Flatten(), nn.Linear(20, 1))
    gradient_norms(grown, points).sum().backward()
    grown.insert(1, nn.TransformerEncoderLayer(4, 2, 8, batch_first=True))
    gradient_norms(grown, points).sum().backward()


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # PyTorch's own, while it compiles a part
def test_critics_compiled_in_place_are_computed_eagerly():
    points = torch.randn(3, 2)
    whole = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    part = nn.Sequential(nn.Linear(2, 4), torch.compile(nn.ReLU(), backend="aot_eager"), nn.Linear(4, 1))
    part.load_state_dict(whole.state_dict())
    want = gradient_norms(whole, points)
    whole.compile(backend="aot_eager")
    for critic in (whole, part):
        critic(points)
        slopes = gradient_norms(critic, points)
        torch.testing.assert_close(slopes, want)
        slopes.sum().backward()
        assert critic[0].weight.grad.any()


def test_the_kernels_of_attention_are_those_of_before_afterwards_and_after_an_error():
    kernels = torch.backends.cuda

    def allowed():
        return (kernels.flash_sdp_enabled(), kernels.mem_efficient_sdp_enabled(), kernels.math_sdp_enabled())

    before = allowed()
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        inside = allowed()
        with pytest.raises(ZeroDivisionError), double_backward(nn.Linear(2, 1), CPU):
            assert allowed() == (False, False, True)
            _ = 1 / 0
        assert allowed() == inside != before
    assert allowed() == before
