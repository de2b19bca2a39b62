"""DCGAN and the networks that are DCGAN by other fields."""

import pytest
import torch
import torch.nn.functional as F

from lipschitz import FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.networks.layers.gating import Gate


def build(name, i, o, **fields):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return registry.build("network", name, **fields).build(i, o).double()


def convs(module):
    return [m for m in module.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d)]


def test_the_critic_written_out():
    critic = build("dcgan_critic", (3, 28, 28), (), width=2, normalization="none")
    x = torch.randn(2, 3, 28, 28, dtype=torch.float64)
    h = x
    for layer, padding in zip(convs(critic), [(1, 2, 1, 2), (1, 2, 1, 2), (2, 2, 2, 2)], strict=True):
        h = F.leaky_relu(F.conv2d(F.pad(h, padding), layer.weight, layer.bias, stride=2), 0.2)
    assert h.shape == (2, 8, 4, 4)
    torch.testing.assert_close(critic(x), critic[-1].score(h.flatten(1)).squeeze(1))


def test_the_generator_of_digits_written_out():
    generator = build("mnist_generator", (5,), (1, 28, 28), width=2)
    z = torch.randn(3, 5, dtype=torch.float64)
    h = F.relu(generator[0](z)).reshape(3, 8, 4, 4)
    first, second, third = convs(generator)

    def doubled(x, layer):
        n = x.shape[-1]
        full = F.conv_transpose2d(x, layer.weight, layer.bias, stride=2)
        return full[..., 1 : 1 + 2 * n, 1 : 1 + 2 * n]

    h = F.relu(doubled(h, first))[..., :7, :7]
    h = F.relu(doubled(h, second))
    torch.testing.assert_close(generator(z), 2 * torch.sigmoid(doubled(h, third)) - 1)


def test_widths_double_with_each_halving_and_stay_when_constant():
    assert [m.in_channels for m in convs(build("dcgan_generator", (4,), (3, 64, 64), width=2))] == [
        16,
        8,
        4,
        2,
    ]
    assert [m.out_channels for m in convs(build("dcgan_critic", (3, 64, 64), (), width=2))] == [2, 4, 8, 16]
    constant = build("constant_filters_generator", (4,), (3, 64, 64), width=2)
    assert [m.in_channels for m in convs(constant)] == [2, 2, 2, 2]


@pytest.mark.parametrize(("name", "by_unit"), [("dcgan_generator", False), ("cifar_dcgan_generator", True)])
def test_the_start_is_normalized_by_channel_or_by_unit(name, by_unit):
    generator = build(name, (4,), (3, 32, 32), width=2)
    norms = [m for m in generator.modules() if isinstance(m, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d)]
    assert [m.num_features for m in norms] == [128 if by_unit else 8, 4, 2]


def test_activations_everywhere():
    fields = {"width": 2, "activation": "tanh"}
    for module in (
        build("dcgan_generator", (4,), (3, 64, 64), **fields),
        build("dcgan_critic", (3, 64, 64), (), **fields),
    ):
        assert sum(isinstance(m, torch.nn.Tanh) for m in module.modules()) == (
            5 if len(list(module)) > 14 else 4
        )
        assert not any(isinstance(m, torch.nn.ReLU | torch.nn.LeakyReLU) for m in module.modules())
    gated = build("gated_critic", (3, 64, 64), (), width=2)
    assert sum(isinstance(m, Gate) for m in gated.modules()) == 4
    assert [m.out_channels for m in convs(gated)] == [4, 8, 16, 32]


def test_the_first_convolution_of_a_critic_is_not_normalized():
    critic = build("dcgan_critic", (3, 32, 32), (), width=2)
    assert [m.num_channels for m in critic.modules() if isinstance(m, torch.nn.GroupNorm)] == [4, 8]


def test_wrong_fields_are_refused():
    with pytest.raises(FieldError, match="width must be >= 1"):
        registry.build("network", "dcgan_critic", width=0)
    with pytest.raises(FieldError, match="weight_std must be > 0"):
        registry.build("network", "dcgan_generator", weight_std=0.0)
    with pytest.raises(FieldError, match="normalization"):
        registry.build("network", "dcgan_generator", normalization="layer")
