"""Spectral normalization by the true norm of each convolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from annotated_types import Ge
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd as AnyConvolution
from torch.nn.utils import parametrizations, parametrize

from lipschitz import Batch, Constraint, CriticError, hookimpl
from lipschitz.convolutions import Convolution, convolution_of
from lipschitz.layers import full_precision, normalizable_layers, weight_of
from lipschitz.seeding import fixed_seed
from lipschitz.trees import linalg
from lipschitz.undisturbed import undisturbed

FIRST_ITERATIONS = 15
"""Before training, as many as torch's own spectral norm makes."""


@dataclass(frozen=True, kw_only=True)
class TrueSpectralNorm(Constraint):
    """Each weight is divided by the largest singular value of its layer's map, convolutions at their real input size.

        W / s,   u <- Av / |Av|,   v <- A'u / |A'u|,   s = |Av|   with A the map that W makes: x -> W x or W * x

    `spectral_norm` takes the kernel as a matrix instead, whose norm is smaller than that of the convolution, by up to
    the square root of the kernel's size; here a convolutional critic with 1-Lipschitz activations has constant 1 as a
    fully connected one does, once the power iteration has converged. The iteration approaches the norm from below, and
    more slowly than for a matrix: a few percent are missing while weights move. Linear layers are treated as by
    `spectral_norm`.

    The sizes of the inputs are learned from one call on the example, and fixed from then on: v has the shape of a
    layer's input, and is kept with the critic. An iteration costs about as much as one forward and one backward pass of
    one sample.

    Attributes:
        power_iterations: iterations each time the weights are computed in training.

    References:
        Gouk, Frank, Pfahringer, Cree: Regularisation of Neural Networks by Enforcing Lipschitz Continuity, 2021,
        arXiv 1804.04368, section 3. Farnia, Zhang, Tse: Generalizable Adversarial Training via Spectral Normalization,
        2019, arXiv 1811.07457.
    """

    name = "true_spectral_norm"
    family = "reparametrization"
    guarantee = "hard"
    changes = frozenset({"parametrization"})
    cost = "weights"

    power_iterations: Annotated[int, Ge(1)] = 1

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Reparametrize every linear and convolution layer; needs an example where there are convolutions."""
        layers = normalizable_layers(critic, self.name)
        shapes = input_shapes(critic, layers, example)
        with fixed_seed(0, {parameter.device for parameter in critic.parameters()}):
            for path, layer in layers.items():
                if path in shapes:
                    operator = convolution_of(layer, shapes[path])
                    norm = DividedByOperatorNorm(operator, weight_of(layer), self.power_iterations)
                    parametrize.register_parametrization(layer, "weight", norm)
                else:
                    parametrizations.spectral_norm(layer, n_power_iterations=self.power_iterations)
        return critic


class DividedByOperatorNorm(nn.Module):
    """The parametrization of a kernel as itself over the norm of its convolution."""

    def __init__(self, operator: Convolution, kernel: Tensor, iterations: int) -> None:
        """Draw a start from torch's global generator, and iterate for a while."""
        super().__init__()
        self.operator = operator
        self.iterations = iterations
        start = torch.randn(operator.shape, dtype=kernel.dtype, device=kernel.device)
        self.register_buffer("_v", F.normalize(start.flatten(), dim=0))
        self._iterate(kernel, FIRST_ITERATIONS)

    def forward(self, kernel: Tensor) -> Tensor:
        """Divide the kernel by the norm, through which gradients flow; the direction v counts as constant."""
        with full_precision(kernel.device):
            if self.training:
                self._iterate(kernel, self.iterations)
            # A copy, since the next call moves the direction in place before this one's backward pass.
            image = self.operator.apply(self._shaped(self._v.clone()), kernel)
            return kernel / linalg.vector_norm(image)

    @torch.no_grad()
    def _iterate(self, kernel: Tensor, count: int) -> None:
        for _ in range(count):
            image = self.operator.apply(self._shaped(self._v), kernel)
            back = self.operator.transpose(F.normalize(image.flatten(), dim=0).reshape(image.shape), kernel)
            self._v = F.normalize(back.flatten(), dim=0, out=self._v)

    def _shaped(self, vector: Tensor) -> Tensor:
        return vector.reshape(1, *self.operator.shape)


def input_shapes(
    critic: nn.Module, layers: dict[str, nn.Module], example: Batch | None
) -> dict[str, tuple[int, ...]]:
    """Return the shape of one input of each convolution among the layers, by path, from one call on the example.

    Raises:
        CriticError: there are convolutions and no example, or one of them is not called, or with different shapes.
    """
    convolutions = {path: layer for path, layer in layers.items() if isinstance(layer, AnyConvolution)}
    if not convolutions:
        return {}
    if example is None:
        raise CriticError(
            f"true_spectral_norm needs an example to learn the input size of layer {next(iter(convolutions))!r}: "
            f"prepare(critic, example=lipschitz.Batch(real=samples)); or use spectral_norm."
        )
    seen: dict[str, set[tuple[int, ...]]] = {path: set() for path in convolutions}

    def recorder(path: str, axes: int) -> Any:
        def record(layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            seen[path].add(tuple((args[0] if args else kwargs["input"]).shape[-axes - 1 :]))

        return record

    handles = [
        layer.register_forward_pre_hook(recorder(path, len(layer.kernel_size)), with_kwargs=True)
        for path, layer in convolutions.items()
    ]
    try:
        with torch.no_grad(), undisturbed(critic, example.device):
            critic(example.real, *example.condition)
    finally:
        for handle in handles:
            handle.remove()
    for path, shapes in seen.items():
        if len(shapes) != 1:
            found = f"with inputs of shapes {sorted(shapes)}" if shapes else "never"
            raise CriticError(
                f"true_spectral_norm needs one size of input for each convolution, and layer {path!r} is called "
                f"{found}; use spectral_norm, which needs none."
            )
    return {path: shapes.pop() for path, shapes in seen.items()}


@hookimpl
def register_constraints(register):
    """Announce the constraint."""
    register(TrueSpectralNorm)
