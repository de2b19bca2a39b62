"""Law 6: float32 and float64, bf16 autocast, any device, any batch size."""

from __future__ import annotations

import re

import torch

from lipschitz.batch import Batch
from lipschitz.errors import CriticError
from lipschitz.testing.trial import Trial, largest, restore, shown, snapshot


def precisions_agree(trial: Trial) -> None:
    """The penalty is in the dtype of the critic, and float32 and float64 agree on the same critic."""
    critic = trial.prepared(2.0)
    state = snapshot(critic)
    value = trial.penalty(critic, trial.batch())
    trial.require(
        value.dtype is trial.dtype, 6, f"penalty is in {value.dtype}: precision is lost or dtypes are mixed."
    )
    other = trial.in_dtype(torch.float32 if trial.dtype is torch.float64 else torch.float64)
    converted = other.penalty(restore(other.prepared(2.0), state), other.batch())
    error, size = largest(value.double() - converted.double()), largest(converted)
    trial.require(
        error <= 1e-4 * size + 1e-7,
        6,
        f"penalty differs by {error:.3g} from that in {other.dtype}, the largest term of which is {size:.3g}.",
    )


def autocast_works(trial: Trial) -> None:
    """Under bf16 autocast everything runs, stays finite and close to float32."""
    if trial.dtype is not torch.float32:
        return
    critic = trial.prepared(2.0)
    state = snapshot(critic)
    with torch.autocast("cpu", torch.bfloat16):
        value = trial.penalty(critic, trial.batch())
    trial.require(value.isfinite().all(), 6, f"under bf16 autocast penalty is not finite: {shown(value)}.")
    if value.requires_grad:
        torch.autograd.backward(value.float().mean())
        for name, parameter in critic.named_parameters():
            trial.require(
                parameter.grad is None or parameter.grad.isfinite().all(),
                6,
                f"under bf16 autocast the gradient of the penalty is not finite at {name!r}.",
            )
    reference = trial.penalty(restore(critic, state), trial.batch())
    # The median, since rounding takes single samples across a kink of the critic, where slopes jump.
    error, size = float((value.float() - reference).detach().abs().median()), largest(reference)
    trial.require(
        error <= 0.25 * size + 1e-2,
        6,
        f"under bf16 autocast most terms of the penalty differ by {error:.3g} or more from those in float32, the "
        f"largest of which is {size:.3g}.",
    )


def one_sample_is_a_batch(trial: Trial) -> None:
    """Everything works with one sample."""
    critic = trial.prepare(trial.fresh(), trial.batch(1))
    value = trial.penalty(critic, trial.batch(1))
    trial.require(value.isfinite().all(), 6, f"with one sample penalty is not finite: {shown(value)}.")
    trial.constraint.project(critic)


def any_device(trial: Trial) -> str | None:
    """No tensor is created on a device of its own: a critic step on ``meta`` finds those without a GPU."""
    plain = trial.batch()
    example = Batch(
        real=plain.real.to("meta"),
        fake=plain.fake.to("meta"),
        condition=tuple(entry.to("meta") for entry in plain.condition),
        generator=plain.generator,
    )
    try:
        critic = trial.prepare(trial.fresh().to("meta"), example)
        loss = trial.scores(critic, example).mean() + trial.penalty(critic, example).mean()
        torch.autograd.backward(loss)
        trial.constraint.project(critic)
    except CriticError as error:
        return f"devices: without values the constraint refuses the {trial.example.name} ({error})"
    except Exception as error:
        chain = f"{error} {error.__cause__ or ''}"
        if re.search(r"cpu.*meta|meta.*cpu|same device", chain, re.DOTALL):
            raise trial.broken(
                6, f"tensors on different devices meet ({error}); create them with device=batch.device."
            ) from error
        if "meta" in chain:  # the values decide what to do, and there are none
            return (
                f"devices: a step of the {trial.example.name} cannot be run without values "
                f"({type(error).__name__})"
            )
        raise
    stray = [name for name, value in critic.state_dict().items() if not value.is_meta]
    trial.require(not stray, 6, f"prepare puts {', '.join(stray)} on another device than the critic's.")
    return None
