"""Law 4: `project` is idempotent, in place, and leaves parameters inside the set bit for bit."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from lipschitz.constraint import Constraint
from lipschitz.testing.trial import Trial, largest, restore, same_bits, snapshot

SCALES = (1e-3, 1.0, 30.0)
"""Factors on all parameters: well inside most sets, as drawn, far outside."""

STEPS = (0, 7)
"""Steps to project at: the first one, at which schedules and step counters have not begun, and a later one."""

ROUNDING = 1e-3
"""A parameter that moves by a smaller share of itself was not projected but merely rounded."""


def _projects(trial: Trial) -> bool:
    return type(trial.constraint).project is not Constraint.project


def _parameters(critic: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in critic.named_parameters()}


def twice_is_once(trial: Trial) -> None:
    """A second projection moves nothing, up to rounding."""
    if not _projects(trial):
        return
    for scale in SCALES:
        critic = trial.prepared(scale)
        state = snapshot(critic)
        for step in STEPS:
            trial.constraint.project(restore(critic, state), step)
            once = _parameters(critic)
            trial.constraint.project(critic, step)
            for name, value in critic.named_parameters():
                moved, size = largest(value - once[name]), largest(once[name])
                trial.require(
                    moved <= 1e-5 * size,
                    4,
                    f"a second projection moves {name!r} by another {moved:.3g}, of {size:.3g}, at step {step}.",
                )


def works_in_place(trial: Trial) -> None:
    """Parameters stay the same leaf objects in the same storage; stored gradients and modes are not touched."""
    if not _projects(trial):
        return
    critic = trial.prepared(SCALES[-1])
    before = dict(critic.named_parameters())
    storage = {name: value.data_ptr() for name, value in before.items()}
    trainable = {name: value.requires_grad for name, value in before.items()}
    for value in before.values():
        value.grad = torch.ones_like(value)
    trial.constraint.project(critic)
    after = dict(critic.named_parameters())
    trial.require(list(after) == list(before), 4, "project adds, removes or renames parameters.")
    for name, value in after.items():
        kept = value is before[name] and value.data_ptr() == storage[name]
        trial.require(
            kept,
            4,
            f"project replaces {name!r} by another tensor, which the optimizer does not know; copy into it.",
        )
        trial.require(
            value.is_leaf, 4, f"project leaves {name!r} with a history; decorate it with @torch.no_grad()."
        )
        trial.require(
            value.requires_grad is trainable[name], 4, f"project changes requires_grad of {name!r}."
        )
        grad = value.grad
        trial.require(
            grad is not None and same_bits(grad, torch.ones_like(grad)),
            4,
            f"project changes the gradient of {name!r}.",
        )
    trial.require(all(layer.training for layer in critic.modules()), 4, "project changes the critic's mode.")


def inside_is_untouched(trial: Trial) -> None:
    """A parameter either moves by a real distance or not at all, not even in its last bit.

    Looked at where most sets end well outside of: tiny parameters, and half of projected ones.
    """
    if not _projects(trial):
        return
    tiny = trial.prepared(SCALES[0])
    half = trial.prepared(SCALES[-1])
    steep = snapshot(half)
    for critic, step in itertools.product((tiny, half), STEPS):
        if critic is half:
            trial.constraint.project(restore(half, steep), step)
            with torch.no_grad():
                for parameter in half.parameters():
                    parameter.mul_(0.5)
        before = _parameters(critic)
        trial.constraint.project(critic, step)
        for name, value in critic.named_parameters():
            moved, size = largest(value - before[name]), largest(before[name])
            trial.require(
                moved == 0 or moved > ROUNDING * size,
                4,
                f"project changes {name!r}, which lies inside the set, by {moved:.3g}, of {size:.3g}, at step {step}: "
                f"rounding adds up over thousands of steps. Return a tensor inside the set as it is.",
            )


def changes_are_declared(trial: Trial) -> None:
    """A projection that moves parameters has ``"weights"`` in `changes`."""
    if "weights" in trial.constraint.changes or not _projects(trial):
        return
    for scale in SCALES:
        critic = trial.prepared(scale)
        before = _parameters(critic)
        for step in STEPS:
            trial.constraint.project(critic, step)
            for name, value in critic.named_parameters():
                trial.require(
                    same_bits(value.detach(), before[name]),
                    4,
                    f"project moves {name!r}; put 'weights' into `changes`, so that compose() can see contradictions.",
                )
