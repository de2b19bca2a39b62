"""Generators and critics by name."""

from __future__ import annotations

from collections.abc import Callable

from lipschitz_trainers.hookspecs import hookimpl
from lipschitz_trainers.networks.autoencoder_energy import AutoencoderEnergy
from lipschitz_trainers.networks.base import Network as Network
from lipschitz_trainers.networks.conv import ConvCritic, ConvGenerator
from lipschitz_trainers.networks.dirac_generator import DiracGenerator
from lipschitz_trainers.networks.linear import Linear
from lipschitz_trainers.networks.log_sum_exp_mlp import LogSumExpMLP
from lipschitz_trainers.networks.max_of_cones import MaxOfCones
from lipschitz_trainers.networks.mlp import MLP
from lipschitz_trainers.networks.silu_mlp import SiLUMLP


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
    ):
        register(network)
