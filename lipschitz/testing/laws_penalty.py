"""Law 3: a penalty is finite, not negative, multiplied by its coefficient, and changes nothing."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn

from lipschitz.critic import named_layers
from lipschitz.errors import CriticError, FieldError
from lipschitz.testing.trial import Trial, largest, layer_named, names_of, restore, same_bits, shown, snapshot

STEEP = 3.0
"""Factor on all parameters that makes a critic steep enough for most penalties to cost something."""


def finite_and_not_negative(trial: Trial) -> None:
    """For flat and steep critics and at several steps."""
    for scale in (1.0, STEEP):
        critic = trial.prepared(scale)
        for step in range(3):
            value = trial.penalty(critic, trial.batch(step=step))
            trial.require(value.isfinite().all(), 3, f"penalty is not finite: {shown(value)}.")
            trial.require((value >= 0).all(), 3, f"penalty is negative: {shown(value)}.")


def gradient_reaches_the_critic(trial: Trial) -> None:
    """Where the penalty is positive, some parameter of the critic gets a gradient, and all are finite."""
    critic = trial.prepared(STEEP)
    value = trial.penalty(critic, trial.batch()).mean()
    if not bool(value > 0):
        return
    trial.require(
        value.requires_grad,
        3,
        f"penalty {float(value.detach()):.3g} is detached: it can teach the critic nothing.",
    )
    torch.autograd.backward(value)
    gradients = _gradients(critic)
    trial.require(
        any(largest(gradient) > 0 for gradient in gradients.values()),
        3,
        f"penalty is {float(value.detach()):.3g}, and no parameter of the critic gets a gradient from it.",
    )
    _require_finite(trial, gradients, "of a steep critic")


def finite_for_a_critic_of_zeros(trial: Trial) -> None:
    """A bare square root has no derivative at a zero gradient; a critic of zeros is where training meets it."""
    try:
        critic = trial.prepared(0.0)
    except CriticError:
        return  # to refuse such a critic is an answer, too
    value = trial.penalty(critic, trial.batch())
    trial.require(value.isfinite().all(), 3, f"penalty of a critic of zeros is not finite: {shown(value)}.")
    if value.requires_grad:
        torch.autograd.backward(value.mean())
        _require_finite(trial, _gradients(critic), "of a critic of zeros")


def critic_is_left_alone(trial: Trial) -> None:
    """Parameters, buffers, modes, hooks and gradients are as after one plain forward pass in training mode."""
    plain, critic = trial.prepared(), trial.prepared()
    before, modes, hooks = snapshot(critic), _modes(critic), _hooks(critic)
    for parameter in critic.parameters():
        parameter.grad = torch.ones_like(parameter)
    trial.scores(plain, trial.batch())
    trial.penalty(critic, trial.batch())
    moved_by_forward = {name for name, value in snapshot(plain).items() if not same_bits(value, before[name])}
    own = names_of(trial.constraint)
    for name, value in snapshot(critic).items():
        spared = name in moved_by_forward or any(part in name for part in own)
        change = largest(value.double() - before[name].double())
        trial.require(
            spared or same_bits(value, before[name]), 3, f"penalty changes {name!r} by up to {change:.3g}."
        )
    for path, mode in _modes(critic).items():
        trial.require(mode is modes[path], 3, f"penalty leaves {layer_named(path)} with training={mode}.")
    trial.require(_hooks(critic) == hooks, 3, "penalty leaves forward hooks on the critic.")
    for name, parameter in critic.named_parameters():
        grad = parameter.grad
        trial.require(
            grad is not None and same_bits(grad, torch.ones_like(grad)),
            3,
            f"penalty changes the stored gradient of {name!r}; use torch.func or autograd.grad, not backward().",
        )
        trial.require(parameter.requires_grad, 3, f"penalty leaves {name!r} with requires_grad=False.")


def samples_are_left_alone(trial: Trial) -> None:
    """Real and fake samples keep their values, and the generator that made the fake ones gets no gradient."""
    batch = trial.batch()
    weight = torch.ones_like(batch.fake[0], requires_grad=True)
    fake = batch.fake * weight
    real = batch.real
    seen_real, seen_fake = real.clone(), fake.detach().clone()
    value = trial.penalty(trial.prepared(STEEP), dataclasses.replace(batch, real=real, fake=fake))
    if value.requires_grad:
        torch.autograd.backward(value.mean())
    trial.require(
        weight.grad is None, 3, "penalty sends a gradient to the generator through the fake samples."
    )
    trial.require(same_bits(real, seen_real), 3, "penalty changes the real samples in place.")
    trial.require(same_bits(fake.detach(), seen_fake), 3, "penalty changes the fake samples in place.")
    trial.require(
        not real.requires_grad and real.grad is None,
        3,
        "penalty switches on gradients of batch.real itself; work on a copy, batch.real.detach().requires_grad_().",
    )


def coefficient_multiplies(trial: Trial) -> None:
    """Doubling the field ``coefficient``, where there is one, doubles the penalty."""
    values = {
        field.name: getattr(trial.constraint, field.name) for field in dataclasses.fields(trial.constraint)
    }
    if "coefficient" not in values:
        return
    old = values["coefficient"]
    for factor in (2.0, 0.5):
        try:
            other = dataclasses.replace(trial.constraint, coefficient=factor * old)
        except FieldError:
            continue  # out of its range
        critic = trial.prepared(STEEP)
        state = snapshot(critic)
        got = trial.penalty(critic, trial.batch(), other)
        was = trial.penalty(restore(critic, state), trial.batch())
        trial.require(
            largest(got - factor * was) <= 1e-5 * largest(factor * was),
            3,
            f"coefficient {old:g} -> {factor * old:g} takes the penalty from {was.mean():.6g} to {got.mean():.6g} "
            f"on average instead of multiplying it by {factor:g}.",
        )
        return


def _gradients(critic: nn.Module) -> dict[str, Tensor]:
    return {name: p.grad for name, p in critic.named_parameters() if p.grad is not None}


def _require_finite(trial: Trial, gradients: dict[str, Tensor], whose: str) -> None:
    for name, gradient in gradients.items():
        trial.require(
            gradient.isfinite().all(), 3, f"the gradient of the penalty {whose} is not finite at {name!r}."
        )


def _modes(critic: nn.Module) -> dict[str, bool]:
    return {path: layer.training for path, layer in named_layers(critic)}


def _hooks(critic: nn.Module) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    return sum(len(vars(layer)[kind]) for _, layer in named_layers(critic) for kind in kinds)
