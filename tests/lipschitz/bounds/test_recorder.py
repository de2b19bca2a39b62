"""What is noted of a critic's operations, and what the refusals say."""

import pytest
import torch
from torch import nn

from lipschitz import BoundError


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x)[0]


class First(nn.Module):
    def forward(self, pair):
        return pair[0]


REFUSED = [
    (nn.Sequential(nn.Linear(4, 4), nn.LSTM(4, 2), First()), r"layer '1' \(LSTM\).*'lstm'"),
    (nn.Sequential(nn.Linear(4, 4), nn.GRU(4, 2), First()), r"layer '1' \(GRU\)"),
    (nn.Sequential(nn.Sequential(Attending())), r"layer '0.0.attention' \(MultiheadAttention\)"),
    (nn.Sequential(nn.TransformerEncoderLayer(4, 2, 8)), "layer '0"),
    (nn.Sequential(nn.Linear(4, 4), nn.Softmax(-1), nn.Hardshrink()), r"layer '2' \(Hardshrink\)"),
]


@pytest.mark.parametrize(("critic", "message"), REFUSED)
def test_refusals_name_the_layer_and_what_to_do(critic, message, bound, norm):
    with pytest.raises(BoundError, match=message) as refused:
        bound(critic.double(), (2, 3, 4), norm)
    assert "rule_for" in str(refused.value)
    assert "lipschitz_bound" in str(refused.value)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (
            lambda x: nn.functional.scaled_dot_product_attention(x, x, x),
            "attention has no global Lipschitz constant",
        ),
        (lambda x: x**2, "slope is not bounded"),
        (lambda x: x.floor(), "jumps"),
        (lambda x: x * x, "product of two values"),
    ],
)
def test_refusals_give_reasons(function, reason, bound, norm):
    with pytest.raises(BoundError, match=reason):
        bound(function, (1, 3, 4), norm)


def test_values_handed_to_python_are_refused_at_once(bound, norm):
    class Choosing(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    with pytest.raises(BoundError, match=r"layer '0' \(Choosing\).*'__bool__'.*Python"):
        bound(nn.Sequential(Choosing()), (1, 3), norm)


def test_parts_that_do_not_reach_the_result_need_no_bound(bound, norm):
    def function(x):
        x.square().sum()
        torch.zeros_like(x)
        return 3 * x[:, : x.shape[1] - 1].reshape(len(x), -1)

    assert bound(function, (1, 3), norm) == pytest.approx(3.0)


def test_work_in_place_is_followed(bound, norm):
    def function(x):
        y = x * 2
        y.relu_()
        y.mul_(3)
        z = torch.nn.functional.leaky_relu(y, 0.1, inplace=True)
        return y + z

    assert bound(function, (1, 3), norm) == pytest.approx(12.0)


def test_assignments_and_writes_through_views_are_refused(bound, norm):
    def assigning(x):
        y = x * 1
        y[:, 0] = 0.0
        return y

    def viewing(x):
        y = x * 1
        y[:, :1].mul_(5)
        return y

    with pytest.raises(BoundError, match="assignment"):
        bound(assigning, (1, 3), norm)
    with pytest.raises(BoundError, match="through a view"):
        bound(viewing, (1, 3), norm)


def test_facts_about_tensors_are_answered(bound, norm):
    def function(x):
        assert (x.shape, x.ndim, x.dim(), x.size(1), len(x), x.numel()) == ((1, 3), 2, 2, 3, 1, 3)
        assert x.dtype == torch.float64
        assert x.is_floating_point()
        assert not x.is_cuda
        assert x.device.type == "cpu"
        return x.new_ones(3) + x

    assert bound(function, (1, 3), norm) == pytest.approx(1.0)
