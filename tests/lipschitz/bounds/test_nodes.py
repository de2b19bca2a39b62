"""How bounds of arguments combine."""

import math

import pytest

from lipschitz.bounds.nodes import added, joined, scaled


def test_values_side_by_side_combine_in_the_norm(norm):
    assert joined(norm, [3.0, 4.0]) == pytest.approx({2: 5.0, 1: 7.0}.get(norm, 4.0))
    assert joined(norm, [3.0]) == pytest.approx(3.0)


def test_sums_and_factors_do_not_depend_on_the_norm(norm):
    assert added(norm, [3.0, 4.0]) == 7.0
    assert scaled(0.5)(norm, [3.0]) == 1.5
    assert joined(math.inf, [0.0]) == 0.0
