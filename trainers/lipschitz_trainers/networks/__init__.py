"""Generators and critics by name."""

from __future__ import annotations

from collections.abc import Callable

from lipschitz_trainers.hookspecs import hookimpl
from lipschitz_trainers.networks.autoencoder_energy import AutoencoderEnergy
from lipschitz_trainers.networks.base import Network as Network
from lipschitz_trainers.networks.cifar_dcgan import CifarDCGANCritic, CifarDCGANGenerator
from lipschitz_trainers.networks.cifar_resnet import CifarResNetCritic, CifarResNetGenerator
from lipschitz_trainers.networks.conv import ConvCritic, ConvGenerator
from lipschitz_trainers.networks.dcgan import DCGANCritic, DCGANGenerator
from lipschitz_trainers.networks.dirac_generator import DiracGenerator
from lipschitz_trainers.networks.hard_architectures import (
    ConstantFiltersGenerator,
    GatedCritic,
    GatedGenerator,
    MLPGenerator,
)
from lipschitz_trainers.networks.language import LanguageCritic, LanguageGenerator
from lipschitz_trainers.networks.linear import Linear
from lipschitz_trainers.networks.log_sum_exp_mlp import LogSumExpMLP
from lipschitz_trainers.networks.lsun_resnet import LSUNResNetCritic, LSUNResNetGenerator
from lipschitz_trainers.networks.max_of_cones import MaxOfCones
from lipschitz_trainers.networks.mlp import MLP
from lipschitz_trainers.networks.mnist_dcgan import MNISTCritic, MNISTGenerator
from lipschitz_trainers.networks.random_architecture import RandomCritic, RandomGenerator
from lipschitz_trainers.networks.resnet64 import ResNet64Critic, ResNet64Generator
from lipschitz_trainers.networks.resnet101 import ResNet101Critic, ResNet101Generator
from lipschitz_trainers.networks.silu_mlp import SiLUMLP
from lipschitz_trainers.networks.sngan_cnn import SNGANCritic, SNGANGenerator


@hookimpl
def register_networks(register: Callable[[type[Network]], None]) -> None:
    """Announce the built-in networks."""
    for network in (
        MLP,
        SiLUMLP,
        LogSumExpMLP,
        MaxOfCones,
        ConvGenerator,
        ConvCritic,
        DiracGenerator,
        Linear,
        AutoencoderEnergy,
        DCGANGenerator,
        DCGANCritic,
        ConstantFiltersGenerator,
        MLPGenerator,
        GatedGenerator,
        GatedCritic,
        ResNet101Generator,
        ResNet101Critic,
        ResNet64Generator,
        ResNet64Critic,
        CifarDCGANGenerator,
        CifarDCGANCritic,
        CifarResNetGenerator,
        CifarResNetCritic,
        LSUNResNetGenerator,
        LSUNResNetCritic,
        MNISTGenerator,
        MNISTCritic,
        LanguageGenerator,
        LanguageCritic,
        SNGANGenerator,
        SNGANCritic,
        RandomGenerator,
        RandomCritic,
    ):
        register(network)
