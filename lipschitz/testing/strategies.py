"""Hypothesis strategies for tests of constraints: critics, batches, 1-Lipschitz functions, weights, norms.

They draw structure (sizes, depth, activation, a seed) and let a seeded generator fill large tensors, so examples
shrink to small ones; the numbers of small tensors are drawn one by one, bounded, without NaN or infinities.

Needs the extra ``testing``. Example of use, in a test::

    @given(critics(shape=(2,)), batches(shape=(2,)))
    def test_penalty_is_not_negative(critic, batch):
        assert (MyConstraint().penalty(critic, batch) >= 0).all()
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz.batch import Batch
from lipschitz.errors import MissingExtraError
from lipschitz.seeding import fixed_seed
from lipschitz.testing import functions
from lipschitz.testing.critics import Residual
from lipschitz.testing.functions import OneLipschitz

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError as error:
    raise MissingExtraError(
        'lipschitz.testing.strategies needs hypothesis: pip install "torch-lipschitz[testing]"'
    ) from error

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "relu_in_place": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "leaky_relu_in_place": lambda: nn.LeakyReLU(0.2, inplace=True),
    "tanh": nn.Tanh,
    "softplus": nn.Softplus,
    "silu": nn.SiLU,
}
"""Activations `critics` draws from, by name."""

PIECEWISE_LINEAR = ("relu", "relu_in_place", "leaky_relu", "leaky_relu_in_place")
"""Those of `ACTIVATIONS` whose second derivative is zero."""

SMOOTH = ("tanh", "softplus", "silu")
"""Those of `ACTIVATIONS` with continuous second derivatives: finite differences are right for them."""

LARGEST = 1e3
"""Bound of drawn numbers: failures are then about the mathematics, not about overflow."""


def seeds() -> SearchStrategy[int]:
    """Draw seeds for a `torch.Generator`."""
    return st.integers(0, 2**31 - 1)


def norms() -> SearchStrategy[float]:
    """Draw a norm of the input space that `lipschitz.gradient_norms` knows: 2, 1 or infinity."""
    return st.sampled_from([2.0, 1.0, math.inf])


def shapes(max_axes: int = 3, max_side: int = 4) -> SearchStrategy[tuple[int, ...]]:
    """Draw the shape of one sample, without the batch axis."""
    return st.lists(st.integers(1, max_side), min_size=1, max_size=max_axes).map(tuple)


@st.composite
def weights(
    draw: DrawFn, shape: tuple[int, ...], *, bound: float = 10.0, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Draw a tensor of a given shape number by number: for small tensors, where shrinking helps.

    Args:
        draw: supplied by hypothesis.
        shape: of the tensor.
        bound: largest absolute value of an entry, at most `LARGEST`.
        dtype: of the tensor.
    """
    limit = min(bound, LARGEST)
    entry = st.floats(-limit, limit, allow_subnormal=False, width=32)
    size = math.prod(shape)
    numbers = draw(st.lists(entry, min_size=size, max_size=size))
    return torch.tensor(numbers, dtype=dtype).reshape(shape)


@st.composite
def tensors(
    draw: DrawFn, shape: tuple[int, ...], *, scale: float = 1.0, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Draw a tensor of normally distributed numbers from a drawn seed: for large tensors.

    Args:
        draw: supplied by hypothesis.
        shape: of the tensor.
        scale: standard deviation.
        dtype: of the tensor.
    """
    generator = torch.Generator().manual_seed(draw(seeds()))
    return scale * torch.randn(shape, generator=generator, dtype=dtype)


@st.composite
def batches(
    draw: DrawFn,
    shape: tuple[int, ...] = (2,),
    *,
    condition: tuple[tuple[int, ...], ...] = (),
    min_size: int = 1,
    max_size: int = 6,
    dtype: torch.dtype = torch.float64,
) -> Batch:
    """Draw a `lipschitz.Batch` with a seeded generator; real and fake samples have different means.

    Args:
        draw: supplied by hypothesis.
        shape: of one sample.
        condition: shapes of the per-sample conditions.
        min_size: fewest samples.
        max_size: most samples.
        dtype: of all tensors.
    """
    size = draw(st.integers(min_size, max_size))
    generator = torch.Generator().manual_seed(draw(seeds()))

    def normal(tail: tuple[int, ...]) -> Tensor:
        return torch.randn((size, *tail), generator=generator, dtype=dtype)

    return Batch(
        real=normal(shape) + 1,
        fake=normal(shape) - 1,
        condition=tuple(normal(tail) for tail in condition),
        step=draw(st.integers(0, 20)),
        generator=generator,
    )


@st.composite
def critics(
    draw: DrawFn,
    shape: tuple[int, ...] = (2,),
    *,
    activations: tuple[str, ...] = tuple(ACTIVATIONS),
    max_depth: int = 3,
    max_width: int = 8,
    dtype: torch.dtype = torch.float64,
) -> nn.Module:
    """Draw a critic that treats samples independently: a perceptron, residual or not, normalized or not.

    Samples of shape (channels, height, width) may also get convolutions first.

    Args:
        draw: supplied by hypothesis.
        shape: of one sample.
        activations: names of `ACTIVATIONS` to choose from.
        max_depth: most hidden layers.
        max_width: most units of a hidden layer.
        dtype: of the parameters.
    """
    activation = ACTIVATIONS[draw(st.sampled_from(activations))]
    width = draw(st.integers(1, max_width))
    with fixed_seed(draw(seeds())):
        layers: list[nn.Module] = []
        features = math.prod(shape)
        if len(shape) == 3 and draw(st.booleans()):
            layers += [nn.Conv2d(shape[0], 2, 3, padding=1), nn.GroupNorm(1, 2), activation()]
            features = 2 * shape[1] * shape[2]
        layers += [nn.Flatten(), nn.Linear(features, width)]
        for _ in range(draw(st.integers(0, max_depth - 1))):
            branch: list[nn.Module] = [activation(), nn.Linear(width, width)]
            if draw(st.booleans()):
                # An in-place activation must not overwrite the input of a skip connection.
                branch = [Residual(nn.LayerNorm(width), *branch)]
            layers += branch
        layers += [activation(), nn.Linear(width, 1)]
        if draw(st.booleans()):
            layers.append(nn.Flatten(0))  # scores of shape (B,) instead of (B, 1)
        return nn.Sequential(*layers).to(dtype)


@st.composite
def one_lipschitz_functions(draw: DrawFn, dimension: int | None = None) -> OneLipschitz:
    """Draw a function whose gradient norm is at most 1 everywhere, see `lipschitz.testing.functions`.

    Args:
        draw: supplied by hypothesis.
        dimension: number of axes of a point; drawn from 1 to 4 by default.
    """
    d = draw(st.integers(1, 4)) if dimension is None else dimension
    count = draw(st.integers(1, 4))
    kinds: dict[str, Callable[[], OneLipschitz]] = {
        "unit_linear": lambda: functions.unit_linear(draw(weights((d,))), draw(st.floats(-5, 5))),
        "absolute_projection": lambda: functions.absolute_projection(draw(weights((d,)))),
        "euclidean_norm": lambda: functions.euclidean_norm(d),
        "largest_coordinate": lambda: functions.largest_coordinate(d),
        "distance_to": lambda: functions.distance_to(draw(weights((count, d)))),
        "min_funnels": lambda: functions.min_funnels(draw(weights((count, d))), draw(weights((count,)))),
        "orthogonal_network": lambda: functions.orthogonal_network(
            draw(tensors((count, d, d))), draw(weights((d,))), draw(_activations())
        ),
    }
    return kinds[draw(st.sampled_from(sorted(kinds)))]()


def _activations() -> SearchStrategy[Any]:
    return st.sampled_from(["relu", "abs", "sort_pairs"])
