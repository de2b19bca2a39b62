"""Points around the data."""

from __future__ import annotations

from torch import Tensor

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.ranks import is_shared, sum_over_ranks
from lipschitz.sampling.interpolation import interpolate
from lipschitz.trees import Tree


def around_real(batch: Batch, radius: float = 0.5) -> Tree:
    """Return real samples moved at random, by up to `radius` standard deviations of the batch per axis.

    A point is drawn uniformly on the segment from the sample to the sample plus ``radius * std * U[0, 1)``, as
    in DRAGAN's published code (Kodali et al. 2017, arXiv 1705.07215). The standard deviation is that of the
    whole tensor, over all processes of a data-parallel run, so it depends on the batch of the step as a whole.
    """

    def move(x: Tensor) -> Tensor:
        target = x + radius * _standard_deviation(x, batch) * batch.uniform(*x.shape[1:])
        return interpolate(target, x, along.reshape(batch.size))

    along = batch.uniform()
    return trees.map_leaves(move, batch.real)


def noise(batch: Batch, radius: float = 1.0) -> Tree:
    """Return real samples plus Gaussian noise of standard deviation `radius` in every coordinate.

    The surroundings of the data as DRAGAN's paper describes them (Kodali et al. 2017, arXiv 1705.07215, section
    2.4); unlike in its code they are the same whatever else is in the batch.
    """

    def move(x: Tensor) -> Tensor:
        return x + radius * batch.normal(*x.shape[1:]).to(x.dtype)

    return trees.map_leaves(move, batch.real)


def _standard_deviation(x: Tensor, batch: Batch) -> Tensor:
    if not is_shared(batch):
        return x.std(correction=0)
    # Two passes: the mean of the squares minus the square of the mean would cancel.
    count = sum_over_ranks(x.new_tensor(x.numel()))
    mean = sum_over_ranks(x.sum()) / count
    return (sum_over_ranks((x - mean).square().sum()) / count).sqrt()
