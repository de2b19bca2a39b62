"""The layers whose weights a constraint normalizes or projects, and their weights as matrices."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase as AnyBatchNorm  # pyright: ignore[reportPrivateUsage]
from torch.nn.modules.conv import _ConvNd as AnyConvolution  # pyright: ignore[reportPrivateUsage]
from torch.nn.modules.conv import _ConvTransposeNd as AnyTransposed  # pyright: ignore[reportPrivateUsage]
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize

from lipschitz.checks import is_reparametrized
from lipschitz.critic import Critic, named_layers
from lipschitz.errors import CriticError
from lipschitz.undisturbed import autocast_dtype

logger = logging.getLogger("lipschitz")

NORMALIZERS = (nn.LayerNorm, nn.RMSNorm, nn.GroupNorm, AnyBatchNorm)
"""Layers whose parameters, of however many axes, are gains and biases."""

WITHOUT_WEIGHTS = (*NORMALIZERS, nn.Embedding, nn.EmbeddingBag)
"""Layers that have no weight to bound the slope by."""


def weighted_layers(critic: nn.Module, asker: str) -> dict[str, nn.Module]:
    """Return the linear, bilinear and convolution layers of a critic by path.

    Args:
        critic: searched to the bottom; a layer used in several places is listed once.
        asker: name of the constraint, for the message.

    Raises:
        CriticError: there is none, or it is no module.

    Example:
        >>> list(weighted_layers(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), "spectral_norm"))
        ['0']
    """
    if not isinstance(critic, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise CriticError(f"{asker} acts on the weights of an nn.Module, got {type(critic).__name__}.")
    layers: dict[str, nn.Module] = {
        path: layer
        for path, layer in named_layers(critic)
        if isinstance(layer, nn.Linear | nn.Bilinear | AnyConvolution)
    }
    if not layers:
        raise CriticError(f"{asker} found no linear or convolution layer to normalize in this critic.")
    return layers


def normalizable_layers(critic: nn.Module, asker: str) -> dict[str, nn.Module]:
    """Return `weighted_layers`, whose weights are all free to be reparametrized and have a direction.

    Logs a warning where the critic has weights in other layers.

    Raises:
        CriticError: there is none, or some weight is reparametrized already, or zero; the message names the layer.
            Nothing has been changed then. Or a lazily built layer has no weight yet.
    """
    layers = weighted_layers(critic, asker)
    for path, layer in layers.items():
        if not is_reparametrized(layer, "weight") and is_lazy(weight_of(layer)):
            raise CriticError(
                f"layer {path!r} ({type(layer).__name__}) has no weight yet: call the critic once with an example "
                f"batch, then prepare it."
            )
        if is_reparametrized(layer, "weight"):
            raise CriticError(
                f"the weight of layer {path!r} is already reparametrized and can be only once; "
                f"prepare a critic without reparametrized weights."
            )
        weight = weight_of(layer)
        if not weight.is_meta and not weight.any():
            raise CriticError(
                f"the weight of layer {path!r} is zero and has no direction to normalize; draw it at random, "
                f"or use another constraint."
            )
    warn_of_free_weights(critic, layers, asker)
    return layers


def require_untied(layers: dict[str, nn.Module], asker: str) -> None:
    """Refuse layers that share a weight, where each would go on with parts of its own.

    Raises:
        CriticError: two layers have the same parameter as weight; the message names both.
    """
    owners: dict[int, str] = {}
    for path, layer in layers.items():
        first = owners.setdefault(id(weight_of(layer)), path)
        if first != path:
            raise CriticError(
                f"the layers {first!r} and {path!r} share one weight, and {asker} would give each a weight of its "
                f"own; use one layer in both places, or weights that are not shared."
            )


def warn_of_free_weights(critic: nn.Module, layers: dict[str, nn.Module], asker: str) -> None:
    """Log which weights of a critic are in none of these layers: through them its slope has no bound.

    Tables of embeddings do not count, as what they are looked up by has no slope; gains of normalizers neither.
    """
    covered = {id(inside) for layer in layers.values() for _, inside in named_layers(layer)}
    free = [
        f"{path}.{name}" if path else name
        for path, layer in named_layers(critic)
        if id(layer) not in covered and not isinstance(layer, WITHOUT_WEIGHTS)
        for name, weight in layer.named_parameters(recurse=False)
        if weight.ndim > 1
    ]
    if free:
        more = f" and {len(free) - 3} more" if len(free) > 3 else ""
        logger.warning(
            "%s acts on linear and convolution layers and leaves other weights as they are: %s%s. Through them the "
            "critic can become as steep as it likes.",
            asker,
            ", ".join(map(repr, free[:3])),
            more,
        )


def weight_of(layer: nn.Module) -> Tensor:
    """Return a layer's weight as it is used, computed if it is reparametrized."""
    return cast(Tensor, layer.weight)


def output_axis(layer: nn.Module) -> int:
    """Return the axis of a layer's weight that counts its outputs: 1 for transposed convolutions, else 0."""
    return 1 if isinstance(layer, AnyTransposed) else 0


def as_matrix(weight: Tensor, axis: int = 0) -> Tensor:
    """Return a weight as a matrix with one row for each output, shape (out, all others).

    A kernel (out, in, k, k) becomes (out, in * k * k), as Miyato et al. 2018, arXiv 1802.05957, section 2.1. The norm
    of that matrix is not the norm of the convolution, see `lipschitz.bounds.operator_norm`.

    Args:
        weight: of two axes or more.
        axis: `output_axis` of its layer.

    Example:
        >>> as_matrix(torch.zeros(3, 5, 2, 2), axis=output_axis(nn.ConvTranspose2d(3, 5, 2))).shape
        torch.Size([5, 12])
    """
    return weight.movedim(axis, 0).flatten(1)


def from_matrix(matrix: Tensor, shape: Sequence[int], axis: int = 0) -> Tensor:
    """Return the weight of the given shape that `as_matrix` turns into `matrix`.

    Example:
        >>> weight = torch.randn(3, 5, 2, 2)
        >>> torch.equal(from_matrix(as_matrix(weight, axis=1), weight.shape, axis=1), weight)
        True
    """
    others = [size for i, size in enumerate(shape) if i != axis]
    return matrix.reshape(shape[axis], *others).movedim(0, axis)


def full_precision(device: torch.device) -> AbstractContextManager[Any]:
    """Leave autocast, where it is on, for what must not be rounded to half precision.

    Example:
        >>> with torch.autocast("cpu", torch.bfloat16), full_precision(torch.device("cpu")):
        ...     (torch.ones(1, 1) @ torch.ones(1, 1)).dtype
        torch.float32
    """
    return nullcontext() if autocast_dtype(device) is None else torch.autocast(device.type, enabled=False)


def weights_in_use(critic: Critic, asker: str) -> Iterator[tuple[str, Tensor]]:
    """Yield the trainable matrices and kernels that a critic multiplies with, by path: weights of two axes or more.

    Biases move scores and kinks, never slopes, and neither they nor the gains of normalizers come, however many axes
    they have. A parameter that several layers share comes once. A reparametrized weight comes as the critic uses it,
    computed from its trainable parts, which do not come themselves; those of the older
    `torch.nn.utils.spectral_norm` and `weight_norm` come as plain parameters.

    Args:
        critic: a module.
        asker: name of the constraint, for the message.

    Raises:
        CriticError: it is no module.

    Example:
        >>> [path for path, _ in weights_in_use(nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4)), "l2_weight_decay")]
        ['0.weight']
    """
    if not isinstance(critic, nn.Module):
        raise CriticError(f"{asker} acts on the weights of an nn.Module, got {type(critic).__name__}.")
    inside: set[nn.Module] = set()
    seen: set[int] = set()
    kept: list[Tensor] = []  # so that the identity of a computed weight is not used again
    for path, layer in named_layers(critic):
        if layer in inside or isinstance(
            layer, NORMALIZERS
        ):  # the first: a reparametrization's own parameters
            continue
        found = list(layer.named_parameters(recurse=False))
        if parametrize.is_parametrized(layer):
            reparametrized: nn.ModuleDict = cast(Any, layer).parametrizations
            inside.update(reparametrized.modules())
            found += [
                (name, getattr(layer, name))
                for name, parts in reparametrized.items()
                if any(part.requires_grad for part in parts.parameters())
            ]
        for name, value in found:
            if value.ndim > 1 and value.requires_grad and id(value) not in seen:
                seen.add(id(value))
                kept.append(value)
                yield f"{path}.{name}".lstrip("."), value
