"""What is noted of a critic's operations, and what the refusals say."""

import math

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


@pytest.mark.parametrize(
    "alias",
    [
        lambda y: y.data,
        lambda y: y.detach(),
        lambda y: y.variable_data() if hasattr(y, "variable_data") else y.data,
        lambda y: y.data[:, :1],
        lambda y: y.view(-1).data,
    ],
)
def test_writes_through_aliases_are_refused(alias, bound, norm):
    def function(x):
        y = x * 1
        alias(y).mul_(5)
        return y

    with pytest.raises(BoundError, match="through a view"):
        bound(function, (1, 3), norm)


def test_assigned_data_is_refused(bound, norm):
    def function(x):
        y = x * 1
        y.data = x * 5
        return y

    with pytest.raises(BoundError):
        bound(function, (1, 3), norm)


def test_data_that_is_only_read_is_a_copy(bound, norm):
    assert bound(lambda x: x.data * 2, (1, 3), norm) == pytest.approx(2.0)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "function",
    [
        lambda x, wrong: nn.functional.prelu(x, torch.tensor([wrong]).double()),
        lambda x, wrong: nn.functional.prelu(x, torch.tensor([0.1, wrong, 0.3]).double()),
        lambda x, wrong: nn.functional.leaky_relu(x, wrong),
        lambda x, wrong: nn.functional.elu(x, wrong),
        lambda x, wrong: torch.add(x, x, alpha=wrong),
        lambda x, wrong: torch.add(torch.ones(3), x, alpha=wrong),
        lambda x, wrong: x * wrong,
        lambda x, wrong: x * torch.tensor([1.0, wrong, 1.0]),
        lambda x, wrong: nn.functional.batch_norm(
            x, torch.zeros(3).double(), torch.ones(3).double(), torch.tensor([1.0, wrong, 1.0]).double()
        ),
        lambda x, wrong: nn.functional.layer_norm(x, (3,), torch.tensor([1.0, wrong, 1.0]).double()),
        lambda x, wrong: torch.cat([x, nn.functional.linear(x, torch.full((2, 3), wrong).double())], 1),
    ],
)
def test_parameters_that_are_not_finite_are_refused(function, wrong, bound, norm):
    with pytest.raises(BoundError, match="not finite"):
        bound(lambda x: function(x, wrong), (2, 3), norm)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: nn.functional.celu(x, math.nan),
        lambda x: nn.functional.softplus(x, math.nan),
        lambda x: x.clamp(math.nan, 1.0),
        lambda x: x + math.nan,
        lambda x: torch.maximum(x, torch.full((3,), math.nan).double()),
    ],
)
def test_results_that_are_no_numbers_are_refused(function, bound, norm):
    with pytest.raises(BoundError, match="not finite"):
        bound(function, (2, 3), norm)


def test_infinite_arguments_that_do_no_harm_are_taken(bound, norm):
    assert bound(lambda x: x.clamp(-math.inf, 1.0), (1, 3), norm) == 1.0
    mask = torch.tensor([True, False, False])
    assert bound(lambda x: torch.softmax(x.masked_fill(mask, -math.inf), -1), (1, 3), norm) == pytest.approx(
        0.5
    )
