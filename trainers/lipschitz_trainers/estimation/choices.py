"""What the caller of an estimate may choose, checked before anything is computed."""

from __future__ import annotations

import copy
import math
import numbers
import operator
from typing import Any

from torch import nn

from lipschitz import Constraint, CriticError, FieldError
from lipschitz_trainers import registry
from lipschitz_trainers.config.constraints import constraint_class
from lipschitz_trainers.networks import Network


def whole_number(what: str, given: Any, least: int) -> int:
    """Return a whole number of any type that has an exact integer value, those of numpy and torch included.

    Raises:
        FieldError: it is none, a bool, or too small.

    Example:
        >>> whole_number("steps", 5, 1)
        5
    """
    try:
        number = None if isinstance(given, bool) else operator.index(given)
    except TypeError:
        number = None
    if number is None or number < least:
        raise FieldError(f"{what} must be a whole number >= {least}, got {given!r}.")
    return number


def positive_number(what: str, given: Any) -> float:
    """Return a positive finite number as a float.

    Raises:
        FieldError: it is none.

    Example:
        >>> positive_number("learning_rate", 1)
        1.0
    """
    real = isinstance(given, numbers.Real) and not isinstance(given, bool)
    if not (real and math.isfinite(given) and float(given) > 0):
        raise FieldError(f"{what} must be a positive number, got {given!r}.")
    return float(given)


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
