"""A smooth maximum of affine functions, plus a small network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt
from torch import Tensor, nn

from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.mlp import MLP
from lipschitz_trainers.networks.shapes import require_scores


class LogSumExpModule(nn.Module):
    """A unit t log(sum over k of exp((<w_k, x> + b_k) / t)), plus a network."""

    def __init__(self, size: int, pieces: int, temperature: float, rest: nn.Module) -> None:
        """Build the unit with fresh weights, for samples of `size` values, beside a finished network."""
        super().__init__()
        self.pieces = nn.Linear(size, pieces)
        self.temperature = temperature
        self.rest = rest

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, *input_shape) to scores (B,)."""
        heights = self.pieces(x.flatten(1)) / self.temperature
        return self.temperature * heights.logsumexp(dim=1) + self.rest(x)


@dataclass(frozen=True, kw_only=True)
class LogSumExpMLP(Network):
    """A smooth maximum of affine functions plus a small SiLU network: a prior for potentials of maximum type.

        f(x) = t log(sum over k of exp((<w_k, x> + b_k) / t)) + g(x)

    Optimal critics that are a maximum of simple functions suit it, such as those of ``min_funnels``, whose regions it
    fits piece by piece: read its results there as those of a network that was told the shape of the answer, beside
    those of ``silu_mlp``, which was not.

    Attributes:
        pieces: number of affine functions.
        temperature: t > 0, in units of the score; the maximum is blurred by at most t log(pieces).
        width: units of each hidden layer of g.
        depth: number of its hidden layers.
    """

    name = "log_sum_exp_mlp"
    role: ClassVar[str] = "critic"

    pieces: Annotated[int, Ge(1)] = 512
    temperature: Annotated[float, Gt(0)] = 0.1
    width: Annotated[int, Ge(1)] = 128
    depth: Annotated[int, Ge(0)] = 2

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for inputs of any shape."""
        require_scores(self.name, output_shape)
        rest = MLP(width=self.width, depth=self.depth, activation="silu", initialization="torch")
        return LogSumExpModule(
            math.prod(input_shape), self.pieces, self.temperature, rest.build(input_shape, ())
        )
