"""Losses of critic and generator by name."""

from __future__ import annotations

from collections.abc import Callable

from lipschitz_trainers.hookspecs import hookimpl
from lipschitz_trainers.objectives.base import Objective as Objective
from lipschitz_trainers.objectives.energy_based import EnergyBased
from lipschitz_trainers.objectives.f_divergence import FDivergence
from lipschitz_trainers.objectives.hinge import Hinge
from lipschitz_trainers.objectives.least_squares import LeastSquares
from lipschitz_trainers.objectives.loss_sensitive import LossSensitive
from lipschitz_trainers.objectives.standard import DCGAN, Minimax, NonSaturating
from lipschitz_trainers.objectives.wasserstein import Wasserstein
from lipschitz_trainers.objectives.wasserstein_ac_gan import WassersteinACGAN


@hookimpl
def register_objectives(register: Callable[[type[Objective]], None]) -> None:
    """Announce the built-in objectives."""
    for objective in (
        Wasserstein,
        WassersteinACGAN,
        NonSaturating,
        Minimax,
        DCGAN,
        LeastSquares,
        Hinge,
        LossSensitive,
        EnergyBased,
        FDivergence,
    ):
        register(objective)
