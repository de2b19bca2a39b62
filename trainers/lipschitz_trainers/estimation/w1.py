"""The Wasserstein-1 distance between two samples, estimated by a critic that is trained for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lipschitz import Constraint, CoupledSamplesError, DataError, interpolate
from lipschitz.schedules import WarmUpCosine
from lipschitz_trainers.arguments import whole_number
from lipschitz_trainers.data import ArraySource, require_finite
from lipschitz_trainers.estimation.choices import (
    built_critic,
    choice,
    chosen_constraint,
    chosen_device,
    positive_number,
)
from lipschitz_trainers.estimation.result import OnSamples, W1Estimate
from lipschitz_trainers.metrics import exact_w1, probing
from lipschitz_trainers.metrics.duality import dual_bound
from lipschitz_trainers.metrics.lipschitz_interval import interval
from lipschitz_trainers.metrics.magnitude import unit_of
from lipschitz_trainers.networks import Network
from lipschitz_trainers.objectives import Wasserstein
from lipschitz_trainers.training import AnotherDataset, Optimization, Trainer
from lipschitz_trainers.training.evaluation import evaluation_mode
from lipschitz_trainers.training.randomness import derive, seeded

EXACT = 2_000**2
"""Pairs of samples up to which the exact distance is computed unasked: half a second."""
BOUNDED = 10_000**2
"""Pairs of samples up to which the dual bound is computed."""
PLACES = 2_048
"""Samples of either side at which the search for steep slopes begins."""


def estimate_w1(
    x: Any,
    y: Any,
    *,
    constraint: str | Constraint = "one_sided_gradient_penalty",
    network: str | Network | nn.Module | None = None,
    steps: int = 1000,
    batch_size: int = 256,
    learning_rate: float = 5e-3,
    seed: int = 0,
    exact: bool | None = None,
    device: str | torch.device = "cpu",
) -> W1Estimate:
    r"""Estimate the Wasserstein-1 distance, with Euclidean cost, between two samples.

    A critic f is trained to maximize mean f(x) - mean f(y) while a constraint keeps it 1-Lipschitz
    (Kantorovich-Rubinstein duality: the maximum is the distance; Arjovsky et al. 2017, arXiv 1701.07875). No
    constraint is exact, so the estimate comes with the interval in which the critic's Lipschitz constant lies, and
    with a lower bound that holds for any critic.

    The exact distance between two finite samples is computed too where that takes less than a second. In high
    dimension it is far above the distance of the distributions they were drawn from, as no sample lies near another;
    a critic smooths over that, and may be closer to it.

    The samples are centred and divided by their common spread for training, so units do not matter. Takes about ten
    seconds on one processor core with the defaults. The same arguments give the same result on the same machine, and
    torch's global random state is left alone.

    Args:
        x: tensor or array of shape (n, ...), on any device, also a sparse one; of shape (n,), numbers.
        y: shape (m, ...), samples of the same shape as those of x.
        constraint: a registered name, with its defaults, or a constraint; ``"none"`` for none at all, where the critic
            is Lipschitz by its architecture.
        network: the critic: a registered name, a network, or a module from samples (b, ...) to scores, of which a copy
            is trained, in float32. By default ``silu_mlp``; for constraints with a hard
            guarantee, whose critics should keep the length of gradients, an ``mlp`` that sorts pairs of units.
        steps: optimizer steps. The learning rate warms up over the first 5 % and falls to 0 along a cosine.
        batch_size: samples of either side a step.
        learning_rate: the highest, of Adam.
        seed: of all random numbers.
        exact: whether to compute the exact distance; by default, where n m is at most 4 million.
        device: where to train: ``"cpu"``, ``"cuda"``, ``"mps"``, ``"auto"``, or a torch device without
            an index.

    Raises:
        DataError: a sample is no array of numbers, has fewer than two rows or values that are not finite, the shapes
            differ, or the samples lie too far apart for float64.
        UnknownNameError: no such constraint or network is registered.
        FieldError: a setting has the wrong type or is out of range.
        CriticError: the module cannot be copied, has nothing to train, or gives no score for each sample.
        TrainingError: training diverged, the critic cannot take the samples, or there is no such device.
        LipschitzError: the constraint refuses the critic.

    Example:
        >>> x = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
        >>> estimate = estimate_w1(x + torch.tensor([3.0, 0.0]), x, steps=100)
        >>> round(estimate.exact, 4), abs(estimate.value - 3) < 0.5, 2.5 < estimate.lower_bound < 3.0001
        (3.0, True, True)
    """
    a, b = _samples(x, "x"), _samples(y, "y")
    if a.shape[1:] != b.shape[1:]:
        raise DataError(
            f"x and y must hold samples of one shape, got {tuple(a.shape[1:])} and {tuple(b.shape[1:])}."
        )
    steps = whole_number("steps", steps, 1)
    batch_size = whole_number("batch_size", batch_size, 1)
    seed = whole_number("seed", seed, 0)
    learning_rate = positive_number("learning_rate", learning_rate)
    exact = choice("exact", exact)
    device = chosen_device(device)
    chosen = chosen_constraint(constraint)

    centre, scale = _centre_and_scale(torch.cat([a, b]))
    standardized = [((side - centre) / scale).float() for side in (a, b)]
    with seeded(seed, "estimate_w1"):
        trainer = _trainer(chosen, network, standardized, steps, batch_size, learning_rate, seed, device)
        trainer.fit(steps)
        with evaluation_mode(trainer.game):
            critic = trainer.game.critic
            places = _places(standardized[0], standardized[1], seed)
            found = interval(critic, places)
            on_x, on_y = (float(scale) * probing.scores(critic, side) for side in standardized)
            slopes = [None if found.lower is None else found.lower.value, _mean_slope(critic, places)]
    few = len(a) * len(b) <= EXACT if exact is None else exact
    return W1Estimate(
        value=float(on_x.mean() - on_y.mean()),
        lipschitz_lower=None if found.lower is None else found.lower.value,
        lipschitz_upper=found.upper,
        lower_bound=_lower_bound(a, b, on_x, on_y, slopes),
        exact=exact_w1(a, b) if few else None,
        reasons=found.reasons,
        critic=OnSamples(critic.eval(), centre, scale).to(trainer.game.fabric.device),
    )


def _centre_and_scale(pooled: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean sample and the root mean square distance of coordinates from it, 1 where that is 0."""
    unit = unit_of(pooled)
    centre = unit * (pooled / unit).mean(dim=0)
    away = pooled - centre
    unit = unit_of(away)
    scale = unit * (away / unit).square().mean().sqrt()
    if not scale.isfinite():
        raise DataError(
            "x and y lie further apart than float64 can tell (about 1.8e308); divide both by the same number."
        )
    return centre, torch.where(scale > 0, scale, torch.ones_like(scale))  # 0: all samples are the same point


def _samples(given: Any, what: str) -> Tensor:
    """Return float64 samples of shape (n, ...) with at least two axes, on the CPU."""
    try:
        if isinstance(given, np.ndarray):  # torch takes no negative strides and no foreign byte order
            array: np.ndarray[Any, Any] = given
            given = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
        tensor = torch.as_tensor(given).detach().cpu()
        if tensor.is_nested:
            raise TypeError("a nested tensor holds samples of several shapes")
        tensor = tensor.dequantize() if tensor.is_quantized else tensor
        tensor = tensor if tensor.layout == torch.strided else tensor.to_dense()
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{what} must be a tensor or an array of numbers: {error}") from error
    if tensor.is_complex() or tensor.ndim == 0 or len(tensor) < 2 or tensor[0].numel() == 0:
        raise DataError(
            f"{what} must hold at least two samples of real numbers, shape (n, ...) with n >= 2, got {tensor.dtype} "
            f"of shape {tuple(tensor.shape)}."
        )
    tensor = require_finite(tensor.double(), what)
    return tensor.unsqueeze(1) if tensor.ndim == 1 else tensor


def _trainer(
    constraint: Constraint,
    network: str | Network | nn.Module | None,
    samples: list[Tensor],
    steps: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    device: str,
) -> Trainer:
    with seeded(seed, "initialization/critic"):
        critic = built_critic(network, constraint, tuple(samples[0].shape[1:]))
    factor = WarmUpCosine(steps=steps)
    real, fake = (ArraySource(side, side, kind="points") for side in samples)
    return Trainer(
        critic=critic,
        constraint=constraint,
        objective=Wasserstein(),
        source=real,
        generator=AnotherDataset(fake),
        optimization=Optimization(
            lambda parameters: torch.optim.Adam(parameters, lr=learning_rate, betas=(0.5, 0.9)), factor
        ),
        batch_size=batch_size,
        critic_steps=1,
        seed=seed,
        device=device,
    )


def _places(x: Tensor, y: Tensor, seed: int) -> Tensor:
    """Return where to look for steep slopes: samples of both sides, and points between."""
    generator = torch.Generator().manual_seed(derive(seed, "places"))
    n = min(len(x), len(y), PLACES)
    a, b = (side[torch.randperm(len(side), generator=generator)[:n]] for side in (x, y))
    return torch.cat([a, b, interpolate(a, b, torch.rand(n, generator=generator))])


def _mean_slope(critic: nn.Module, places: Tensor) -> float | None:
    try:
        return float(probing.slopes(critic, places).mean())
    except CoupledSamplesError:
        return None


def _lower_bound(
    x: Tensor, y: Tensor, on_x: Tensor, on_y: Tensor, slopes: list[float | None]
) -> float | None:
    """Return the best dual bound: of the scores, and of those brought to slope 1; a distance is at least 0."""
    if len(x) * len(y) > BOUNDED:
        return None
    factors = [1.0, *(1 / slope for slope in slopes if slope)]
    return max(0.0, *(dual_bound(x, y, factor * on_x, factor * on_y) for factor in factors))
