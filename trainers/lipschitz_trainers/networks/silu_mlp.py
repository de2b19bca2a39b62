"""A smooth fully connected critic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from lipschitz_trainers.networks.activations import Activation
from lipschitz_trainers.networks.initialization import Initialization
from lipschitz_trainers.networks.mlp import MLP


@dataclass(frozen=True, kw_only=True)
class SiLUMLP(MLP):
    """`MLP` with the defaults of a good critic for gradient penalties: two hidden layers of 256 SiLU units.

    Its slope is a smooth function of the input, so a gradient penalty steers it between the points it looks at; of a
    piecewise linear critic it sees one piece at a time. It knows nothing of the shape of the potential it is to learn.

    Attributes:
        width: units of each hidden layer.
        depth: number of hidden layers.
        activation: after each hidden layer.
        initialization: ``torch`` (PyTorch's own) or ``paper``.

    References:
        Elfwing, Uchibe, Doya: Sigmoid-weighted linear units, 2018, arXiv 1702.03118.
    """

    name = "silu_mlp"

    width: Annotated[int, Ge(1)] = 256
    depth: Annotated[int, Ge(0)] = 2
    activation: Activation = "silu"
    initialization: Initialization = "torch"
