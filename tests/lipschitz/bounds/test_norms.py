"""The norms there are."""

import math

import pytest
import torch
from torch import nn

from lipschitz import FieldError, product_bound
from lipschitz.bounds import operator_norm
from lipschitz.bounds.norms import NORMS, require_norm


def test_three_norms_are_taken_and_others_refused():
    for norm in (*NORMS, 2.0, 1.0, math.inf):
        require_norm(norm)
    for norm in (0, 3, -math.inf, math.nan, "2", None):
        with pytest.raises(FieldError, match="norm must be 2, 1 or inf"):
            require_norm(norm)


@pytest.mark.parametrize("tolerance", [0, -1e-3, math.nan, math.inf, "0.1"])
def test_unreachable_tolerances_are_refused(tolerance):
    layer = nn.Linear(2, 1)
    with pytest.raises(FieldError, match="tolerance must be"):
        product_bound(layer, torch.zeros(1, 2), tolerance=tolerance)
    with pytest.raises(FieldError, match="tolerance must be"):
        operator_norm(layer, (2,), tolerance=tolerance)
