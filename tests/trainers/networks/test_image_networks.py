"""Every image network at small width: shapes, ranges, what it refuses, and how critics meet gradient penalties."""

import pytest
import torch

import lipschitz
from lipschitz import FieldError
from lipschitz.checks import samples_are_independent
from lipschitz.critic import output_of
from lipschitz_trainers import registry

GENERATORS = {
    "dcgan_generator": ({"width": 2}, (8, 9, 28, 32, 64)),
    "constant_filters_generator": ({"width": 2}, (9, 64)),
    "mlp_generator": ({"width": 16}, (5, 64)),
    "gated_generator": ({"width": 2}, (13, 64)),
    "resnet101_generator": ({"width": 4, "blocks": 1}, (8, 64)),
    "resnet64_generator": ({"width": 2}, (8, 64)),
    "cifar_dcgan_generator": ({"width": 2}, (32,)),
    "cifar_resnet_generator": ({"width": 2}, (8, 32)),
    "lsun_resnet_generator": ({"width": 2}, (16, 128)),
    "mnist_generator": ({"width": 2}, (28, 32)),
    "sngan_generator": ({"width": 2}, (24, 32)),
    "random_generator": ({"width": 2, "depth": 6}, (9, 28, 32, 64)),
}
CRITICS = {
    "dcgan_critic": ({"width": 2}, (8, 9, 28, 32, 64)),
    "gated_critic": ({"width": 2}, (13, 64)),
    "resnet101_critic": ({"width": 4, "blocks": 1}, (8, 64)),
    "resnet64_critic": ({"width": 2}, (8, 64)),
    "cifar_dcgan_critic": ({"width": 2}, (32,)),
    "cifar_resnet_critic": ({"width": 2}, (8, 12, 32)),
    "lsun_resnet_critic": ({"width": 2}, (16, 128)),
    "mnist_critic": ({"width": 2}, (28, 32)),
    "sngan_critic": ({"width": 2}, (24, 32)),
    "random_critic": ({"width": 2, "depth": 6}, (9, 28, 32, 64)),
}
SIDES = [
    (name, side) for table in (GENERATORS, CRITICS) for name, (_, sides) in table.items() for side in sides
]


def build(name, side, channels=3, **fields):
    table = GENERATORS if name in GENERATORS else CRITICS
    network = registry.build("network", name, **{**table[name][0], **fields})
    shape = (channels, side, side)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return network.build((6,), shape) if network.role == "generator" else network.build(shape, ())


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_shapes_and_ranges(name, side):
    module = build(name, side)
    if name in CRITICS:
        assert module(torch.randn(3, 3, side, side)).shape == (3,)
        return
    images = module(torch.randn(3, 6))
    assert images.shape == (3, 3, side, side)
    assert -1 <= images.min() < images.max() <= 1


@pytest.mark.parametrize("name", ["dcgan_critic", "resnet64_critic", "sngan_critic", "cifar_resnet_critic"])
def test_one_channel_is_served_too(name):
    assert build(name, 32, channels=1)(torch.randn(2, 1, 32, 32)).shape == (2,)


@pytest.mark.parametrize(
    ("name", "side", "message"),
    [
        ("dcgan_generator", 7, "H from 8 on"),
        ("dcgan_critic", 7, "H from 8 on"),
        ("resnet101_generator", 48, "H = 8, 16, 32"),
        ("resnet101_critic", 48, "H = 8, 16, 32"),
        ("resnet64_generator", 4, "H = 8, 16, 32"),
        ("resnet64_critic", 4, "H = 8, 16, 32"),
        ("cifar_resnet_generator", 28, "H = 8, 16, 32"),
        ("cifar_resnet_critic", 30, "H from 8 on, a multiple of 4"),
        ("lsun_resnet_generator", 8, "H = 16, 32, 64"),
        ("lsun_resnet_critic", 8, "H = 16, 32, 64"),
        ("sngan_generator", 28, "H from 8 on, a multiple of 8"),
        ("sngan_critic", 28, "H from 8 on, a multiple of 8"),
        ("random_generator", 8, "H from 9 on"),
        ("random_critic", 8, "H from 9 on"),
    ],
)
def test_other_sides_are_refused(name, side, message):
    with pytest.raises(
        FieldError, match=rf"{name} serves square images .*{message}.*got shape \(3, {side}, {side}\)"
    ):
        build(name, side)


@pytest.mark.parametrize("name", sorted(GENERATORS.keys() - {"mlp_generator"}))
def test_generators_take_vectors_and_make_images(name):
    network = registry.build("network", name)
    assert network.role == "generator"
    with pytest.raises(FieldError, match="takes a latent vector"):
        network.build((3, 4), (3, 32, 32))
    with pytest.raises(FieldError, match="square images"):
        network.build((4,), (2,))


@pytest.mark.parametrize("name", CRITICS)
def test_critics_return_nothing_but_scores(name):
    network = registry.build("network", name)
    assert network.role == "critic"
    with pytest.raises(FieldError, match="returns scores"):
        network.build((3, 32, 32), (2,))


NORMALIZED = {
    "dcgan_critic": 9,
    "gated_critic": 9,
    "resnet101_critic": 8,
    "resnet64_critic": 8,
    "lsun_resnet_critic": 16,
    "sngan_critic": 8,
    "random_critic": 9,
}
"""Sides at which a critic has a normalizer."""


def example(side, seed=0):
    generator = torch.Generator().manual_seed(seed)
    real, fake = (torch.randn(4, 3, side, side, generator=generator, dtype=torch.float64) for _ in range(2))
    return lipschitz.Batch(real=real, fake=fake, generator=generator)


@pytest.mark.parametrize("kind", ["layer", "batch", "none"])
@pytest.mark.parametrize(("name", "side"), NORMALIZED.items())
def test_penalties_refuse_batch_normalization_and_nothing_else(name, side, kind):
    choice = {"normalizer": kind} if name == "random_critic" else {"normalization": kind}
    if name == "random_critic" and kind == "none":
        choice = {"normalized": False}
    critic = build(name, side, **choice).double()
    penalty, batch = lipschitz.build("one_sided_gradient_penalty"), example(side)
    if kind == "batch":
        with pytest.raises(lipschitz.CoupledSamplesError, match="BatchNorm"):
            penalty.prepare(critic, batch)
        return
    assert penalty.prepare(critic, batch) is critic
    assert samples_are_independent(critic) is True
    scores = critic(batch.real)
    alone = torch.cat([critic(batch.real[i : i + 1]) for i in range(4)])
    torch.testing.assert_close(scores, alone)


@pytest.mark.parametrize("name", CRITICS)
def test_gradient_penalties_are_those_of_plain_autograd(name):
    """Whatever the engine rewrites on the way: value and parameter gradients stay."""
    side = {"lsun_resnet_critic": 16, "random_critic": 9, "mnist_critic": 9}.get(name, 8)
    critic = build(name, side).double()
    x = example(side).real.requires_grad_(True)
    parameters = list(critic.parameters())
    (slopes,) = torch.autograd.grad(output_of(critic(x), 4).scores.sum(), x, create_graph=True)
    want = slopes.flatten(1).norm(dim=1)
    got = lipschitz.gradient_norms(critic, x.detach())
    torch.testing.assert_close(got, want)
    grads = [
        torch.autograd.grad((norms - 1).square().mean(), parameters, materialize_grads=True)
        for norms in (got, want)
    ]
    assert any(grad.abs().sum() > 0 for grad in grads[1])
    torch.testing.assert_close(grads[0], grads[1])


NORMALIZED_GENERATORS = GENERATORS.keys() - {"mlp_generator", "constant_filters_generator", "mnist_generator"}


@pytest.mark.parametrize("name", sorted(NORMALIZED_GENERATORS))
def test_generators_use_the_statistics_of_the_batch_in_evaluation_too(name):
    side = {"random_generator": 9, "lsun_resnet_generator": 16}.get(name, 8)
    module, z = build(name, side), torch.randn(4, 6)
    assert not list(module.buffers())
    torch.testing.assert_close(module.eval()(z), module.train()(z))
    assert not torch.allclose(module(z)[:2], module(z[:2]))
