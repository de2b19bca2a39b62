"""Law 6 on a device of one's own choice: the same penalty, parameters and buffers as on the CPU. On request only."""

from __future__ import annotations

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.errors import FieldError
from lipschitz.testing.trial import Trial, largest, restore, snapshot

NAME = "law 6: device agrees with cpu"


def require_device(device: str) -> torch.device:
    """Return a device that can be used here.

    Raises:
        FieldError: it cannot.
    """
    try:
        torch.ones(1, device=device).sum().item()
        return torch.device(device)
    except Exception as error:
        raise FieldError(
            f"device {device!r} cannot be used on this machine ({error}); leave `device` out to check on the CPU."
        ) from error


def device_agrees_with_cpu(trial: Trial, device: torch.device) -> None:
    """On the device everything runs, and penalty and projection are those of the CPU."""
    critic = trial.prepared(2.0)
    state = snapshot(critic)
    plain = trial.batch()

    def move(leaf: Tensor) -> Tensor:
        return leaf.to(device)

    batch = Batch(
        real=trees.map_leaves(move, plain.real),
        fake=trees.map_leaves(move, plain.fake),
        condition=tuple(map(move, plain.condition)),
        generator=plain.generator,
    )
    moved = restore(trial.prepare(trial.fresh(2.0).to(device), batch), state)
    for name, value in moved.state_dict().items():
        trial.require(
            value.device.type == device.type,
            6,
            f"prepare leaves {name!r} on {value.device}, not on {device}.",
        )
    _compare(trial, trial.penalty(critic, trial.batch()), trial.penalty(moved, batch), "the penalty", device)
    for where in (critic, moved):
        trial.constraint.project(where)
    there = snapshot(moved)
    for name, value in snapshot(critic).items():
        _compare(trial, value, there[name], f"after the projection {name!r}", device)


def _compare(trial: Trial, want: Tensor, got: Tensor, what: str, device: torch.device) -> None:
    trial.require(got.device.type == device.type, 6, f"{what} is on {got.device}, not on {device}.")
    error, size = largest(got.cpu().double() - want.double()), largest(want)
    tolerance = (2e-2 if trial.dtype is torch.float32 else 1e-6) * size + 1e-6
    trial.require(
        error <= tolerance, 6, f"{what} on {device} differs by {error:.3g}, of {size:.3g}, from that on cpu."
    )
