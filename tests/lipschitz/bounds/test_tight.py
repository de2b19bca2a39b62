"""The tighter bound: between the steepest slope and the product, exact on constructed critics."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import BatchError, BoundError, FieldError, gradient_norms, product_bound
from lipschitz.bounds import tight_bound
from lipschitz.testing.critics import CONDITIONAL, CONVOLUTIONAL, RESIDUAL
from lipschitz.testing.strategies import norms, seeds


@given(
    seed=seeds(),
    norm=norms(),
    widths=st.lists(st.integers(1, 12), min_size=0, max_size=3),
    activation=st.sampled_from([nn.ReLU(), nn.LeakyReLU(0.2), nn.Tanh(), nn.GELU(), nn.PReLU(init=-2.0)]),
)
def test_bound_is_between_slopes_and_product(seed, norm, widths, activation):
    torch.manual_seed(seed)
    sizes = [3, *widths]
    layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), activation)]
    critic = nn.Sequential(*layers, nn.Linear(sizes[-1], 1)).double()
    points = torch.randn(50, 3, dtype=torch.float64)
    steepest = float(gradient_norms(critic, points, norm=norm).detach().max())
    tight = tight_bound(critic, points, norm=norm, steps=20)
    assert steepest * (1 - 1e-9) <= tight <= product_bound(critic, points, norm=norm) * (1 + 1e-12)


def orthogonal_critic(units):
    """Return |x_1| + ... with signs: every pattern occurs, so the largest one is the constant."""
    critic = nn.Sequential(
        nn.Linear(units, 2 * units, bias=False), nn.ReLU(), nn.Linear(2 * units, 1)
    ).double()
    eye = torch.eye(units, dtype=torch.float64)
    critic[0].weight.data = torch.cat([eye, -eye])
    critic[2].weight.data = torch.arange(1.0, 2 * units + 1, dtype=torch.float64).unsqueeze(0)
    return critic


@pytest.mark.parametrize("units", [4, 12])
def test_constructed_critics_have_exactly_their_constant(units, norm):
    """Of each pair of opposite units one is active: slopes -1, ..., units or units + 1, ...; the second is larger."""
    critic = orthogonal_critic(units)
    corner = -torch.ones(1, units, dtype=torch.float64)
    exact = float(gradient_norms(critic, corner, norm=norm).detach())
    tight = tight_bound(critic, corner, norm=norm, steps=300)
    product = product_bound(critic, corner, norm=norm)
    assert exact * (1 - 1e-9) <= tight <= product
    if units == 4:  # few enough to enumerate
        assert tight <= exact * (1 + 1e-9)
    elif norm != 1:  # one certificate for all coordinates is no better than the product here
        assert tight <= 1.02 * exact < 0.9 * product


def test_perceptrons_of_usual_size_gain_much(norm):
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    tight = tight_bound(critic, torch.zeros(1, 16), norm=norm, steps=60)
    assert tight < 0.5 * product_bound(critic, torch.zeros(1, 16), norm=norm)


def test_small_convolutional_critics_are_chains(norm):
    torch.manual_seed(0)
    critic = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(3, 3, 3, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(12, 1),
    ).double()
    points = torch.randn(100, 1, 5, 5).double()
    steepest = float(gradient_norms(critic, points, norm=norm).detach().max())
    assert (
        steepest
        <= tight_bound(critic, points, norm=norm, steps=30)
        < product_bound(critic, points, norm=norm)
    )


def test_linear_and_constant_critics(norm):
    critic = nn.Linear(3, 1)
    exact = float(gradient_norms(critic, torch.zeros(1, 3), norm=norm).detach())
    assert tight_bound(critic, torch.zeros(1, 3), norm=norm) == pytest.approx(exact)
    assert tight_bound(lambda x: torch.ones(len(x)), torch.zeros(1, 3), norm=norm) == 0.0
    zero = nn.Sequential(nn.Linear(3, 40), nn.ReLU(), nn.Linear(40, 1))
    nn.init.zeros_(zero[2].weight)
    assert tight_bound(zero, torch.zeros(1, 3), norm=norm) == 0.0


def test_the_condition_of_one_sample(norm):
    critic = CONDITIONAL.build()
    points, labels = torch.zeros(2, 2), torch.eye(3)[:2]
    assert (
        0
        < tight_bound(critic, points[:1], labels[:1], norm=norm)
        <= product_bound(critic, points, labels, norm=norm)
    )
    with pytest.raises(BatchError, match="condition of one sample"):
        tight_bound(critic, points, labels, norm=norm)


def test_what_it_does_not_take_says_so():
    for example in (CONVOLUTIONAL, RESIDUAL):
        with pytest.raises(BoundError, match="product_bound"):
            tight_bound(example.build(), torch.zeros(1, *example.shape))
    with pytest.raises(FieldError, match="steps"):
        tight_bound(nn.Linear(2, 1), torch.zeros(1, 2), steps=-1)
    with pytest.raises(FieldError, match="norm must be"):
        tight_bound(nn.Linear(2, 1), torch.zeros(1, 2), norm=math.pi)


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_any_gradient_mode_around_will_do(context, norm):
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 1))
    exact = tight_bound(critic, torch.zeros(1, 3), norm=norm, steps=5)
    state = torch.get_rng_state()
    with context():
        assert tight_bound(critic, torch.zeros(1, 3), norm=norm, steps=5) == exact
    assert torch.equal(torch.get_rng_state(), state)
    assert all(parameter.grad is None for parameter in critic.parameters())


@pytest.mark.parametrize("steps", [-1, 2.5, 10.0, "3", True, None])
def test_steps_that_are_no_whole_number_are_refused(steps):
    with pytest.raises(FieldError, match="steps must be"):
        tight_bound(nn.Linear(2, 1), torch.zeros(1, 2), steps=steps)
