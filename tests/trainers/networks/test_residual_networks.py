"""The residual networks for larger images: channels and sides from block to block."""

import pytest
import torch

from lipschitz_trainers import registry
from lipschitz_trainers.networks.layers.residual import ResidualBlock


def stages(name, side, **fields):
    """Channels and side of what every block returns, at full width and depth unless said; nothing is computed."""
    network = registry.build("network", name, **fields)
    latent = network.role == "generator"
    shape, seen = (3, side, side), []
    with torch.device("meta"):
        module = network.build((128,), shape) if latent else network.build(shape, ())
        for block in module:
            if isinstance(block, ResidualBlock):
                block.register_forward_hook(lambda *call: seen.append(tuple(call[-1].shape[1:3])))
        module(torch.empty(2, 128) if latent else torch.empty(2, *shape))
    return seen


def test_the_pair_for_64x64():
    assert stages("resnet64_generator", 64) == [(512, 8), (256, 16), (128, 32), (64, 64)]
    assert stages("resnet64_critic", 64) == [(128, 32), (256, 16), (512, 8), (512, 4)]


def test_the_pair_for_128x128():
    assert stages("lsun_resnet_generator", 128) == [(512, 8), (256, 16), (128, 32), (64, 64)]
    assert stages("lsun_resnet_critic", 128) == [(256, 32), (512, 16), (1024, 8), (1024, 8), (1024, 8)]


def test_the_101_layers():
    rising = [(512, 4), (256, 8), (128, 16), (64, 32), (32, 64)]
    want = [rising[0]] * 6 + [stage for stage in rising[1:4] for _ in range(7)] + [rising[4]] * 6
    assert stages("resnet101_generator", 64) == want
    falling = rising[::-1]
    want = [falling[0]] * 5 + [stage for stage in falling[1:] for _ in range(7)]
    assert stages("resnet101_critic", 64) == want


@pytest.mark.parametrize("blocks", [1, 2])
def test_quick_profiles_have_fewer_blocks_and_channels(blocks):
    assert len(stages("resnet101_critic", 16, width=4, blocks=blocks)) == 2 * (blocks + 1) + blocks - 1
    assert stages("lsun_resnet_critic", 32, width=4, blocks=blocks) == [(8, 8)] * (1 + blocks)


def test_scores_and_images_of_the_deep_pair_start_small():
    torch.manual_seed(0)
    generator = (
        registry.build("network", "resnet101_generator", width=4, blocks=1).build((6,), (3, 8, 8)).double()
    )
    z = torch.randn(3, 6, dtype=torch.float64)
    inside = generator[:-2](z)
    torch.testing.assert_close(generator(z), torch.tanh(inside / 5))
    critic = registry.build("network", "resnet101_critic", width=4, blocks=1).build((3, 8, 8), ()).double()
    x = generator(z)
    torch.testing.assert_close(critic(x), critic[:-1](x) / 5)
