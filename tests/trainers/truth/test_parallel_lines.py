"""Closed forms for parallel lines, against transport between points and sums over atoms."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.metrics import exact_w1
from lipschitz_trainers.truth.parallel_lines import parallel_lines


def atoms(theta, n=20):
    """Return n equal atoms on the line."""
    return np.stack([np.full(n, theta), (np.arange(n) + 0.5) / n], axis=1)


def relative_entropy(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * np.log(p / q), 0.0).sum()


@given(st.one_of(st.just(0.0), st.floats(-2, 2)))
def test_they_are_those_of_lines_made_of_points(theta):
    found = parallel_lines(theta)
    here, there = atoms(0.0), atoms(theta)
    assert found.w1 == pytest.approx(exact_w1(torch.tensor(here), torch.tensor(there)), abs=1e-9)
    # On the union of both supports.
    p, q = (
        np.array([(points == place).all(axis=1).mean() for place in np.unique(np.r_[here, there], axis=0)])
        for points in (here, there)
    )
    middle = (p + q) / 2
    assert found.jensen_shannon == pytest.approx(
        (relative_entropy(p, middle) + relative_entropy(q, middle)) / 2, abs=1e-9
    )
    assert found.kullback_leibler == relative_entropy(p, q) == relative_entropy(q, p)
    assert found.total_variation == pytest.approx(np.abs(p - q).sum() / 2)


def test_all_but_one_jump_at_zero():
    near, at = parallel_lines(1e-9), parallel_lines(0.0)
    assert near.w1 - at.w1 == 1e-9
    assert near[1:] == (math.log(2), math.inf, 1.0)
    assert at[1:] == (0.0, 0.0, 0.0)
