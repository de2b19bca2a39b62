"""Datasets of one formula: a round Gaussian or a point, and a line."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lipschitz import FieldError
from lipschitz_trainers.data import Gaussian, ParallelLine

entries = st.floats(-3, 3, width=32)


def drawn(dataset, n, seed=0):
    return dataset.open().train(torch.Generator().manual_seed(seed)).next(n).x.numpy()


@given(st.lists(entries, min_size=1, max_size=4))
def test_a_gaussian_without_width_is_a_point(mean):
    np.testing.assert_array_equal(drawn(Gaussian(mean=mean, std=0), 5), np.tile(np.float32(mean), (5, 1)))


def test_a_gaussian_has_its_mean_and_width_on_every_axis():
    points = drawn(Gaussian(mean=(-5, 2), std=0.5), 4000)
    for axis, mean in enumerate((-5, 2)):
        assert stats.kstest(points[:, axis], stats.norm(mean, 0.5).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(points.T)[0, 1]) < 0.06


@given(entries)
def test_a_line_stands_at_theta(theta):
    points = drawn(ParallelLine(theta=theta), 2000)
    assert (points[:, 0] == np.float32(theta)).all()
    assert stats.kstest(points[:, 1], stats.uniform().cdf).pvalue > 1e-3


def test_both_streams_and_held_out_draws_are_fresh():
    for dataset in (Gaussian(), ParallelLine(theta=1)):
        source, generator = dataset.open(), torch.Generator().manual_seed(0)
        assert source.shape == source.held_out(3, generator).x.shape[1:]
        first, second = source.train(generator).next(4).x, source.held_out(4, generator).x
        assert not torch.equal(first, second)


def test_what_they_refuse():
    with pytest.raises(FieldError, match="std must be >= 0"):
        Gaussian(std=-1)
    with pytest.raises(FieldError, match="mean"):
        Gaussian(mean=())
