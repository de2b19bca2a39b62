"""By how much does spectral normalization understate a convolution here?

`torch.nn.utils` divides a kernel by the largest singular value of its reshaped matrix (out, in * k * k), as Miyato et
al. 2018, arXiv 1802.05957, section 2.1. The convolution's own norm, at the size of its input, is larger.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from torch import nn
from torch.nn.modules.conv import _ConvNd as AnyConvolution  # pyright: ignore[reportPrivateUsage]
from torch.nn.utils import parametrize
from torch.nn.utils.spectral_norm import SpectralNorm as OldSpectralNorm

from lipschitz.bounds import operator_norm, reshaped_spectral_norm
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.subject import Subject
from lipschitz.diagnosis.tracing import calls, innermost

SMALLEST = 1.05
"""Factor from which it is worth mentioning."""

EXACT, ROUGH = 0.01, 0.05
"""Relative tightness of norms: of layers that are spectrally normalized, and of others."""


def understated_spectral_norm(subject: Subject) -> Iterator[Finding]:
    """Report convolutions whose norm is above that of their reshaped kernel."""
    norms: dict[str, tuple[float, float]] = {}  # of the convolution, and of the reshaped kernel
    seen: set[Any] = set()
    for call in innermost(calls(subject.critic, subject.call)):
        if (
            not isinstance(call.layer, AnyConvolution)
            or not call.given
            or math.prod(call.layer.kernel_size) == 1
        ):
            continue
        size = tuple(call.given[0].shape[1:])
        normalized = is_spectrally_normalized(call.layer)
        kind = (size, call.layer.weight.shape, call.layer.stride, call.layer.padding, call.layer.dilation)
        if not normalized and kind in seen:  # one of a kind tells enough
            continue
        seen.add(kind)
        reshaped = reshaped_spectral_norm(call.layer)
        true = operator_norm(call.layer, size, norm=2, tolerance=EXACT if normalized else ROUGH)
        if true > SMALLEST * (1 + ROUGH) * reshaped > 0:
            norms[call.path] = true, reshaped
    plain = dict(norms)
    for path, (true, reshaped) in norms.items():
        if is_spectrally_normalized(subject.critic.get_submodule(path)):
            del plain[path]
            yield Finding(
                code="understated_spectral_norm",
                layer=path,
                severity="warning",
                message=f"the norm of {subject.name(path)} at this input size is {true / reshaped:.2f} times that of "
                f"its reshaped kernel, which is what spectral_norm sets to 1, so the layer is {true:.2f}-Lipschitz.",
                fix="count that factor in, or constrain the convolution itself; a gradient penalty needs neither",
            )
    if plain:
        worst, factor = max(((path, a / b) for path, (a, b) in plain.items()), key=lambda pair: pair[1])
        yield Finding(
            code="understated_spectral_norm",
            layer=worst,
            severity="info",
            message=f"the norm of {subject.name(worst)} at this input size is about {factor:.1f} times that of its "
            f"reshaped kernel, so torch's spectral_norm would leave it {factor:.1f}-Lipschitz.",
            fix="nothing for a gradient penalty; under spectral_norm such factors multiply over the layers",
        )


def is_spectrally_normalized(layer: nn.Module) -> bool:
    """Return whether a layer's weight is divided by its spectral norm, in the new or the old way.

    Example:
        >>> is_spectrally_normalized(nn.utils.parametrizations.spectral_norm(nn.Linear(2, 2)))
        True
    """
    if parametrize.is_parametrized(layer, "weight"):
        steps: Any = layer.parametrizations
        return any(type(step).__name__ == "_SpectralNorm" for step in steps["weight"])
    return any(isinstance(hook, OldSpectralNorm) for hook in vars(layer)["_forward_pre_hooks"].values())
