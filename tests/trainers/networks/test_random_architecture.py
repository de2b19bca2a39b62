"""The family that architectures are drawn from: every combination builds, with as many layers as its depth says."""

import itertools

import pytest
import torch

from lipschitz import FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.config.drawn import Draw

CHOICES = {
    "activation": ["relu", "leaky_relu", "smooth_elu", "tanh"],
    "depth": [4, 8, 12, 20],
    "normalized": [True, False],
    "width": [32, 64, 128],
}
SPACE = {
    f"{player}.network.{key}": values for player in ("generator", "critic") for key, values in CHOICES.items()
}
COMBINATIONS = [dict(zip(CHOICES, values, strict=True)) for values in itertools.product(*CHOICES.values())]


def build(name, side=32, **fields):
    shapes = ((128,), (3, side, side)) if name == "random_generator" else ((3, side, side), ())
    return registry.build("network", name, **fields).build(*shapes)


def kinds(module, *types):
    return [m for m in module.modules() if isinstance(m, types)]


def test_the_family_has_9216_pairs():
    assert len(COMBINATIONS) ** 2 == 9216


@pytest.mark.parametrize("name", ["random_generator", "random_critic"])
def test_every_combination_has_the_layers_it_asks_for(name):
    activation = {"relu": "ReLU", "leaky_relu": "LeakyReLU", "smooth_elu": "SmoothELU", "tanh": "Tanh"}
    for fields in COMBINATIONS:
        with torch.device("meta"):
            module = build(name, **fields)
        depth, width = fields["depth"], fields["width"]
        weights = kinds(module, torch.nn.Linear, torch.nn.Conv2d, torch.nn.ConvTranspose2d)
        assert len(weights) == depth
        more = [m for m in kinds(module, torch.nn.Conv2d) if m.kernel_size == (3, 3)]
        assert len(more) == depth - 4
        assert all(m.in_channels == m.out_channels == 2 * width for m in more)
        hidden = depth - 1 + (name == "random_generator" and fields["activation"] == "tanh")
        assert sum(type(m).__name__ == activation[fields["activation"]] for m in module.modules()) == hidden
        norms = kinds(module, torch.nn.BatchNorm2d, torch.nn.GroupNorm)
        first = 0 if name == "random_generator" else 1
        assert len(norms) == (depth - 1 - first if fields["normalized"] else 0)


def test_at_depth_four_it_is_dcgan():
    with torch.device("meta"):
        for name, same, fields in (
            ("random_generator", "dcgan_generator", {}),
            ("random_critic", "dcgan_critic", {}),
            ("random_critic", "dcgan_critic", {"normalizer": "batch"}),
        ):
            shapes = ((128,), (3, 32, 32)) if name == "random_generator" else ((3, 32, 32), ())
            dcgan = registry.build("network", same).build(*shapes)
            want = [p.shape for p in dcgan.parameters()]
            assert [p.shape for p in build(name, **fields).parameters()] == want


def test_additional_layers_are_at_8x8():
    module = build("random_critic", width=2, depth=5, normalized=False)
    sizes = []
    for m in kinds(module, torch.nn.Conv2d):
        m.register_forward_hook(lambda m, _, y: sizes.append((m.kernel_size[0], y.shape[-1])))
    module(torch.randn(2, 3, 32, 32))
    assert sizes == [(5, 16), (5, 8), (3, 8), (5, 4)]
    sizes.clear()
    module = build("random_generator", width=2, depth=5)
    for m in kinds(module, torch.nn.Conv2d):
        m.register_forward_hook(lambda m, _, y: sizes.append((m.kernel_size[0], y.shape[-1])))
    module(torch.randn(2, 128))
    assert sizes == [(3, 8)]


@pytest.mark.parametrize("name", ["random_generator", "random_critic"])
def test_the_family_in_narrow_has_the_layers_of_a_smaller_width(name):
    shapes = [p.shape for p in build(name, width=4, depth=8).parameters()]
    assert [p.shape for p in build(name, width=32, width_divisor=8, depth=8).parameters()] == shapes
    assert list(build(name, width=2, width_divisor=8).parameters())  # one channel is the least


def test_normalizers_by_method():
    for kind, want in (("layer", torch.nn.GroupNorm), ("batch", torch.nn.BatchNorm2d)):
        module = build("random_critic", width=2, normalizer=kind)
        assert [type(m) for m in kinds(module, torch.nn.BatchNorm2d, torch.nn.GroupNorm)] == [want, want]


def test_variants_drawn_from_the_space_build_and_come_again():
    draw = Draw(count=20, seed=3, choices=SPACE)
    variants = draw.variants()
    assert variants == Draw(count=20, seed=3, choices=SPACE).variants()
    assert len({str(variant) for variant in variants.values()}) == 20
    with torch.device("meta"):
        for variant in variants.values():
            for player in ("generator", "critic"):
                fields = variant[player]["network"]
                assert list(build(f"random_{player}", **fields).parameters())


@pytest.mark.parametrize("name", ["random_generator", "random_critic"])
def test_a_depth_below_dcgan_is_refused(name):
    with pytest.raises(FieldError, match="depth must be at least 5 for images of 64 pixels a side, got 4"):
        build(name, side=64, depth=4)
    with pytest.raises(FieldError, match="depth must be >= 3"):
        build(name, depth=2)
    build(name, side=16, depth=3, width=2)
