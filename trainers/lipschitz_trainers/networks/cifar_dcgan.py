"""The DCGAN of the paper's CIFAR-10 curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt

from lipschitz_trainers.networks.dcgan import DCGANCritic, DCGANGenerator
from lipschitz_trainers.networks.layers.normalization import Normalization


@dataclass(frozen=True, kw_only=True)
class CifarDCGANGenerator(DCGANGenerator):
    """`DCGANGenerator` with the authors' settings for CIFAR-10: 5,179,907 parameters at 32x32.

    The output of the linear layer is normalized unit by unit.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, figure 3, and the authors'
        published CIFAR-10 script.
    """

    name = "cifar_dcgan_generator"

    by_unit: ClassVar[bool] = True

    width: Annotated[int, Ge(1)] = 128
    weight_std: Annotated[float, Gt(0)] | None = None


@dataclass(frozen=True, kw_only=True)
class CifarDCGANCritic(DCGANCritic):
    """`DCGANCritic` with the authors' settings for CIFAR-10: 4,114,689 parameters at 32x32.

    The penalized critic has no normalizer at all; those of the other methods have ``batch`` (4,116,225 parameters).

    References:
        As `CifarDCGANGenerator`.
    """

    name = "cifar_dcgan_critic"

    width: Annotated[int, Ge(1)] = 128
    normalization: Normalization = "none"
    weight_std: Annotated[float, Gt(0)] | None = None
