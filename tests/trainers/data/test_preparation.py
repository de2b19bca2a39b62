"""Bytes become numbers in [-1, 1]: scaled, dequantised, mirrored."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz_trainers.data.preparation import Preparation

EVERY_LEVEL = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)


def test_plain_scaling_is_exact_at_the_ends_and_linear():
    x = Preparation()(EVERY_LEVEL, torch.Generator(), train=True).flatten()
    assert (x[0], x[-1]) == (-1, 1)
    want = 2 * (np.arange(256) / 255 - 0.5)
    np.testing.assert_allclose(x.numpy(), want, atol=1e-6)


def test_plain_scaling_draws_nothing():
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    Preparation()(EVERY_LEVEL, generator, train=True)
    assert torch.equal(generator.get_state(), before)


@settings(deadline=None)
@given(st.integers(0, 2**31))
def test_dequantisation_stays_within_the_step_of_its_level(seed):
    x = Preparation(dequantise=True)(EVERY_LEVEL, torch.Generator().manual_seed(seed), train=True)
    noise = x.double().flatten() - 2 * (torch.arange(256, dtype=torch.float64) / 256 - 0.5)
    assert noise.min() >= 0
    assert noise.max() <= 1 / 128
    assert x.max() <= 1


def test_dequantisation_noise_is_uniform_and_another_for_every_value():
    pixels = torch.full((100, 3, 32, 32), 128, dtype=torch.uint8)
    x = Preparation(dequantise=True)(pixels, torch.Generator().manual_seed(0), train=False)
    shares = torch.histc(x, 8, min=0, max=1 / 128) / x.numel()
    # 307,200 draws: the standard error of a share of 1/8 is 0.0006.
    assert (shares - 1 / 8).abs().max() < 0.003
    assert not torch.equal(x[0], x[1])


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(0, 2**31), st.sampled_from(["none", "batch", "sample"]), st.booleans())
def test_flips_mirror_whole_images_only_and_only_in_training(n, seed, flips, train):
    pixels = torch.randint(0, 256, (n, 3, 4, 5), generator=torch.Generator().manual_seed(seed)).to(
        torch.uint8
    )
    generator = torch.Generator().manual_seed(seed + 1)
    x = Preparation(flips=flips)(pixels, generator, train=train)
    plain = Preparation()(pixels, generator, train=train)
    as_is = (x == plain).flatten(1).all(1)
    mirrored = (x == plain.flip(-1)).flatten(1).all(1)
    assert (as_is | mirrored).all()
    if flips == "none" or not train:
        assert as_is.all()
    if flips == "batch":
        assert as_is.all() or mirrored.all()


@pytest.mark.parametrize("flips", ["batch", "sample"])
def test_one_half_is_mirrored(flips):
    pixels = torch.tensor([0, 255], dtype=torch.uint8).expand(4, 1, 1, 2)
    generator = torch.Generator().manual_seed(0)
    firsts = [Preparation(flips=flips)(pixels, generator, train=True)[:, 0, 0, 0] for _ in range(500)]
    share = torch.cat(firsts).gt(0).float().mean()
    assert 0.42 < share < 0.58  # 500 independent decisions at least: 3.5 standard errors
