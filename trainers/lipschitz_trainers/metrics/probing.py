"""Evaluating a critic on many samples, in chunks and on its own device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import gradient_norms, input_gradients
from lipschitz.critic import Critic, scores_of
from lipschitz.gradients import Engine
from lipschitz_trainers.metrics.portions import portions

CHUNK = 512
"""Samples at once: enough to be fast, few enough for a convolutional critic's activations."""


def scores(critic: Critic, points: Tensor) -> Tensor:
    """Return the critic's scores, shape (n,), float64, on the CPU, without gradient.

    Args:
        critic: a module (samples are moved to its device) or any callable on CPU tensors.
        points: shape (n, *shape).
    """
    with torch.no_grad():
        return _in_chunks(lambda chunk: scores_of(critic(chunk), len(chunk)), critic, points)


def slopes(critic: Critic, points: Tensor, engine: Engine = "auto", norm: float = 2) -> Tensor:
    """Return the norm of the critic's gradient at each point, shape (n,), float64, on the CPU.

    Args:
        critic: a module (samples are moved to its device) or any callable on CPU tensors.
        points: shape (n, *shape).
        engine: as for `lipschitz.gradient_norms`.
        norm: as for `lipschitz.gradient_norms`.
    """
    with torch.enable_grad():
        return _in_chunks(
            lambda chunk: gradient_norms(critic, chunk, norm=norm, engine=engine), critic, points
        )


def gradients(critic: Critic, points: Tensor, engine: Engine = "auto") -> Tensor:
    """Return the critic's gradient at each point, shape (n, *shape), float64, on the CPU.

    Args:
        critic: a module (samples are moved to its device) or any callable on CPU tensors.
        points: shape (n, *shape).
        engine: as for `lipschitz.input_gradients`.
    """
    with torch.enable_grad():
        return _in_chunks(lambda chunk: input_gradients(critic, chunk, engine=engine), critic, points)


def on_device_of(critic: Critic, points: Tensor) -> Tensor:
    """Return the points where the critic lives, if it is a module with parameters."""
    weight = next(critic.parameters(), None) if isinstance(critic, nn.Module) else None
    return points if weight is None else points.to(weight.device)


def _in_chunks(function: Callable[[Tensor], Tensor], critic: Any, points: Tensor) -> Tensor:
    chunks = [points[portion] for portion in portions(len(points), CHUNK)] or [points]
    return torch.cat([function(on_device_of(critic, chunk)).detach().cpu().double() for chunk in chunks])
