"""Units against their definition."""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.metrics.magnitude import unit_of


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_it_is_a_power_of_two_within_a_factor_of_two_below_the_largest(values):
    unit = unit_of(torch.tensor(values, dtype=torch.float64))
    largest = max(map(abs, values))
    assert math.frexp(unit)[0] == 0.5
    assert unit == 1 if largest == 0 else 1 <= largest / unit < 2
