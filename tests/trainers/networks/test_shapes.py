"""Which shapes a network can serve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import FieldError
from lipschitz_trainers.networks.shapes import doubled_image, latent_size, require_scores, square_image
from lipschitz_trainers.registry import build


@given(st.integers(1, 6), st.integers(1, 3))
def test_powers_of_two_are_doublings_of_four(doublings, channels):
    side = 4 * 2**doublings
    assert doubled_image("net", (channels, side, side)) == (channels, side, doublings)


@given(st.integers(1, 200), st.integers(1, 20), st.integers(1, 8))
def test_square_images_from_the_least_side_on(side, least, divisor):
    if side >= least and side % divisor == 0:
        assert square_image("net", (3, side, side), least, divisor) == (3, side)
    else:
        with pytest.raises(
            FieldError, match=rf"net serves square images .* H from {least} on.*got shape \(3, {side}"
        ):
            square_image("net", (3, side, side), least, divisor)


@pytest.mark.parametrize("shape", [(3, 4, 4), (3, 12, 12), (3, 16, 8), (64,), (3, 0, 0)])
def test_other_images_are_refused(shape):
    with pytest.raises(FieldError, match=r"H = 8, 16, 32, \.\.\., got shape .*resize or pad"):
        doubled_image("net", shape)


def test_latent_vectors_and_scores():
    assert latent_size("net", (7,)) == 7
    with pytest.raises(FieldError, match=r"takes a latent vector, got inputs of shape \(3, 8, 8\)"):
        latent_size("net", (3, 8, 8))
    require_scores("net", ())
    with pytest.raises(FieldError, match=r"cannot serve outputs of shape \(2,\)"):
        require_scores("net", (2,))


@pytest.mark.parametrize(
    "name", ["conv_generator", "dcgan_generator", "resnet64_generator", "language_generator"]
)
def test_a_generator_that_is_asked_for_scores_says_so(name):
    with pytest.raises(
        FieldError, match=rf"{name} is a generator: .* asked for scores .*; use it as generator"
    ):
        build("network", name).build((2,), ())
