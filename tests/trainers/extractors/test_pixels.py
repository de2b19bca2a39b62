"""Bytes, colours and sizes."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lipschitz_trainers.extractors.pixels import in_colour, resized, rounded_levels


@given(st.lists(st.integers(0, 255), min_size=1, max_size=50))
def test_bytes_survive_the_range_of_the_networks(pixels):
    x = torch.tensor(pixels).float() / 127.5 - 1
    assert rounded_levels(x).tolist() == pixels


def test_what_lies_outside_is_cut_off():
    assert rounded_levels(torch.tensor([-7.0, 7.0])).tolist() == [0, 255]


def test_grey_is_three_times_the_same(generator):
    grey = torch.rand(2, 1, 3, 3, generator=generator())
    assert torch.equal(in_colour(grey), torch.cat([grey] * 3, dim=1))
    colour = torch.rand(2, 3, 3, 3, generator=generator())
    assert in_colour(colour) is colour


def test_resizing_agrees_with_pillow(generator):
    image = torch.rand(1, 1, 32, 32, generator=generator())
    for side in (12, 96):
        picture = Image.fromarray(image[0, 0].numpy()).resize((side, side), Image.Resampling.BILINEAR)
        np.testing.assert_allclose(resized(image, side, side)[0, 0].numpy(), np.asarray(picture), atol=1e-5)
    assert resized(image, 32, 32) is image
