"""Refusing a critic before training rather than in the middle of its first backward pass."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from lipschitz.batch import Batch
from lipschitz.checks import require_independent_samples
from lipschitz.diagnosis.borrowing import examined
from lipschitz.diagnosis.double_backward import no_double_backward
from lipschitz.errors import CriticError
from lipschitz.gradients import gradient_norms
from lipschitz.scrap import scrap_copy
from lipschitz.undisturbed import undisturbed

_backward: Any = torch.autograd.backward  # has no complete type annotations


def require_trainable_slopes(
    critic: nn.Module, example: Batch | None = None, *, allow_batch_coupling: bool = False
) -> None:
    """Refuse a critic whose per-sample slopes have no meaning, or cannot be differentiated.

    For constraints that penalise slopes, in `prepare`.

    Args:
        critic: left as it is. Looked at by type, and with an example by trying.
        example: samples as in training.
        allow_batch_coupling: critics that couple the samples of a batch get a logged warning instead of an error.

    Raises:
        CoupledSamplesError: the critic couples samples; names the layer and its replacement.
        CriticError: a layer can be differentiated only once; names it and what to write instead.

    Example:
        >>> require_trainable_slopes(nn.Linear(2, 1), Batch(real=torch.zeros(4, 2)))
    """
    require_independent_samples(critic, example, allow_batch_coupling=allow_batch_coupling)
    if example is None or not isinstance(critic, nn.Module) or example.device.type == "meta":  # pyright: ignore[reportUnnecessaryIsInstance]
        return
    try:
        scrap = scrap_copy(critic)
    except Exception:  # said already, where independence was checked
        return
    with undisturbed(scrap, example.device), torch.enable_grad():
        try:
            slopes = gradient_norms(scrap, example.real, *example.condition, engine="batched")
            # As in training: asked for some gradients only, autograd passes over nodes that stand for an error.
            if slopes.requires_grad:
                _backward(slopes.sum())
        except (RuntimeError, NotImplementedError) as error:
            _explain(critic, example, error)


def _explain(critic: nn.Module, example: Batch, error: Exception) -> None:
    with examined(critic, example, ()) as subject:
        found = list(no_double_backward(subject))
    if found and found[0].severity == "error":
        where = f"layer {found[0].layer!r}: " if found[0].layer else ""
        raise CriticError(f"{where}{found[0].message} Fix: {found[0].fix}.") from error
