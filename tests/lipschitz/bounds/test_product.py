"""The product bound of whole critics: never below a slope, equal where it is tight, refused where there is none."""

import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import (
    Batch,
    BatchError,
    BoundError,
    CriticError,
    CriticOutput,
    FieldError,
    gradient_norms,
    product_bound,
)
from lipschitz.bounds.steepest import steepest_slope
from lipschitz.testing.critics import CONDITIONAL, DEFAULT_CRITICS, RECURRENT, Residual
from lipschitz.testing.strategies import batches, critics, norms, seeds, shapes


@given(data=st.data(), shape=shapes(max_side=3), norm=norms())
def test_no_slope_exceeds_the_bound(data, shape, norm):
    critic = data.draw(critics(shape=shape))
    points = data.draw(batches(shape=shape)).real
    bound = product_bound(critic, points, norm=norm)
    slopes = gradient_norms(critic, torch.cat([points, 10 * points, 0.01 * points]), norm=norm)
    assert float(slopes.detach().max()) <= bound * (1 + 1e-9)


@pytest.mark.parametrize("example", DEFAULT_CRITICS, ids=lambda example: example.name)
@given(seed=seeds(), norm=norms())
def test_no_quotient_of_example_critics_exceeds_the_bound(example, seed, norm):
    torch.manual_seed(seed)
    critic = example.build().double()
    a = torch.randn(20, *example.shape, dtype=torch.float64)
    b = a + 10 ** (-6 * torch.rand(20, *[1] * len(example.shape)).double()) * torch.randn_like(a)
    with torch.no_grad():
        difference = (critic(a) - critic(b)).flatten().abs()
    quotients = difference / torch.linalg.vector_norm((a - b).flatten(1), ord=norm, dim=1)
    assert float(quotients.max()) <= product_bound(critic, a, norm=norm) * (1 + 1e-6)


@given(seed=seeds(), shape=shapes(max_side=4), norm=norms())
def test_linear_critics_have_exactly_their_dual_norm(seed, shape, norm):
    torch.manual_seed(seed)
    critic = nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), 5), nn.Linear(5, 1)).double()
    point = torch.randn(1, *shape, dtype=torch.float64)
    exact = float(gradient_norms(critic, point, norm=norm).detach())
    assert product_bound(critic, point, norm=norm) == pytest.approx(exact, rel=1e-9)


@given(seed=seeds(), depth=st.integers(1, 4))
def test_orthogonal_layers_without_loss_are_tight(seed, depth):
    """|x| layer by layer keeps lengths along a nonnegative direction, so the product is reached."""
    torch.manual_seed(seed)
    layers = []
    for _ in range(depth):
        layer = nn.Linear(4, 4, bias=False).double()
        layer.weight.data = torch.eye(4, dtype=torch.float64)[torch.randperm(4)] * 1.7
        layers += [layer, nn.ReLU()]
    last = nn.Linear(4, 1, bias=False).double()
    last.weight.data = torch.rand(1, 4).double() + 0.1
    critic = nn.Sequential(*layers, last)
    point = torch.rand(1, 4).double() + 0.1
    exact = float(gradient_norms(critic, point).detach())
    assert product_bound(critic, point) == pytest.approx(exact, rel=1e-9)


def product_of_norms(critic, norm):
    weights = [layer.weight.detach().double() for layer in critic.modules() if isinstance(layer, nn.Linear)]
    return math.prod(float(torch.linalg.matrix_norm(weight, ord=norm)) for weight in weights)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_perceptrons_have_the_product_of_their_layers(dtype, norm):
    critic = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 10), nn.Tanh(), nn.Linear(10, 1)).to(
        dtype
    )
    found = product_bound(critic, torch.zeros(7, 3, dtype=dtype), norm=norm)
    assert found == pytest.approx(
        product_of_norms(critic, norm), rel=1e-9 if dtype == torch.float64 else 1e-6
    )


@given(seed=seeds(), norm=norms(), width=st.integers(1, 40))
def test_slopes_measured_in_float32_stay_below_the_bound_of_linear_critics(seed, norm, width):
    torch.manual_seed(seed)
    critic = nn.Linear(width, 1)
    point = torch.randn(1, width)
    slope = float(gradient_norms(critic, point, norm=norm).detach())
    assert slope <= product_bound(critic, point, norm=norm) <= slope * (1 + 1e-6)


@given(data=st.data(), norm=norms())
def test_the_steepest_slope_is_never_above(data, norm):
    critic = data.draw(critics(shape=(3,)))
    points = data.draw(batches(shape=(3,))).real
    lower = steepest_slope(critic, points, norm=norm, steps=5)
    assert lower.value <= product_bound(critic, points, norm=norm)


def test_lipschitz_constant_of_a_saturated_output_counts_its_slope(norm):
    critic = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid(), nn.Flatten(0))
    found = product_bound(critic, torch.zeros(1, 3), norm=norm)
    assert found == pytest.approx(product_of_norms(critic, norm) / 4, rel=1e-6)


def test_conditions_are_held_fixed(norm):
    critic = CONDITIONAL.build().double()
    points, labels = torch.randn(5, 2).double(), torch.eye(3).double()[[0, 1, 2, 0, 1]]
    found = product_bound(critic, points, labels, norm=norm)
    hidden = critic.hidden.weight.detach()[:, :2]
    exact = float(torch.linalg.matrix_norm(hidden, ord=norm)) * float(
        torch.linalg.matrix_norm(critic.score.weight.detach(), ord=norm)
    )
    assert found == pytest.approx(exact, rel=1e-9)
    assert product_bound(critic, Batch(real=points, condition=(labels,)), norm=norm) == found
    with pytest.raises(BatchError, match="inside it"):
        product_bound(critic, Batch(real=points, condition=(labels,)), labels)


def test_conditions_that_scale_count_at_their_largest(norm):
    def critic(x, gain):
        return (gain * x).sum(1)

    gains = torch.tensor([[1.0], [-5.0], [2.0]])
    expected = 5 * {2: math.sqrt(4), 1: 1.0}.get(norm, 4.0)
    assert product_bound(critic, torch.zeros(3, 4), gains, norm=norm) == pytest.approx(expected)


def test_only_the_scores_count(norm):
    class WithMore(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Linear(3, 1)

        def forward(self, x):
            return CriticOutput(self.score(x), logits=x.square(), features=x @ x.T)

    critic = WithMore()
    assert product_bound(critic, torch.zeros(1, 3), norm=norm) == pytest.approx(
        product_of_norms(critic, norm)
    )


def test_critics_without_influence_of_the_input_are_constant(norm):
    assert product_bound(lambda x: torch.ones(len(x)), torch.zeros(3, 2), norm=norm) == 0.0
    assert product_bound(lambda x: 0.0 * x[:, 0], torch.zeros(3, 2), norm=norm) == 0.0


def test_images_and_a_vector_together(norm):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.image, self.vector = nn.Conv2d(1, 2, 3), nn.Linear(2, 8)

        def forward(self, sample):
            image, vector = sample
            return (self.image(image).flatten(1).relu() + self.vector(vector).relu()).sum(1)

    critic = Both().double()
    example = torch.randn(6, 1, 4, 4).double(), torch.randn(6, 2).double()
    slopes = gradient_norms(critic, example, norm=norm)
    assert float(slopes.detach().max()) <= product_bound(critic, example, norm=norm)


def test_weights_that_are_not_finite_are_refused(norm):
    critic = nn.Linear(2, 1)
    critic.weight.data.fill_(math.nan)
    with pytest.raises(BoundError, match="not finite"):
        product_bound(critic, torch.zeros(1, 2), norm=norm)


@pytest.mark.parametrize(
    ("critic", "example", "error", "message"),
    [
        (RECURRENT.build(), torch.zeros(1, 5, 2), BoundError, r"layer 'lstm' \(LSTM\)"),
        (
            nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1)),
            torch.zeros(4, 2),
            BoundError,
            "layer '0' .BatchNorm1d",
        ),
        (nn.Linear(2, 3), torch.zeros(4, 2), CriticError, "one score per sample"),
        (nn.Linear(2, 1), torch.zeros(0, 2), BatchError, "no sample"),
        (nn.Linear(2, 1), torch.zeros(4, 2).long(), BatchError, "floating point"),
        (nn.Linear(2, 1), [], BatchError, "no tensor"),
    ],
)
def test_what_cannot_be_bounded_says_so(critic, example, error, message):
    with pytest.raises(error, match=message):
        product_bound(critic.eval() if isinstance(critic, nn.Linear) else critic, example)


def test_unknown_norms_are_refused():
    with pytest.raises(FieldError, match="norm must be"):
        product_bound(nn.Linear(2, 1), torch.zeros(1, 2), norm=3)


def test_batch_normalized_critics_have_a_bound_in_evaluation(norm):
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1)).double()
    points = torch.randn(50, 2).double()
    critic(points)
    slopes = gradient_norms(critic.eval(), points, norm=norm)
    assert float(slopes.detach().max()) <= product_bound(critic, points, norm=norm)


def test_bounds_hold_under_autocast_and_leave_the_critic_alone(norm):
    critic = nn.Sequential(nn.Linear(3, 8), Residual(nn.ReLU(), nn.Linear(8, 8)), nn.Linear(8, 1))
    before = copy.deepcopy(critic.state_dict())
    exact = product_bound(critic, torch.zeros(1, 3), norm=norm)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert product_bound(critic, torch.zeros(1, 3), norm=norm) == exact
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())


@given(
    seed=seeds(),
    depth=st.integers(1, 24),
    width=st.integers(1, 24),
    activation=st.sampled_from([nn.Identity, nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.SiLU]),
    orthogonal=st.booleans(),
)
def test_slopes_of_deep_float32_critics_stay_below(seed, depth, width, activation, orthogonal):
    torch.manual_seed(seed)
    layers = [nn.Linear(width, width, bias=False) for _ in range(depth)]
    for layer in layers if orthogonal else []:
        nn.init.orthogonal_(layer.weight)
    critic = nn.Sequential(*[part for layer in layers for part in (layer, activation())], nn.Linear(width, 1))
    points = torch.randn(16, width) * torch.logspace(-6, 1, 16).unsqueeze(1)
    slopes = gradient_norms(critic, points).detach()
    assert float(slopes.max()) <= product_bound(critic, points)


def test_the_allowance_for_rounding_grows_with_depth():
    torch.manual_seed(3)
    critic = nn.Sequential(*[nn.Linear(64, 64, bias=False) for _ in range(20)], nn.Linear(64, 1))
    points = torch.randn(8, 64)
    steepest = steepest_slope(critic, points).value
    assert steepest <= product_bound(critic, points) <= steepest * (1 + 1e-5)


def test_products_of_many_numbers_in_float32_stay_below(norm):
    """Every factor is rounded up, and the bound has them in float64."""
    for factor in (1.1, 1.3, 0.7, 1 / 3):

        def critic(x, factor=factor):
            for _ in range(30):
                x = x * factor
            return x[:, 0]

        slope = float(gradient_norms(critic, torch.ones(1, 2), norm=norm).detach())
        assert slope <= product_bound(critic, torch.zeros(1, 2), norm=norm) <= slope * (1 + 2e-5)
