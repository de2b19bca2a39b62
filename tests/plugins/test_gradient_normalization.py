"""Gradient normalization: the published quotient, its slope by closed form, one pass, and what it is not."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrize

import lipschitz
from lipschitz import (
    Batch,
    BoundError,
    CompositionError,
    CoupledSamplesError,
    CriticError,
    CriticOutput,
    gradient_norms,
)
from lipschitz.testing.critics import CONDITIONAL, CONVOLUTIONAL, DEFAULT_CRITICS, RECURRENT
from lipschitz.testing.strategies import PIECEWISE_LINEAR, batches, critics, weights


def normalized(critic, example=None):
    return lipschitz.build("gradient_normalization").prepare(critic, example)


@given(critic=critics((3,)), batch=batches((3,)))
def test_it_is_the_score_over_gradient_norm_plus_size(critic, batch):
    f = critic(batch.real).detach().reshape(-1).numpy()
    slope = gradient_norms(critic, batch.real).detach().numpy()
    got = normalized(critic)(batch.real)
    size = slope + np.abs(f)
    want = np.where(size > 0, f / np.where(size > 0, size, 1), 0)
    np.testing.assert_allclose(got.detach().reshape(-1).numpy(), want, rtol=1e-9, atol=1e-12)
    assert (got.abs() <= 1).all()


@given(a=weights((1, 2)), b=st.floats(-5, 5), x=weights((4, 2)))
def test_of_a_linear_critic_score_and_slope_are_known(a, b, x):
    critic = nn.Linear(2, 1, dtype=torch.float64)
    critic.weight.data.copy_(a)
    critic.bias.data.fill_(b)
    g, f = float(a.norm()), (x @ a[0] + b)
    if g < 1e-3:
        return
    wrapped = normalized(critic)
    torch.testing.assert_close(wrapped(x)[:, 0].detach(), f / (g + f.abs()))
    # The derivative of f / (g + |f|) by f, times the slope g of f.
    torch.testing.assert_close(gradient_norms(wrapped, x).detach(), (g / (g + f.abs())) ** 2)


@given(critic=critics((2,), activations=PIECEWISE_LINEAR, max_depth=1), batch=batches((2,)))
def test_where_the_critic_is_linear_the_slope_is_the_square_of_a_share(critic, batch):
    f, g = critic(batch.real).detach().reshape(-1).abs(), gradient_norms(critic, batch.real).detach()
    slopes = gradient_norms(normalized(critic), batch.real).detach()
    assert (slopes <= 1 + 1e-9).all()
    steep = g > 1e-6
    torch.testing.assert_close(slopes[steep], ((g / (g + f)) ** 2)[steep], rtol=1e-6, atol=1e-9)


def test_at_a_kink_it_jumps_as_documented():
    class Kink(nn.Module):
        def forward(self, x):
            return 1 + torch.where(x > 0, 3 * x, x)[:, 0]

    x = torch.tensor([[-1e-6], [1e-6]], dtype=torch.float64)
    a, b = normalized(Kink())(x).tolist()
    assert a - b == pytest.approx(1 / 2 - 1 / 4, abs=1e-4), "no Lipschitz constant, however small the slopes"
    assert lipschitz.build("gradient_normalization").guarantee == "none"
    with pytest.raises(BoundError):
        lipschitz.product_bound(normalized(nn.Linear(2, 1)), x.expand(2, 2))


@given(critic=critics((2,)), batch=batches((2,)), factor=st.floats(0.1, 10))
def test_the_scale_of_the_scores_does_not_matter(critic, batch, factor):
    once = normalized(critic)(batch.real).detach()

    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = critic

        def forward(self, x):
            return factor * self.inside(x)

    torch.testing.assert_close(normalized(Scaled())(batch.real).detach(), once, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("example", [*DEFAULT_CRITICS, RECURRENT, CONDITIONAL], ids=lambda e: e.name)
def test_every_engine_and_no_grad_agree_and_parameters_learn(example):
    critic = example.build().double()
    x = torch.randn(3, *example.shape, dtype=torch.float64)
    condition = tuple(torch.randn(3, *tail, dtype=torch.float64) for tail in example.condition)
    wrapped = normalized(critic, Batch(real=x, condition=condition))
    scores = wrapped(x, *condition)
    with torch.no_grad():
        evaluated = wrapped(x, *condition)
    torch.testing.assert_close(evaluated, scores.detach())
    assert not evaluated.requires_grad
    scores.sum().backward()
    assert all(parameter.grad is not None for parameter in critic.parameters())
    norms = [gradient_norms(wrapped, x, *condition, engine=engine) for engine in ("batched", "loop")]
    torch.testing.assert_close(norms[0], norms[1])
    if example is not RECURRENT:  # vmap has no rule for it
        torch.testing.assert_close(gradient_norms(wrapped, x, *condition, engine="vmap"), norms[0])


def test_gradients_by_parameters_are_those_of_finite_differences():
    torch.manual_seed(1)
    critic = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    wrapped, x = normalized(critic), torch.randn(3, 2, dtype=torch.float64)
    weight = critic[0].weight
    wrapped(x).sum().backward()
    for i, j in ((0, 0), (3, 1)):
        values = []
        for step in (1e-6, -2e-6):
            with torch.no_grad():
                weight[i, j] += step
            values.append(float(wrapped(x).sum().detach()))
        with torch.no_grad():
            weight[i, j] += 1e-6
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(float(weight.grad[i, j]), rel=1e-5)


def test_the_generator_gets_its_gradient_through_the_samples():
    wrapped = normalized(nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)))
    shift = torch.zeros(2, requires_grad=True)
    wrapped(torch.randn(3, 2) + shift).sum().backward()
    assert shift.grad.abs().max() > 0


def test_score_and_gradient_come_from_one_pass():
    class Counted(nn.Module):
        calls = 0

        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(2, 64), nn.Dropout(0.5), nn.Linear(64, 1, bias=False))

        def forward(self, x):
            Counted.calls += 1
            return self.net(x)

    wrapped, x = normalized(Counted()), torch.randn(5, 2)
    torch.manual_seed(3)
    got = wrapped(x)
    assert Counted.calls == 1, "with dropout, two passes would be of two functions"
    torch.manual_seed(3)
    watched = x.clone().requires_grad_()
    f = wrapped.critic(watched)
    slope = torch.autograd.grad(f.sum(), watched)[0].norm(dim=1)
    torch.testing.assert_close(got[:, 0], f[:, 0] / (slope + f[:, 0].abs()))


def test_logits_and_features_pass_through_and_trees_are_samples():
    class Rich(nn.Module):
        def forward(self, pair):
            f = pair["a"].sum(1) + 2 * pair["b"]
            return CriticOutput(f, features=pair["a"])

    pair = {"a": torch.randn(4, 3), "b": torch.randn(4)}
    out = normalized(Rich())(pair)
    f = pair["a"].sum(1) + 2 * pair["b"]
    torch.testing.assert_close(out.scores, f / (math.sqrt(3 + 4) + f.abs()))
    assert torch.equal(out.features, pair["a"])
    assert out.logits is None


def test_a_flat_critic_scores_zero_or_one_and_nothing_is_nan():
    for bias, want in ((0.0, 0.0), (2.0, 1.0), (-2.0, -1.0)):
        critic = nn.Linear(2, 1)
        nn.init.zeros_(critic.weight)
        nn.init.constant_(critic.bias, bias)
        wrapped = normalized(critic)
        scores = wrapped(torch.randn(3, 2))
        assert scores.flatten().tolist() == [want] * 3
        norms = gradient_norms(wrapped, torch.randn(3, 2))
        (scores.sum() + norms.sum()).backward()
        assert all(parameter.grad.isfinite().all() for parameter in critic.parameters())


def test_paths_modes_and_buffers_are_those_of_the_critic_inside():
    critic = CONVOLUTIONAL.build().eval()
    wrapped = normalized(critic)
    assert [f"critic.{name}" for name in critic.state_dict()] == list(wrapped.state_dict())
    assert wrapped.critic is critic
    assert not wrapped.training
    wrapped.train()
    assert critic.training


@pytest.mark.parametrize("inside", ["spectral_norm", "orthogonal"])
def test_compiled_code_gives_the_same_with_reparametrized_weights_inside(inside):
    batch = Batch(real=torch.randn(4, 2, dtype=torch.float64))
    both = lipschitz.compose(lipschitz.build(inside), lipschitz.build("gradient_normalization"))

    def trained(backend):
        torch.manual_seed(0)
        critic = both.prepare(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)).double(), batch)

        def loss():
            with parametrize.cached():
                return critic(batch.real).sum() - critic(-batch.real).sum()

        torch._dynamo.reset()
        (torch.compile(loss, fullgraph=True, backend=backend) if backend else loss)().backward()
        return torch.cat([parameter.grad.flatten() for parameter in critic.parameters()])

    torch.testing.assert_close(trained("aot_eager"), trained(None))


# --- what is refused ---


def test_what_it_refuses():
    constraint = lipschitz.build("gradient_normalization")
    wrapped = constraint.prepare(nn.Linear(2, 1))
    with pytest.raises(CriticError, match="already normalized by its gradient"):
        constraint.prepare(wrapped)
    with pytest.raises(CriticError, match="already normalized by its gradient"):
        constraint.prepare(nn.Sequential(wrapped))
    with pytest.raises(CoupledSamplesError, match="layer '1'"):
        constraint.prepare(nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)))
    with pytest.raises(CompositionError, match="'gradient_normalization' is named twice"):
        lipschitz.compose(constraint, constraint)


@pytest.mark.parametrize(
    "other", ["spectral_norm", "weight_clipping", "l2_weight_decay", "one_sided_gradient_penalty"]
)
@pytest.mark.parametrize("first", [True, False])
def test_it_goes_with_every_kind_of_constraint(other, first):
    parts = [lipschitz.build("gradient_normalization"), lipschitz.build(other)]
    both = lipschitz.compose(*(parts if first else parts[::-1]))
    batch = Batch(real=torch.randn(4, 2), fake=torch.randn(4, 2))
    critic = both.prepare(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)), batch)
    optimizer = torch.optim.Adam(critic.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        loss = critic(batch.fake).mean() - critic(batch.real).mean() + both.penalty(critic, batch).mean()
        loss.backward()
        optimizer.step()
        both.project(critic)
    assert loss.isfinite()
    assert critic(batch.real).abs().max() <= 1


def test_scores_are_the_same_with_and_without_gradients_and_in_inference_mode():
    critic = lipschitz.build("gradient_normalization").prepare(
        nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    )
    points = torch.randn(5, 3)
    want = critic(points).detach()
    with torch.no_grad():
        assert torch.equal(critic(points), want)
    with torch.inference_mode():
        assert torch.equal(critic(points), want)
        assert torch.equal(critic(points.clone()), want)  # an inference tensor
    assert not torch.equal(want, want.sign())
