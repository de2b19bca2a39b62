"""Pairs of real and fake samples by optimal transport within the batch."""

from __future__ import annotations

import importlib
from typing import Any

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.errors import MissingExtraError
from lipschitz.sampling.interpolation import interpolate
from lipschitz.trees import Tree


def coupled_fakes(real: Tree, fake: Tree) -> Tree:
    """Return the fake samples in the order in which the sum of distances to the real ones is smallest.

    This is the optimal transport between the two batches for the Euclidean distance, found exactly by the
    assignment algorithm of scipy, on the CPU, in O(B^3).

    Args:
        real: shape (B, ...), or a pytree of such.
        fake: same structure and shapes.

    Raises:
        MissingExtraError: scipy is not installed.

    Example:
        >>> coupled_fakes(torch.tensor([[0.0], [5.0]]), torch.tensor([[6.0], [1.0]]))
        tensor([[1.],
                [6.]])
    """
    try:
        optimize: Any = importlib.import_module("scipy.optimize")
    except ImportError as error:
        raise MissingExtraError(
            'points: coupled needs scipy, which is not installed: pip install "torch-lipschitz[train]", or look '
            "between unpaired samples (points: between)."
        ) from error
    x, y = (
        torch.cat([leaf.detach().double().reshape(len(leaf), -1) for leaf in trees.leaves(some)], dim=1)
        for some in (real, fake)
    )
    _, order = optimize.linear_sum_assignment(torch.cdist(x, y).cpu().numpy())
    index = torch.as_tensor(order, device=x.device)

    def pick(leaf: Tensor) -> Tensor:
        return leaf[index]

    return trees.map_leaves(pick, fake)


def coupled(batch: Batch) -> Tree:
    """Return one point uniformly on each segment between optimally coupled real and fake samples.

    Between optimally coupled samples the optimal critic has slope 1 (Gulrajani et al. 2017, arXiv 1704.00028,
    proposition 1), between independent ones it need not (Petzka et al. 2018, arXiv 1709.08894, section 4). The
    coupling is that of the batch at hand: over several processes, of each one's part. A conditional critic is
    called with the condition of the real sample.
    """
    fake = coupled_fakes(batch.real, batch.require_fake("the line between coupled real and fake samples"))
    return interpolate(batch.real, fake, batch.uniform())
