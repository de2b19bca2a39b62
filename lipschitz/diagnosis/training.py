"""What surprises in a training loop: parameters without gradients, and buffers that every forward pass changes."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm  # pyright: ignore[reportPrivateUsage]
from torch.nn.utils.spectral_norm import SpectralNorm as OldSpectralNorm

from lipschitz import trees
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.subject import Subject, differentiable_kernels, everything_returned
from lipschitz.probing import as_found


def unused_parameters(subject: Subject) -> Iterator[Finding]:
    """Report parameters without gradient from outputs and penalty: DistributedDataParallel waits for them."""
    random = subject.redrawn()
    parameters = random.trainable()
    with differentiable_kernels(), torch.enable_grad():
        outputs = [leaf.sum() for leaf in everything_returned(random.call())]
        terms = [term for term in (*outputs, *_penalty(random)) if term.requires_grad]
    if not terms or not parameters:
        return
    found = torch.autograd.grad(torch.stack(terms).sum(), list(parameters.values()), allow_unused=True)
    unused = [path for path, gradient in zip(parameters, found, strict=True) if gradient is None]  # pyright: ignore[reportUnnecessaryComparison]
    for layer, names in _by_layer(unused).items():
        yield Finding(
            code="unused_parameters",
            layer=layer,
            severity="warning",
            message=f"{', '.join(names)} of {subject.name(layer)} get no gradient from scores and penalty, so they are "
            f"never trained, and DistributedDataParallel waits for them and fails at the second step.",
            fix="remove them, freeze them with requires_grad_(False), or use them in the forward pass",
        )


def _penalty(subject: Subject) -> list[Tensor]:
    norms = trees.sample_norms(subject.slopes()[1])
    try:
        torch.autograd.grad(
            norms.sum(), list(subject.trainable().values()), allow_unused=True, retain_graph=True
        )
    except (RuntimeError, NotImplementedError):  # another check's finding
        return []
    return [norms.sum()]


def _by_layer(paths: list[str]) -> dict[str, list[str]]:
    layers: dict[str, list[str]] = {}
    for path in paths:
        layer, _, name = path.rpartition(".")
        layers.setdefault(layer, []).append(name)
    return layers


def changing_buffers(subject: Subject) -> Iterator[Finding]:
    """Report running statistics and power iterations that a forward pass advances."""
    changed: dict[str, list[str]] = {}
    with as_found(subject.critic), torch.no_grad():
        before = {name: buffer.clone() for name, buffer in subject.critic.named_buffers()}
        subject.critic(subject.points, *subject.condition)
        for name, buffer in subject.critic.named_buffers():
            counts = not buffer.is_floating_point()  # a counter is harmless
            if not counts and (name not in before or not torch.equal(buffer, before[name])):
                layer, _, own = name.rpartition(".")
                changed.setdefault(layer, []).append(own)
    iterating = [path for path in changed if _is_power_iteration(subject.critic, path)]
    if iterating:
        path = iterating[0].partition(".parametrizations")[0]
        others = f" and {len(iterating) - 1} more" if len(iterating) > 1 else ""
        yield Finding(
            code="power_iteration",
            layer=path,
            severity="info",
            message=f"every forward pass in training, those of a penalty too, advances the power iteration of this "
            f"layer's spectral norm{others}, so its weight differs between real, fake and penalty points.",
            fix="wrap each critic step in torch.nn.utils.parametrize.cached() (parametrizations only)",
        )
    for path, names in changed.items():
        layer = subject.critic.get_submodule(path)
        if path in iterating or isinstance(layer, BatchNorm):  # the latter is an error already
            continue
        yield Finding(
            code="running_statistics",
            layer=path,
            severity="warning",
            message=f"{subject.name(path)} changes {', '.join(names)} at every forward pass, so evaluation may "
            f"see another critic than the one that was constrained, and in data-parallel training the first process's "
            f"values replace the others'.",
            fix="set track_running_stats=False, or normalize each sample by itself (LayerNorm, GroupNorm)",
        )


def _is_power_iteration(critic: nn.Module, path: str) -> bool:
    layer = critic.get_submodule(path)
    hooks = vars(layer)["_forward_pre_hooks"].values()
    return type(layer).__name__ == "_SpectralNorm" or any(isinstance(hook, OldSpectralNorm) for hook in hooks)
