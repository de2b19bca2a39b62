"""Fully connected networks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge
from torch import Tensor, nn

from lipschitz_trainers.networks.activations import Activation, activation, require_whole_groups
from lipschitz_trainers.networks.base import Network
from lipschitz_trainers.networks.initialization import Initialization, glorot_linear_, he_linear_

Normalization = Literal["none", "layer", "batch"]


class MLPModule(nn.Module):
    """Flattens a sample, runs the layers, shapes the output; ``output_shape`` ``()`` gives scores (B,)."""

    def __init__(self, layers: nn.Sequential, output_shape: tuple[int, ...]) -> None:
        """Wrap finished layers."""
        super().__init__()
        self.layers = layers
        self.output_shape = output_shape

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, *input_shape) to (B, *output_shape)."""
        return self.layers(x.flatten(1)).reshape(x.shape[0], *self.output_shape)


@dataclass(frozen=True, kw_only=True)
class MLP(Network):
    """Fully connected: hidden layers of equal width, any activation.

    With the defaults, generator and critic of the authors' toy script: three hidden layers of 512 ReLU units
    (527,361 parameters as critic in the plane), He-uniform hidden weights, Glorot-uniform output, zero biases.

    Attributes:
        width: units of each hidden layer.
        depth: number of hidden layers.
        activation: after each hidden layer. ``group_sort`` and ``full_sort`` beside the constraint ``orthogonal`` make
            the critics of "Sorting out Lipschitz function approximation" (Anil, Lucas, Grosse 2019, arXiv 1811.05381).
        group_size: units that ``group_sort`` sorts together; it divides the width. No other activation uses it.
        normalization: before each hidden activation; ``batch`` couples samples, so gradient penalties refuse it
            in a critic.
        output: activation of the output (``tanh`` for images in [-1, 1]).
        initialization: ``paper`` or PyTorch's own.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, section 3, and the authors'
        published toy script.
    """

    name = "mlp"

    width: Annotated[int, Ge(1)] = 512
    depth: Annotated[int, Ge(0)] = 3
    activation: Activation = "relu"
    group_size: Annotated[int, Ge(2)] = 2
    normalization: Normalization = "none"
    output: Literal["identity", "tanh", "sigmoid"] = "identity"
    initialization: Initialization = "paper"

    def __post_init__(self) -> None:
        """Check that the width suits the activation."""
        require_whole_groups("MLP", self.activation, self.group_size, self.width)

    def build(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> nn.Module:
        """Build it; any shapes will do."""
        layers: list[nn.Module] = []
        size = math.prod(input_shape)
        for _ in range(self.depth):
            hidden = nn.Linear(size, self.width)
            if self.initialization == "paper":
                he_linear_(hidden)
            layers.append(hidden)
            if self.normalization == "layer":
                layers.append(nn.LayerNorm(self.width))
            elif self.normalization == "batch":
                layers.append(nn.BatchNorm1d(self.width))
            layers.append(activation(self.activation, self.group_size))
            size = self.width
        last = nn.Linear(size, math.prod(output_shape))
        if self.initialization == "paper":
            glorot_linear_(last)
        layers.append(last)
        if self.output != "identity":
            layers.append(nn.Tanh() if self.output == "tanh" else nn.Sigmoid())
        return MLPModule(nn.Sequential(*layers), output_shape)
