"""What `lipschitz.sampling` offers."""

from typing import get_args

import lipschitz
from lipschitz import sampling


def test_public_names_are_there_and_documented():
    for name in ("around_real", "between", "coupled", "either", "interpolate", "noise", "penalty_points"):
        assert getattr(sampling, name).__doc__, name
    assert lipschitz.interpolate is sampling.interpolate


def test_the_names_of_places_and_the_table_agree():
    assert set(get_args(sampling.BatchPlace)) == set(sampling.PLACES)
    assert set(get_args(sampling.Points)) < set(sampling.PLACES)
    assert set(sampling.PLACES) > sampling.WHOLE_BATCH
