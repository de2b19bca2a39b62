"""SN-GAN's pair, layer by layer."""

import pytest
import torch
import torch.nn.functional as F

import lipschitz
from lipschitz_trainers import registry


def build(name, i, o, **fields):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return registry.build("network", name, width=2, **fields).build(i, o).double()


def test_the_critic_written_out():
    critic = build("sngan_critic", (3, 32, 32), ())
    convs = [m for m in critic.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [(m.out_channels, m.kernel_size[0]) for m in convs] == [
        (2, 3),
        (4, 4),
        (4, 3),
        (8, 4),
        (8, 3),
        (16, 4),
        (16, 3),
    ]
    x = h = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    for i, layer in enumerate(convs):
        h = F.leaky_relu(F.conv2d(h, layer.weight, layer.bias, stride=1 + i % 2, padding=1), 0.1)
    assert h.shape == (2, 16, 4, 4)
    torch.testing.assert_close(critic(x), h.flatten(1) @ critic[-1].score.weight[0])


@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_the_generator_starts_at_an_eighth_and_ends_with_a_convolution(normalization):
    generator = build("sngan_generator", (6,), (3, 32, 32), normalization=normalization)
    ups = [m for m in generator.modules() if isinstance(m, torch.nn.ConvTranspose2d)]
    assert [(m.in_channels, m.out_channels) for m in ups] == [(16, 8), (8, 4), (4, 2)]
    norms = [m for m in generator.modules() if isinstance(m, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d)]
    assert [m.num_features for m in norms] == ([256, 8, 4, 2] if normalization == "batch" else [])


def test_spectral_normalization_takes_the_critic():
    critic = build("sngan_critic", (3, 16, 16), ())
    x = torch.randn(4, 3, 16, 16, dtype=torch.float64)
    prepared = lipschitz.build("spectral_norm").prepare(critic, lipschitz.Batch(real=x, fake=-x))
    weights = [m.weight for m in prepared.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(weights) == 8
    prepared(x).sum().backward()
