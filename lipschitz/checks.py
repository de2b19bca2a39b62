"""Does a critic treat the samples of a batch independently? Checked by layer type and by probing.

A per-sample gradient penalty constrains the slope of a function of ONE sample. Batch normalization turns the
critic into a function of the whole batch (Gulrajani et al. 2017, arXiv 1704.00028, section 4, "No critic batch
normalization"), and the penalty then stops meaning anything, without any error. Passing these checks means
"checked", never "proven".
"""

from __future__ import annotations

import logging
import weakref
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm  # pyright: ignore[reportPrivateUsage]
from torch.nn.utils import parametrize
from torch.nn.utils.spectral_norm import SpectralNorm as OldSpectralNorm
from torch.nn.utils.weight_norm import WeightNorm as OldWeightNorm

from lipschitz.batch import Batch
from lipschitz.critic import Critic, has_layer, named_layers
from lipschitz.errors import BatchError, CoupledSamplesError, CriticError
from lipschitz.probe import UnprobedError, first_coupled_layer

logger = logging.getLogger("lipschitz")


@dataclass(frozen=True)
class CoupledLayer:
    """A layer that mixes the samples of a batch.

    Attributes:
        path: its name inside the critic, such as ``"net.1"``; empty for the critic itself.
        layer: how it prints.
        fix: what to use instead.
    """

    path: str
    layer: str
    fix: str

    def explain(self) -> str:
        """Return the message of the error."""
        where = f"layer {self.path!r} ({self.layer})" if self.path else f"the critic ({self.layer})"
        return (
            f"{where} couples the samples of a batch, so a per-sample gradient penalty has no meaning for this "
            f"critic. Replace it: {self.fix}. Or set allow_batch_coupling to true to train all the same, with the "
            f"gradient of the summed scores."
        )


def coupled_layers(critic: nn.Module) -> list[CoupledLayer]:
    """Return the layers known by their type to couple samples, in the order of the module tree.

    Batch normalization counts in evaluation mode too: training switches it on.

    Example:
        >>> [layer.path for layer in coupled_layers(nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4)))]
        ['1']
    """
    return [
        CoupledLayer(path, _shown(module), _replacement(module))
        for path, module in named_layers(critic)
        if isinstance(module, BatchNorm)
    ]


def coupled_now(critic: nn.Module) -> list[CoupledLayer]:
    """Return the layers of `coupled_layers` that couple samples in the mode the critic is in at this moment."""
    if not has_layer(critic, BatchNorm):
        return []
    return [
        CoupledLayer(path, _shown(module), _replacement(module))
        for path, module in named_layers(critic)
        if isinstance(module, BatchNorm) and (module.training or module.running_mean is None)
    ]


def require_independent_samples(
    critic: Critic, example: Batch | None = None, *, allow_batch_coupling: bool = False
) -> None:
    """Refuse a critic that couples the samples of a batch.

    Args:
        critic: checked by layer type if it is a module; other callables can only be probed.
        example: with it, the critic is also probed: do value and gradient of one sample change when the
            others do? On a deep copy with redrawn parameters, so nothing of the critic changes.
        allow_batch_coupling: log a warning instead of raising.

    Raises:
        CoupledSamplesError: naming the layer's path and its replacement.
    """
    if example is not None and not isinstance(example, Batch):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BatchError(
            f"the example must be a lipschitz.Batch, got {type(example).__name__}; wrap it: Batch(real=x)."
        )
    if not isinstance(critic, nn.Module):
        return
    found = coupling_found(critic, example)
    if found is None:
        return
    if not allow_batch_coupling:
        raise CoupledSamplesError(found.explain())
    logger.warning("allow_batch_coupling is set: %s", found.explain())


def samples_are_independent(critic: Critic) -> bool | None:
    """Return what an earlier check with an example found for this very module, or `None` if there was none."""
    if not isinstance(critic, nn.Module):
        return None
    if torch.compiler.is_compiling():
        return _verdict_on(id(critic))
    return _verdicts.get(critic)


def _known_verdict(key: int) -> bool | None:
    # Looked up outside of compiled code, which would otherwise depend on every critic there is.
    return next((verdict for critic, verdict in _verdicts.items() if id(critic) == key), None)


_verdict_on: Any = _known_verdict
# What torch.compiler.assume_constant_result sets; calling that imports the whole compiler, for a second.
_verdict_on._dynamo_marked_constant = True


_verdicts: weakref.WeakKeyDictionary[nn.Module, bool] = weakref.WeakKeyDictionary()


def coupling_found(critic: nn.Module, example: Batch | None) -> CoupledLayer | None:
    """Return the first layer that couples samples, by type or by probing the example, and remember the verdict.

    Args:
        critic: left as it is.
        example: what to probe with; without one, only types are looked at and nothing is remembered but coupling.
    """
    by_type = coupled_layers(critic)
    if by_type:
        _verdicts[critic] = False
        return by_type[0]
    if example is None or example.device.type == "meta":  # no values to compare there
        return None
    try:
        path = first_coupled_layer(critic, example)
    except UnprobedError as reason:
        logger.warning("whether the critic couples the samples of a batch could not be checked: %s", reason)
        return None
    _verdicts[critic] = path is None
    if path is None:
        return None
    fix = "compute its statistics over one sample (as LayerNorm or GroupNorm do) instead of over the batch"
    return CoupledLayer(path, type(critic.get_submodule(path)).__name__, fix)


def _shown(module: Any) -> str:
    features = getattr(module, "num_features", None)
    return f"{type(module).__name__}({features})" if features else type(module).__name__


def _replacement(module: Any) -> str:
    features = getattr(module, "num_features", "channels")
    if isinstance(module, nn.BatchNorm1d):
        return (
            f"nn.LayerNorm({features}) is the paper's choice, nn.GroupNorm(1, {features}) does the same for "
            f"(B, C, L)"
        )
    return (
        f"nn.GroupNorm(1, {features}) is layer normalization per image, the paper's choice; nn.InstanceNorm2d "
        f"works too"
    )


def is_reparametrized(layer: nn.Module, name: str | None = None) -> bool:
    """Return whether a parameter of the layer itself is computed from others.

    Args:
        layer: its own parameters count, not those of layers inside.
        name: of the parameter; any by default. The older `torch.nn.utils.spectral_norm` and `weight_norm`, which
            work by hooks, count for every name.
    """
    if parametrize.is_parametrized(layer, name):
        return True
    hooks: dict[int, Any] = vars(layer)["_forward_pre_hooks"]
    return any(isinstance(hook, OldSpectralNorm | OldWeightNorm) for hook in hooks.values())


def require_plain_weights(critic: nn.Module, asker: str) -> None:
    """Refuse a critic with reparametrized weights, for constraints that move the raw parameters.

    Raises:
        CriticError: naming the layer, or saying that there is no module to prepare.
    """
    if not isinstance(critic, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise CriticError(f"{asker} acts on the parameters of an nn.Module, got {type(critic).__name__}.")
    for path, module in named_layers(critic):
        if is_reparametrized(module):
            raise CriticError(
                f"{asker} would move the raw parameter of layer {path!r}, which is reparametrized: that is not the "
                f"weight the critic uses. Use a critic without reparametrized weights, or drop {asker}."
            )
