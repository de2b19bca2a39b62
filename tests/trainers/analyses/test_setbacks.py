"""By how much distances rise again, against a search over all pairs."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.setbacks import came_back, setback

VALUES = st.lists(st.floats(0.01, 100), min_size=1, max_size=15)


@given(VALUES)
def test_a_setback_is_the_worst_ratio_of_a_value_to_one_before_it(values):
    worst = max(later / values[j] for i, later in enumerate(values) for j in range(i + 1))
    assert setback(np.array(values)) == worst


@given(VALUES, st.floats(1, 4))
def test_what_came_back_rose_above_an_earlier_value_and_fell_below_a_later_one(values, factor):
    found = any(
        top > factor * before and top > factor * after
        for i, top in enumerate(values)
        for before in values[: i + 1]
        for after in values[i:]
    )
    assert came_back(np.array(values), factor) is found


def test_nothing_measured_is_no_setback():
    assert math.isnan(setback(np.empty(0)))
    assert came_back(np.empty(0), 2) is False
