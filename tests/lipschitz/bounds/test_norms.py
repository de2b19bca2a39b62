"""The norms there are."""

import math

import pytest

from lipschitz import FieldError
from lipschitz.bounds.norms import NORMS, require_norm


def test_three_norms_are_taken_and_others_refused():
    for norm in (*NORMS, 2.0, 1.0, math.inf):
        require_norm(norm)
    for norm in (0, 3, -math.inf, math.nan, "2", None):
        with pytest.raises(FieldError, match="norm must be 2, 1 or inf"):
            require_norm(norm)
