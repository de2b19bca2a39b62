"""f-GANs: losses, gradients, and the standard game as one of them."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import Batch, CriticOutput, FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.truth.f_divergences import DIVERGENCES

SCORES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=2)


def build(**fields):
    return registry.build("objective", "f_divergence", **fields)


def losses(objective, real, fake):
    """Return both losses with their gradients by the scores: real, fake, and fake of the generator."""
    r, f, g = (torch.tensor(values, requires_grad=True) for values in (real, fake, fake))
    batch = Batch(real=torch.zeros(len(real), 1))
    critic = objective.critic_loss(CriticOutput(r), CriticOutput(f), batch)
    generator = objective.generator_loss(CriticOutput(g), batch)
    assert critic.shape == generator.shape == r.shape
    (critic.sum() + generator.sum()).backward()
    return critic, generator, r.grad, f.grad, g.grad


@pytest.mark.parametrize(
    ("generator", "same"), [("saturating", "minimax"), ("non_saturating", "non_saturating")]
)
@given(real=SCORES, fake=SCORES)
def test_gan_is_the_standard_game(generator, same, real, fake):
    found = losses(build(divergence="gan", generator=generator), real, fake)
    want = losses(registry.build("objective", same), real, fake)
    for ours, theirs in zip(found, want, strict=True):
        assert torch.isfinite(ours).all()
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("name", sorted(DIVERGENCES))
@pytest.mark.parametrize("generator", ["saturating", "non_saturating"])
@given(real=st.floats(-1.9, 6), fake=st.floats(-1.9, 6))
def test_gradients_are_those_of_differences_and_have_the_right_sign(name, generator, real, fake):
    objective = build(divergence=name, generator=generator)
    r, f = (torch.tensor([x], dtype=torch.float64, requires_grad=True) for x in (real, fake))
    batch = Batch(real=torch.zeros(1, 1, dtype=torch.float64))

    def critic(a, b):
        return objective.critic_loss(CriticOutput(a), CriticOutput(b), batch)

    def of_generator(b):
        return objective.generator_loss(CriticOutput(b), batch)

    assert torch.autograd.gradcheck(critic, (r, f))
    assert torch.autograd.gradcheck(of_generator, (f,))
    # The critic raises real scores and lowers fake ones, the generator raises its own.
    assert torch.autograd.grad(critic(r, f), r)[0] < 0
    assert torch.autograd.grad(critic(r, f), f)[0] > 0
    assert torch.autograd.grad(of_generator(f), f)[0] < 0


@pytest.mark.parametrize("name", sorted(set(DIVERGENCES) - {"total_variation"}))
@settings(deadline=None, max_examples=20)
@given(weights=st.lists(st.floats(0.05, 1), min_size=6, max_size=6))
def test_the_optimal_critic_on_a_finite_set_is_the_derivative_at_the_ratio(name, weights):
    p, q = (torch.tensor(part, dtype=torch.float64) for part in (weights[:3], weights[3:]))
    p, q = p / p.sum(), q / q.sum()
    objective, divergence = build(divergence=name), DIVERGENCES[name]
    scores = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [scores], max_iter=200, tolerance_grad=1e-12, tolerance_change=1e-16, line_search_fn="strong_wolfe"
    )
    batch = Batch(real=torch.zeros(3, 1, dtype=torch.float64))
    nothing = CriticOutput(torch.zeros(3, dtype=torch.float64))

    def loss():
        # Losses add up over real and fake samples: weighted one by one, by p and by q.
        optimizer.zero_grad()
        on_real = objective.critic_loss(CriticOutput(scores), nothing, batch)
        on_fake = objective.critic_loss(nothing, CriticOutput(scores), batch)
        value = (p * on_real + q * on_fake).sum()
        value.backward()
        return value

    optimizer.step(loss)
    torch.testing.assert_close(
        divergence.activation(scores.detach()), divergence.derivative(p / q), atol=1e-4, rtol=1e-4
    )


def test_an_unknown_divergence_is_refused():
    with pytest.raises(FieldError, match="divergence"):
        build(divergence="wasserstein")
