"""The Dirac-GAN's two parameters as a metric."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.data import Gaussian, SwissRoll
from lipschitz_trainers.metrics import DiracGAN


@given(theta=st.floats(-3, 3), psi=st.floats(-3, 3), bias=st.floats(-2, 2))
def test_it_finds_both_whatever_the_bias(evaluation, theta, psi, bias):
    seen = evaluation(torch.zeros(3, 1), torch.full((3, 1), theta), critic=lambda x: bias - psi * x[:, 0])
    found = DiracGAN().measure(seen)
    assert found["dirac_theta"] == pytest.approx(theta, abs=1e-6)
    assert found["dirac_psi"] == pytest.approx(psi, abs=1e-6)
    assert found["dirac_gan"] == pytest.approx(math.hypot(theta, psi), abs=1e-5)


def test_it_is_for_numbers():
    assert DiracGAN().applies_to(Gaussian(std=0).open())
    assert not DiracGAN().applies_to(SwissRoll().open())
