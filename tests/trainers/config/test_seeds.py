import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.seeds import parse_seeds


@given(st.integers(1, 50))
def test_a_number_of_seeds(count):
    assert parse_seeds(count) == tuple(range(count))


@pytest.mark.parametrize(
    ("seeds", "location", "part"),
    [
        (0, (), "must be >= 1, got 0"),
        (True, (), "must be a number of seeds or a list of seeds, got true"),
        (1.5, (), "must be a number of seeds or a list of seeds, got 1.5"),
        ([], (), "must be a number of seeds or a list of seeds, got []"),
        ([0, -1], (1,), "must be a whole number >= 0, got -1"),
        ([0, "1"], (1,), "must be a whole number >= 0, got '1'"),
        ([4, 2, 4], (2,), "the seed 4 is listed twice"),
    ],
)
def test_wrong_seeds(seeds, location, part):
    with pytest.raises(ValidationError) as caught:
        parse_seeds(seeds)
    assert [(fault.location, fault.message) for fault in collected(caught.value)] == [(location, part)]
