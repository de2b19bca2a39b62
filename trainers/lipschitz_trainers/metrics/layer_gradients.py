"""How the gradient of the score shrinks or grows on its way back through the critic's layers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lipschitz.critic import named_layers, scores_of
from lipschitz.errors import CriticError
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.probing import on_device_of

WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True, kw_only=True)
class LayerGradients(Metric):
    """Norm of the gradient of the score by the output of each layer, mean over real and generated samples.

    A critic whose layers each shrink (or stretch) gradients by a factor has an exponentially vanishing (or exploding)
    gradient at its input: what Gulrajani et al. show for clipped weights (2017, arXiv 1704.00028, figure 1b, in their
    drawing up to the constant 1 / batch size).

    Keys: ``layer_gradient_1``, ... for the linear and convolution layers in the order in which they are called, as
    decimal logarithms, so that the last is 0 for a critic that ends in a linear layer; ``layer_gradients``, the mean
    change from a layer to the one before it (a least-squares slope, in decades a layer); ``layer_count``. A gradient of
    zero, whose logarithm is minus infinity, has no key and no part in the slope.
    """

    name = "layer_gradients"
    by_default = False

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the norms.

        Raises:
            CriticError: the critic is no module, or has no linear or convolution layer.
        """
        norms = layer_norms(evaluation.critic, torch.cat([evaluation.real, evaluation.fake]))
        logs = {layer: math.log10(norm) for layer, norm in enumerate(norms, start=1) if norm > 0}
        values = {f"layer_gradient_{layer}": log for layer, log in logs.items()}
        return {"layer_gradients": -slope(logs), "layer_count": float(len(norms)), **values}


def layer_norms(critic: object, points: Tensor) -> list[float]:
    """Return, for each layer in the order of the calls, the mean norm of the score's gradient by its output."""
    if not isinstance(critic, nn.Module):
        raise CriticError(
            f"layer_gradients looks at the layers of an nn.Module, got {type(critic).__name__}."
        )
    outputs: list[Tensor] = []

    def keep(_: nn.Module, __: object, output: Tensor) -> None:
        outputs.append(output)

    layers = [layer for _, layer in named_layers(critic) if isinstance(layer, WEIGHTED)]
    if not layers:
        raise CriticError("layer_gradients needs linear or convolution layers, and this critic has none.")
    handles = [layer.register_forward_hook(keep) for layer in layers]
    try:
        with torch.enable_grad():
            scores = scores_of(critic(on_device_of(critic, points)), len(points))
            found = torch.autograd.grad(scores.sum(), outputs, materialize_grads=True)
    finally:
        for handle in handles:
            handle.remove()
    return [float(gradient.double().flatten(1).norm(dim=1).mean()) for gradient in found]


def slope(logs: dict[int, float]) -> float:
    """Return the least-squares slope of values over their keys; NaN with fewer than two.

    Example:
        >>> round(slope({1: 0.0, 2: 0.5, 4: 1.5}), 6)
        0.5
    """
    if len(logs) < 2:
        return math.nan
    x = torch.tensor(list(logs), dtype=torch.float64)
    y = torch.tensor(list(logs.values()), dtype=torch.float64)
    x = x - x.mean()
    return float((x * (y - y.mean())).sum() / x.square().sum())
