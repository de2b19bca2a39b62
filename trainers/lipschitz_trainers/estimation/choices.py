"""What the caller of an estimate may choose, checked before anything is computed."""

from __future__ import annotations

import copy
import math
import numbers
from typing import Any

import numpy as np
import torch
from torch import nn

from lipschitz import Constraint, CriticError, FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.config.constraints import constraint_class
from lipschitz_trainers.networks import Network

LARGEST = 1e30
"""Of positive numbers: in training they meet others, in float32."""


def positive_number(what: str, given: Any) -> float:
    """Return a positive number as a float.

    Raises:
        FieldError: it is none, or above 1e30.

    Example:
        >>> positive_number("learning_rate", 1)
        1.0
    """
    number = math.nan
    if isinstance(given, numbers.Real) and not isinstance(given, bool):
        try:
            number = float(given)
        except OverflowError:
            number = math.inf
    if not 0 < number <= LARGEST:
        most = f", at most {LARGEST:g}" if number > LARGEST else ""
        raise FieldError(f"{what} must be a positive number{most}, got {given!r}.")
    return number


def choice(what: str, given: Any) -> bool | None:
    """Return True, False, or None for what is not chosen.

    Raises:
        FieldError: it is something else; a word such as ``"no"`` would count as true.

    Example:
        >>> choice("exact", None), choice("exact", True)
        (None, True)
    """
    if given is None or isinstance(given, (bool, np.bool_)):
        return None if given is None else bool(given)
    raise FieldError(f"{what} must be True, False or None, got {given!r}.")


def chosen_device(given: Any) -> str:
    """Return the name of a kind of device.

    Raises:
        FieldError: it is neither a name nor a torch device, or one device of several.

    Example:
        >>> chosen_device(torch.device("cpu")), chosen_device("auto")
        ('cpu', 'auto')
    """
    if isinstance(given, str):
        return given
    if not isinstance(given, torch.device):
        raise FieldError(f"device must be 'cpu', 'cuda', 'mps', 'auto' or a torch device, got {given!r}.")
    if given.index:
        raise FieldError(
            f"device must be the first of its kind, got {given}; hide the ones before it, for instance with "
            f"CUDA_VISIBLE_DEVICES={given.index}, and give device={given.type!r}."
        )
    return given.type


def chosen_constraint(given: Any) -> Constraint:
    """Return a constraint, or the one of that name with its defaults; ``"none"`` stands for no constraint at all.

    Raises:
        UnknownNameError: nothing is registered under the name.
        FieldError: it is neither.

    Example:
        >>> chosen_constraint("weight_clipping")
        WeightClipping(bound=0.01)
    """
    if isinstance(given, Constraint):
        return given
    if isinstance(given, str):
        return constraint_class(given)()
    raise FieldError(
        f"constraint must be a registered name, 'none', or a constraint such as lipschitz.build('spectral_norm'), "
        f"got {given!r}."
    )


def built_critic(given: Any, constraint: Constraint, shape: tuple[int, ...]) -> nn.Module:
    """Return a critic to train: a new one, or a copy of the one that was given.

    Args:
        given: a registered name, a network, a module, or None for what suits the constraint.
        constraint: what it is to be trained under.
        shape: of one sample.

    Raises:
        UnknownNameError: nothing is registered under the name.
        FieldError: it is none of these, or the network cannot serve the shape.
        CriticError: the module cannot be copied, or has nothing to train.
    """
    if isinstance(given, nn.Module):
        return _copied(given)
    if given is None and constraint.guarantee == "hard":
        network = registry.build("network", "mlp", width=256, depth=2, activation="max_min")
    elif given is None or isinstance(given, str):
        network = registry.build("network", "silu_mlp" if given is None else given)
    elif isinstance(given, Network):
        network = given
    else:
        raise FieldError(
            f"network must be a registered name, a network such as registry.build('network', 'mlp'), or a torch module "
            f"(an object, no class), got {given!r}."
        )
    return network.build(shape, ())


def _copied(module: nn.Module) -> nn.Module:
    try:
        copied = copy.deepcopy(module)
    except (RuntimeError, TypeError) as error:
        raise CriticError(
            f"the network must be a module that copy.deepcopy can copy, as a copy of it is trained: {error}"
        ) from error
    if not any(parameter.requires_grad for parameter in copied.parameters()):
        raise CriticError(
            f"the network must have parameters that require gradients, {type(module).__name__} has none to train."
        )
    return copied
