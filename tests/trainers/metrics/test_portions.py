"""Portions hold every sample once, in order; none is small beside the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.metrics.portions import portions


@given(st.integers(0, 5000), st.integers(1, 600))
def test_every_sample_once_and_no_portion_is_small(n, size):
    cut = portions(n, size)
    assert [i for portion in cut for i in range(n)[portion]] == list(range(n))
    lengths = [len(range(n)[portion]) for portion in cut]
    assert all(1 <= length <= size for length in lengths)
    assert all(2 * length >= size for length in lengths) or n < size
    assert len(lengths) == -(-n // size)


@pytest.mark.parametrize(
    ("n", "lengths"),
    [
        (1, [1]),
        (200, [200]),
        (256, [256]),
        (257, [128, 129]),
        (500, [256, 244]),
        (513, [171, 171, 171]),
        (640, [256, 256, 128]),
        (1000, [256, 256, 256, 232]),
        (10_000, [250] * 40),
    ],
)
def test_only_a_small_rest_is_shared_out(n, lengths):
    assert [len(range(n)[portion]) for portion in portions(n, 256)] == lengths
