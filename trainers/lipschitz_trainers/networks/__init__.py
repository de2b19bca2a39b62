"""Generators and critics by name."""

from __future__ import annotations

from collections.abc import Callable

from lipschitz_trainers.hookspecs import hookimpl
from lipschitz_trainers.networks.base import Network as Network
from lipschitz_trainers.networks.conv import ConvCritic, ConvGenerator
from lipschitz_trainers.networks.mlp import MLP


@hookimpl
def register_networks(register: Callable[[type[Network]], None]) -> None:
    """Announce the built-in networks."""
    for network in (MLP, ConvGenerator, ConvCritic):
        register(network)
