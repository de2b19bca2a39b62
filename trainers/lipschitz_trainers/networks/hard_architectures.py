"""The changes to DCGAN that the paper shows to break other methods; each is `dcgan` by other defaults.

DCGAN without any normalization and with hyperbolic tangents everywhere are fields of `DCGANGenerator` and
`DCGANCritic`; the 101 layers are in `resnet101`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt

from lipschitz_trainers.networks.dcgan import DCGANCritic, DCGANGenerator, Nonlinearity
from lipschitz_trainers.networks.mlp import MLP


@dataclass(frozen=True, kw_only=True)
class ConstantFiltersGenerator(DCGANGenerator):
    """`DCGANGenerator` without batch normalization and with equal widths: 444,291 parameters at 64x64.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, figure 2, row 2.
    """

    name = "constant_filters_generator"

    normalization: Literal["none", "batch"] = "none"
    constant_filters: bool = True
    weight_std: Annotated[float, Gt(0)] | None = None


@dataclass(frozen=True, kw_only=True)
class MLPGenerator(MLP):
    """`MLP` with four hidden layers of 512 ReLU units and tanh output: 7,157,760 parameters at 64x64.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, figure 2, row 3.
    """

    name = "mlp_generator"
    role: ClassVar[str] = "generator"

    depth: Annotated[int, Ge(0)] = 4
    output: Literal["identity", "tanh", "sigmoid"] = "tanh"


@dataclass(frozen=True, kw_only=True)
class GatedGenerator(DCGANGenerator):
    """`DCGANGenerator` with gated activations: 10,724,675 parameters at 64x64.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, figure 2, row 5.
    """

    name = "gated_generator"

    activation: Nonlinearity = "gated"
    weight_std: Annotated[float, Gt(0)] | None = None


@dataclass(frozen=True, kw_only=True)
class GatedCritic(DCGANCritic):
    """`DCGANCritic` with gated activations: 8,624,897 parameters at 64x64.

    References:
        As `GatedGenerator`.
    """

    name = "gated_critic"

    activation: Nonlinearity = "gated"
    weight_std: Annotated[float, Gt(0)] | None = None
