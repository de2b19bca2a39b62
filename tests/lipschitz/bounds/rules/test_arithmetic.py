"""Sums, products with constants, choices: equal to the dense norm where linear, never below any slope."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import BoundError
from lipschitz.testing.strategies import seeds

SHAPE = (1, 3, 4)


DRAWN = torch.randn(40, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def draw(*shape):
    return DRAWN[: math.prod(shape)].reshape(shape)


LINEAR = {
    "x + constant": lambda x: x + draw(3, 4),
    "constant + x": lambda x: draw(3, 4) + x,
    "x + number": lambda x: x + 2,
    "sum with alpha": lambda x: torch.add(x, x.flip(2), alpha=-0.7),
    "difference": lambda x: x - x.roll(1, 2),
    "number - x": lambda x: 1 - x,
    "constant - x": lambda x: draw(3, 4) - x,
    "rsub with alpha": lambda x: torch.rsub(x, x.flip(1), alpha=3),
    "-x": lambda x: -x,
    "x + x": lambda x: x + x,
    "in place": lambda x: x.clone().add_(x, alpha=2).sub_(1).mul_(3).div_(2),
    "augmented": lambda x: augmented(x),
    "broadcast x": lambda x: x[:, :1] + draw(3, 4),
    "broadcast sum": lambda x: x[:, :1] - x,
    "times a number": lambda x: 2.5 * x,
    "times a constant": lambda x: draw(3, 4) * x,
    "times fewer": lambda x: x * draw(4),
    "times more": lambda x: x[:, 0:1, 0:1] * draw(5, 4),
    "times a scalar tensor": lambda x: x * torch.tensor(3),
    "times a float32 constant": lambda x: x * draw(4).float(),
    "times a mask": lambda x: x * (draw(3, 4) > 0),
    "over a number": lambda x: x / 4,
    "over a constant": lambda x: x / draw(3, 4),
    "where": lambda x: torch.where(draw(3, 4) > 0, x, x.flip(1)),
    "where or constant": lambda x: torch.where(draw(3, 4) > 0, draw(3, 4), x),
    "where wide": lambda x: torch.where(draw(3, 4) > 0, x[:, :1], 0.0),
    "masked_fill": lambda x: x.masked_fill(draw(3, 4) > 0, 7.0),
    "masked_fill wide": lambda x: x[:, :1].masked_fill(draw(3, 4) > 0, 7.0),
    "cat": lambda x: torch.cat([x, 2 * x, draw(1, 2, 4)], dim=1),
    "cat of constants and one": lambda x: torch.cat((draw(1, 2, 4), x), 1),
    "stack": lambda x: torch.stack([x, x.flip(1)], dim=-1),
    "hstack": lambda x: torch.hstack([x, x[:, :2]]),
    "sum of a list": lambda x: sum([x, x.flip(1), 0.5 * x]),
    "residual without activation": lambda x: x + 0.5 * x.roll(1, 2),
}


def augmented(x):
    y = x * 1
    y += x.flip(1)
    y *= 2
    y -= 1
    y /= 3
    return y


@pytest.mark.parametrize("name", LINEAR)
def test_linear_steps_have_their_operator_norm(name, bound, slope, norm):
    function = LINEAR[name]
    exact = slope(function, draw(*SHAPE), norm)
    limit = bound(function, SHAPE, norm)
    assert exact <= limit * (1 + 1e-9)
    assert limit <= exact * (1 + 1e-9)


@given(seed=seeds(), norm=st.sampled_from([2, 1, float("inf")]))
def test_residual_branches_are_added(seed, norm):
    from lipschitz import product_bound
    from lipschitz.testing.critics import Residual

    torch.manual_seed(seed)
    branch, score = nn.Linear(4, 4).double(), nn.Linear(4, 1).double()
    critic = nn.Sequential(Residual(branch, nn.ReLU()), score)
    norms = [float(torch.linalg.matrix_norm(layer.weight.detach(), ord=norm)) for layer in (branch, score)]
    assert product_bound(critic, torch.zeros(1, 4).double(), norm=norm) == pytest.approx(
        (1 + norms[0]) * norms[1], rel=1e-9
    )


def test_concatenated_branches_count_in_the_norm(bound, assert_bounded, norm):
    def function(x):
        return torch.cat([3 * x.relu(), 4 * x.tanh()], dim=1)

    expected = {2: 5.0, 1: 7.0}.get(norm, 4.0)
    limit, steepest = assert_bounded(function, SHAPE, norm)
    assert limit == pytest.approx(expected, rel=1e-9)
    assert steepest == pytest.approx(expected, rel=1e-3)  # near 0 both slopes are 1


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * x,
        lambda x: x.mul(x.tanh()),
        lambda x: 1 / x,
        lambda x: x / (1 + x.abs()),
        lambda x: torch.where(x > 0, x, 0.1 * x),
        lambda x: x.lerp(x.tanh(), 0.5),
        lambda x: torch.div(x, 2, rounding_mode="floor"),
        lambda x: torch.add(x, x, alpha=1) // 2,
        lambda x: x * torch.rand(3, 4, dtype=torch.float64),
        lambda x: x * torch.randn_like(x),
        lambda x: x + torch.bernoulli(x.sigmoid()),
        lambda x: torch.normal(x, 1.0),
        lambda x: x + torch.full_like(x, x.mean()),
        lambda x: x + x.new_full((3, 4), x.mean()),
    ],
)
def test_products_quotients_and_choices_by_the_input_are_refused(function, bound, norm):
    with pytest.raises(BoundError, match="no Lipschitz bound is known"):
        bound(function, SHAPE, norm)


def test_added_noise_does_not_count(bound, norm):
    def function(x):
        return 2 * (x + torch.randn_like(x) + torch.rand(3, 4, dtype=torch.float64))

    assert bound(function, SHAPE, norm) == pytest.approx(2.0, rel=1e-9)


@pytest.mark.parametrize("as_boolean", [True, False])
def test_where_as_a_method_has_the_mask_second(as_boolean, bound, norm):
    """`c.where(mask, x)` takes x where the mask is false."""
    constant = torch.zeros(3).bool() if as_boolean else torch.zeros(3).double()
    some, every = torch.tensor([True, False, True]), torch.zeros(3).bool()
    for mask in (some, every):
        assert bound(lambda x, mask=mask: constant.where(mask, 2 * x), (1, 3), norm) == pytest.approx(2.0)
        assert bound(lambda x, mask=mask: (2 * x).where(~mask, constant), (1, 3), norm) == pytest.approx(2.0)
        assert bound(
            lambda x, mask=mask: constant.where(condition=mask, other=2 * x), (1, 3), norm
        ) == pytest.approx(2.0)
        assert bound(lambda x, mask=mask: torch.where(mask, constant, 2 * x), (1, 3), norm) == pytest.approx(
            2
        )
