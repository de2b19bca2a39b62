"""The convolutional pair of the paper's runs on digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Gt

from lipschitz_trainers.networks.dcgan import DCGANCritic, DCGANGenerator
from lipschitz_trainers.networks.layers.normalization import Normalization


@dataclass(frozen=True, kw_only=True)
class MNISTGenerator(DCGANGenerator):
    """`DCGANGenerator` with the authors' settings for digits: 1,554,177 parameters at 28x28.

    Sides are 4, 8 cropped to 7, 14 and 28. Clipped networks of the authors have ``batch`` normalization. Their digits
    lie in [0, 1] and end in a sigmoid; ours lie in [-1, 1], so the sigmoid is stretched, and distances double.

    References:
        Gulrajani et al.: Improved Training of Wasserstein GANs, 2017, arXiv 1704.00028, figure 5, and the authors'
        published MNIST script.
    """

    name = "mnist_generator"

    by_unit: ClassVar[bool] = True

    normalization: Literal["none", "batch"] = "none"
    output: Literal["tanh", "sigmoid"] = "sigmoid"
    weight_std: Annotated[float, Gt(0)] | None = None


@dataclass(frozen=True, kw_only=True)
class MNISTCritic(DCGANCritic):
    """`DCGANCritic` with the authors' settings for digits: 1,030,145 parameters at 28x28.

    References:
        As `MNISTGenerator`.
    """

    name = "mnist_critic"

    normalization: Normalization = "none"
    weight_std: Annotated[float, Gt(0)] | None = None
