"""The gated activation, channel by channel."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.networks.layers.gating import Gate


@given(st.lists(st.floats(-5, 5), min_size=6, max_size=6))
def test_even_channels_gate_odd_ones(values):
    got = Gate()(torch.tensor([values], dtype=torch.float64))[0].tolist()
    want = [math.tanh(b) / (1 + math.exp(-a)) for a, b in zip(values[::2], values[1::2], strict=True)]
    assert got == pytest.approx(want, abs=1e-12)
