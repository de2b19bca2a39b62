"""The autoencoder as critic: errors of reconstruction, codes, gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lipschitz
from lipschitz import CriticOutput, FieldError
from lipschitz_trainers import registry


def build(shape=(2,), **fields):
    fields = {"width": 8, "code": 3, **fields}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return registry.build("network", "autoencoder_energy", **fields).build(shape, ()).double()


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@settings(deadline=None, max_examples=20)
@given(shape=st.sampled_from([(2,), (1, 4, 4)]), code=st.integers(1, 5), depth=st.integers(0, 2))
def test_scores_are_minus_the_distance_to_the_reconstruction(shape, code, depth):
    critic = build(shape, code=code, depth=depth)
    x = drawn(5, *shape)
    output = critic(x)
    assert isinstance(output, CriticOutput)
    assert output.features.shape == (5, code)
    assert torch.equal(output.features, critic.encoder(x))
    for row, score in zip(x, output.scores, strict=True):
        back = critic.decoder(critic.encoder(row[None]))[0]
        assert score.item() == pytest.approx(-((back - row) ** 2).sum().sqrt().item(), rel=1e-9)


def test_an_identity_has_no_energy_and_still_a_gradient():
    critic = build(code=2, depth=0)
    with torch.no_grad():
        for half in (critic.encoder, critic.decoder):
            half.layers[0].weight.copy_(torch.eye(2))
    output = critic(drawn(4, 2))
    assert torch.equal(output.scores, torch.zeros(4, dtype=torch.float64))
    output.scores.sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in critic.parameters())


def test_penalties_and_gradient_norms_see_its_scores():
    critic = build()
    x = drawn(6, 2)
    want = torch.autograd.grad(critic(x.requires_grad_(True)).scores.sum(), x)[0].norm(dim=1)
    torch.testing.assert_close(lipschitz.gradient_norms(critic, x.detach()), want)
    batch = lipschitz.Batch(real=3 * drawn(6, 2, seed=1), fake=drawn(6, 2, seed=2))
    lipschitz.build("two_sided_gradient_penalty").penalty(critic, batch).mean().backward()
    assert any(parameter.grad.abs().sum() > 0 for parameter in critic.parameters())


def test_it_serves_nothing_but_critics():
    network = registry.build("network", "autoencoder_energy")
    assert network.role == "critic"
    with pytest.raises(FieldError, match=r"returns scores, it cannot serve outputs of shape \(2,\)"):
        network.build((2,), (2,))
