"""The trainer's extension surface: five hooks, one for each of its axes.

A plugin is a module (or package) announced by an entry point of the group ``lipschitz_trainers``; it implements
any of these hooks and marks them with `lipschitz_trainers.hookimpl`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from lipschitz_trainers.data.base import Dataset
    from lipschitz_trainers.extractors.base import Extractor
    from lipschitz_trainers.metrics.base import Metric
    from lipschitz_trainers.networks.base import Network
    from lipschitz_trainers.objectives.base import Objective

PROJECT = "lipschitz_trainers"
"""Pluggy's project name and the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_datasets(register: Callable[[type[Dataset]], None]) -> None:
    """Call ``register(SomeDataset)`` for every dataset class of the plugin."""


@hookspec
def register_networks(register: Callable[[type[Network]], None]) -> None:
    """Call ``register(SomeNetwork)`` for every network class of the plugin."""


@hookspec
def register_objectives(register: Callable[[type[Objective]], None]) -> None:
    """Call ``register(SomeObjective)`` for every objective class of the plugin."""


@hookspec
def register_metrics(register: Callable[[type[Metric]], None]) -> None:
    """Call ``register(SomeMetric)`` for every metric class of the plugin."""


@hookspec
def register_extractors(register: Callable[[type[Extractor]], None]) -> None:
    """Call ``register(SomeExtractor)`` for every extractor class of the plugin."""
