"""Critics that alternate linear maps and functions of each entry: perceptrons, small plain convolutional critics."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lipschitz.bounds.evaluation import base_of, linear_run
from lipschitz.bounds.linear_map import LARGEST_MATRIX, matrix_of
from lipschitz.bounds.nodes import Node, Nonlinear, Source, Unknown
from lipschitz.errors import BoundError

LARGEST_WIDTH = 2048
"""Units of a hidden layer."""


@dataclass(frozen=True)
class Chain:
    """x -> W_n phi_n(... W_1 phi_1(W_0 x)), up to constants.

    Attributes:
        matrices: W_0 to W_n, float64. W_0 has a column for each entry of the input, W_n one row: the score.
        slopes: smallest and largest slope of phi_1 to phi_n, the smallest less than the largest.
    """

    matrices: list[Tensor]
    slopes: list[tuple[float, float]]


def chain_to(score: Node, device: torch.device) -> Chain:
    """Return the chain from the source to a node with one entry.

    Raises:
        BoundError: there are other steps than linear maps and activations, branches around activations, or layers
            that are too wide.
    """
    matrices: list[Tensor] = []
    slopes: list[tuple[float, float]] = []
    node = score
    while True:
        base = base_of(node)
        _require_link(base, node)
        matrix = matrix_of(linear_run(node, base, device))
        if slopes and slopes[0][0] == slopes[0][1]:  # a factor, no activation
            matrices[0] = matrices[0] * slopes.pop(0)[0] @ matrix
        else:
            matrices.insert(0, matrix)
        if not isinstance(base, Nonlinear) or base.slopes is None:
            return Chain(matrices, slopes)
        slopes.insert(0, base.slopes)
        node = base.inputs[0]


def _require_link(base: Node, node: Node) -> None:
    if isinstance(base, Unknown):
        raise BoundError(base.message)
    if not isinstance(base, Source) and not (isinstance(base, Nonlinear) and base.slopes):
        raise BoundError(
            "tight_bound takes critics that alternate linear layers and activations of each entry; this one has "
            "branches around activations, normalizers, max pooling, sorting or layers with a stated bound. Use "
            "lipschitz.product_bound."
        )
    size_in, size_out = math.prod(base.shape), math.prod(node.shape)
    if size_out > LARGEST_WIDTH or size_in * size_out > LARGEST_MATRIX:
        raise BoundError(
            f"tight_bound forms the matrices of layers, and one here is {size_out} x {size_in}; hidden layers may have "
            f"up to {LARGEST_WIDTH} units. Use lipschitz.product_bound."
        )
