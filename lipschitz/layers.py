"""The layers whose weights a constraint normalizes or projects, and their weights as matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd as AnyConvolution  # pyright: ignore[reportPrivateUsage]
from torch.nn.modules.conv import _ConvTransposeNd as AnyTransposed  # pyright: ignore[reportPrivateUsage]
from torch.nn.utils import parametrize

from lipschitz.checks import is_reparametrized
from lipschitz.critic import Critic, named_layers
from lipschitz.errors import CriticError
from lipschitz.undisturbed import autocast_dtype


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

    Raises:
        CriticError: there is none, or some weight is reparametrized already, or zero; the message names the layer.
            Nothing has been changed then.
    """
    layers = weighted_layers(critic, asker)
    for path, layer in layers.items():
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
    return layers


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

    Biases move scores and kinks, never slopes, and the gains of normalizers are none of these. A reparametrized
    weight comes as the critic uses it, computed from its trainable parts, which do not come themselves; those of the
    older `torch.nn.utils.spectral_norm` and `weight_norm` come as plain parameters.

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
    for path, layer in named_layers(critic):
        if layer in inside:  # a reparametrization's own parameters
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
            if value.ndim > 1 and value.requires_grad:
                yield f"{path}.{name}".lstrip("."), value
