"""A smooth maximum of cones: slope at most 1 whatever its parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from annotated_types import Ge, Gt
from torch import Tensor, nn

from lipschitz import FieldError
from lipschitz_trainers.networks.base import Network

TIP = 1e-12
"""Squared distance below which a cone is flat: the slope at the tip itself is 0, not undefined."""


class MaxOfConesModule(nn.Module):
    """The unit t log(sum over k of exp((h_k - |x - a_k|) / t))."""

    def __init__(self, size: int, cones: int, spread: float, temperature: float) -> None:
        """Draw the cones' tips, for samples of `size` values, around the origin."""
        super().__init__()
        self.tips = nn.Parameter(spread * torch.randn(cones, size))
        self.heights = nn.Parameter(torch.zeros(cones))
        self.log_temperature = nn.Parameter(torch.tensor(math.log(temperature)))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, *input_shape) to scores (B,)."""
        temperature = self.log_temperature.exp()
        return temperature * torch.logsumexp(
            (self.heights - self._distances(x.flatten(1))) / temperature, dim=1
        )

    def lipschitz_bound(self, norm: float, shape: tuple[int, ...]) -> float:
        """Return a bound of the slope by any p-norm of the input: 1 up to p = 2, then the ratio of both norms.

        Args:
            norm: p.
            shape: of the input, with its batch axis.
        """
        return 1.0 if norm <= 2 else math.prod(shape[1:]) ** (0.5 - 1 / norm)

    def _distances(self, x: Tensor) -> Tensor:
        """Return the distance of every sample from every tip, shape (B, cones).

        By one matrix product where that is exact enough; (B, cones, size) would not fit in memory for images.
        """
        squares = x.square().sum(dim=1, keepdim=True) + self.tips.square().sum(dim=1) - 2 * x @ self.tips.T
        return squares.clamp_min(TIP).sqrt()


@dataclass(frozen=True, kw_only=True)
class MaxOfCones(Network):
    """A smooth maximum of cones, 1-Lipschitz in the Euclidean norm by construction: no constraint is needed.

        f(x) = t log(sum over k of exp((h_k - |x - a_k|) / t))

    Every cone has slope 1, and the slope of the sum is a mean of theirs, so at most 1. Any 1-Lipschitz function is the
    maximum of cones over all points (McShane 1934), and the best critic against n samples that of n cones; with tips
    and heights that are learned, a few of them reach far. It is a prior for optimal critics that are a maximum of few
    cones, such as those of ``min_funnels``: read its results there as those of a network that was told the shape of the
    answer. On smooth potentials, such as those of ``wavy_surface``, it has no such help.

    Attributes:
        cones: their number.
        spread: standard deviation of the initial tips, in units of the data.
        temperature: initial t > 0, in units of the score; it is learned. The maximum is blurred by at most
            t log(cones).

    References:
        McShane: Extension of range of functions, Bull. AMS 40(12), 1934, theorem 1.

    Example:
        >>> critic = MaxOfCones(cones=64).build((2,), ())
        >>> x = torch.randn(100, 2, requires_grad=True)
        >>> slopes = torch.autograd.grad(critic(x).sum(), x)[0].norm(dim=1)
        >>> bool((slopes < 1 + 1e-5).all())
        True
    """

    name = "max_of_cones"
    role: ClassVar[str] = "critic"

    cones: Annotated[int, Ge(1)] = 1024
    spread: Annotated[float, Gt(0)] = 1.0
    temperature: Annotated[float, Gt(0)] = 1.0

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for inputs of any shape.

        Raises:
            FieldError: scores are not what it should return.
        """
        if output_shape != ():
            raise FieldError(f"{self.name} returns scores, it cannot serve outputs of shape {output_shape}.")
        return MaxOfConesModule(math.prod(input_shape), self.cones, self.spread, self.temperature)
