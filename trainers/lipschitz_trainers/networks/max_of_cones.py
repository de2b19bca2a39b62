"""A smooth maximum of cones: slope at most 1 whatever its parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from annotated_types import Ge, Gt
from torch import Tensor, nn

from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.shapes import require_scores

FEW = 8
"""Up to so many values a sample, distances are computed from differences; beyond, by a product."""

COLDEST = 1e-4
"""Below this temperature differences of scores would be lost to rounding."""

NEAR = 1e-12
"""Squared distance below which a cone computed by a product is flat."""


class MaxOfConesModule(nn.Module):
    """The unit t log(sum over k of exp((h_k - |x - a_k|) / t))."""

    def __init__(self, size: int, cones: int, radius: float, temperature: float) -> None:
        """Draw the cones' tips, for samples of `size` values, around the origin."""
        super().__init__()
        self.tips = nn.Parameter(radius / size**0.5 * torch.randn(cones, size))
        self.heights = nn.Parameter(torch.zeros(cones))
        self.log_temperature = nn.Parameter(torch.tensor(math.log(temperature)))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, *input_shape) to scores (B,)."""
        temperature = COLDEST + self.log_temperature.exp()
        return temperature * torch.logsumexp(self._cones(x.flatten(1)) / temperature, dim=1)

    def _cones(self, x: Tensor) -> Tensor:
        """Return the value of every cone at every sample, shape (B, cones)."""
        if x.shape[1] <= FEW:
            return self.heights - torch.linalg.vector_norm(x.unsqueeze(1) - self.tips, dim=2)
        # (B, cones, size) would not fit in memory for images. A product loses what is near a tip to rounding, and
        # slopes with it, so it is taken in double precision, around the mean of the tips.
        centre = self.tips.detach().mean(dim=0)
        a, b = (self.tips - centre).double(), (x - centre).double()
        squares = b.square().sum(dim=1, keepdim=True) + a.square().sum(dim=1) - 2 * b @ a.T
        return self.heights - squares.clamp_min(NEAR).sqrt().to(x.dtype)

    def lipschitz_bound(self, norm: float, shape: tuple[int, ...]) -> float:
        """Return a bound of the slope by any p-norm of the input: 1 up to p = 2, then the ratio of both norms.

        Args:
            norm: p.
            shape: of the input, with its batch axis.
        """
        return 1.0 if norm <= 2 else math.prod(shape[1:]) ** (0.5 - 1 / norm)


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
        radius: distance of the initial tips from the origin (root mean square), in units of the data. They begin close
            together in high dimension, where a cone that hides behind the others never learns.
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
    radius: Annotated[float, Gt(0)] = 2.0
    temperature: Annotated[float, Gt(0)] = 0.2

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it for inputs of any shape.

        Raises:
            FieldError: scores are not what it should return.
        """
        require_scores(self.name, output_shape)
        return MaxOfConesModule(math.prod(input_shape), self.cones, self.radius, self.temperature)
