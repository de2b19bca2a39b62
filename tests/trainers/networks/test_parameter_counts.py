"""Numbers of parameters at full size, as published or as the authors' code has them. Nothing is allocated."""

import pytest
import torch

from lipschitz_trainers import registry

COUNTS = [
    # The seven architectures at 64x64, in the order of the figure.
    ("dcgan_generator", (3, 64, 64), {}, 5_364_739),
    ("dcgan_critic", (3, 64, 64), {}, 4_316_545),
    ("dcgan_critic", (3, 64, 64), {"normalization": "batch"}, 4_316_545),
    ("constant_filters_generator", (3, 64, 64), {}, 444_291),
    ("mlp_generator", (3, 64, 64), {}, 7_157_760),
    ("dcgan_generator", (3, 64, 64), {"normalization": "none"}, 5_362_819),
    ("dcgan_critic", (3, 64, 64), {"normalization": "none"}, 4_314_753),
    ("gated_generator", (3, 64, 64), {}, 10_724_675),
    ("gated_critic", (3, 64, 64), {}, 8_624_897),
    ("dcgan_generator", (3, 64, 64), {"activation": "tanh"}, 5_364_739),
    ("dcgan_critic", (3, 64, 64), {"activation": "tanh"}, 4_316_545),
    ("resnet101_generator", (3, 64, 64), {}, 9_189_587),
    ("resnet101_critic", (3, 64, 64), {}, 7_618_801),
    # The pair recommended for 64x64, and the one of 128x128.
    ("resnet64_generator", (3, 64, 64), {}, 8_540_483),
    ("resnet64_critic", (3, 64, 64), {}, 7_491_841),
    ("lsun_resnet_generator", (3, 128, 128), {}, 8_544_515),
    ("lsun_resnet_critic", (3, 128, 128), {}, 47_757_697),
    # CIFAR-10.
    ("cifar_resnet_generator", (3, 32, 32), {}, 1_204_483),
    ("cifar_resnet_critic", (3, 32, 32), {}, 1_053_825),
    ("cifar_resnet_generator", (3, 32, 32), {"classes": 10}, 1_218_307),
    ("cifar_resnet_critic", (3, 32, 32), {"classes": 10}, 1_055_115),
    ("cifar_dcgan_generator", (3, 32, 32), {}, 5_179_907),
    ("cifar_dcgan_critic", (3, 32, 32), {}, 4_114_689),
    ("cifar_dcgan_critic", (3, 32, 32), {"normalization": "batch"}, 4_116_225),
    ("cifar_dcgan_generator", (3, 32, 32), {"width": 64}, 1_565_955),
    ("cifar_dcgan_critic", (3, 32, 32), {"width": 64}, 1_033_345),
    # Digits and text.
    ("mnist_generator", (1, 28, 28), {}, 1_554_177),
    ("mnist_critic", (1, 28, 28), {}, 1_030_145),
    ("language_generator", (32, 100), {}, 15_277_156),
    ("language_critic", (32, 100), {}, 13_180_417),
]


@pytest.mark.parametrize(("name", "shape", "fields", "want"), COUNTS)
def test_a_network_has_exactly_the_parameters_of_the_authors(name, shape, fields, want):
    network = registry.build("network", name, **fields)
    shapes = (shape, ()) if network.role == "critic" else ((128,), shape)
    with torch.device("meta"):
        module = network.build(*shapes)
    assert sum(parameter.numel() for parameter in module.parameters()) == want


def layers(name, shape, **fields):
    network = registry.build("network", name, **fields)
    shapes = (shape, ()) if network.role == "critic" else ((128,), shape)
    with torch.device("meta"):
        kinds = torch.nn.Linear | torch.nn.Conv2d | torch.nn.ConvTranspose2d
        return [path for path, m in network.build(*shapes).named_modules() if isinstance(m, kinds)]


@pytest.mark.parametrize("name", ["resnet101_generator", "resnet101_critic"])
def test_the_deep_networks_have_101_layers_one_after_the_other(name):
    assert sum("shortcut" not in path for path in layers(name, (3, 64, 64))) == 101


@pytest.mark.parametrize("name", ["sngan_generator", "sngan_critic"])
def test_the_standard_cnn_has_the_layers_of_its_table(name):
    assert len(layers(name, (3, 32, 32))) == {"sngan_generator": 5, "sngan_critic": 8}[name]
