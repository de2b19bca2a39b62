"""Copies of a critic to experiment on, and random values for their parameters."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.utils import _pytree as pytree

from lipschitz.critic import named_layers


def scrap_copy(critic: nn.Module) -> nn.Module:
    """Return a deep copy of a critic, also of one that PyTorch refuses to copy after a forward pass.

    Example:
        >>> scrap_copy(nn.Linear(2, 1))
        Linear(in_features=2, out_features=1, bias=True)
    """
    # PyTorch refuses to deep-copy tensors with a history, which the old weight_norm and spectral_norm leave on
    # their modules: the copy gets their values, and computes them anew when it is called.
    kept = [leaf for _, layer in named_layers(critic) for leaf in pytree.tree_leaves(vars(layer))]
    computed = [leaf for leaf in kept if isinstance(leaf, Tensor) and leaf.grad_fn is not None]
    return copy.deepcopy(critic, {id(leaf): leaf.detach().clone() for leaf in computed})


def redraw(critic: nn.Module) -> None:
    """Give all parameters random values from torch's global generator, except where a weight would vanish.

    Householder's form of `torch.nn.utils.parametrizations.orthogonal` keeps signs on a diagonal, and has a zero column
    for what lies between them: such weights keep their values.
    """
    before = {path: parameter.detach().clone() for path, parameter in critic.named_parameters()}
    with torch.no_grad():
        for parameter in critic.parameters():
            if parameter.is_floating_point():
                # Gates must open, but large biases would drown what comes from the samples in a deep critic.
                scale = parameter[0].numel() ** -0.5 if parameter.ndim > 1 else 0.3
                parameter.copy_(
                    torch.randn(parameter.shape, dtype=parameter.dtype).to(parameter.device) * scale
                )
    for path, layer in named_layers(critic):
        steps: Any = getattr(layer, "parametrizations", {}) if parametrize.is_parametrized(layer) else {}
        computed: list[Tensor] = [getattr(layer, name) for name in steps]
        if all(bool(weight.reshape(weight.shape[0], -1).any(dim=0).all()) for weight in computed):
            continue
        with torch.no_grad():
            for name, parameter in layer.named_parameters(prefix=path):
                parameter.copy_(before[name])
