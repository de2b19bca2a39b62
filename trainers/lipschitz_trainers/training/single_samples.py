"""Networks that normalize over their batch cannot learn from batches of one sample; said before training."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm  # pyright: ignore[reportPrivateUsage]

from lipschitz import TrainingError


def require_no_lone_values(network: nn.Module, who: str, field: str, *inputs: Tensor) -> None:
    """Refuse a network in which a layer of batch normalization would see a single value of each channel.

    Args:
        network: in the mode it is trained in; tried in evaluation mode, and left as it is.
        who: what the message calls it.
        field: of the configuration, the size of the batch.
        inputs: of the network, for one sample.

    Raises:
        TrainingError: names the layer.

    Example:
        >>> critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4))
        >>> require_no_lone_values(critic, "critic", "batch_size", torch.ones(1, 2))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        lipschitz.errors.TrainingError: the critic's layer '1' ...
    """
    layers = {
        path: module
        for path, module in network.named_modules()
        if isinstance(module, BatchNorm) and (module.training or module.running_mean is None)
    }
    if not layers:
        return

    def watch(path: str, layer: BatchNorm) -> Any:
        def look(module: nn.Module, given: tuple[Tensor, ...]) -> None:
            if given[0].numel() == given[0].shape[1]:
                raise TrainingError(
                    f"the {who}'s layer {path!r} ({type(layer).__name__}) normalizes over the samples of a batch, and "
                    f"got batches of one; give {field} at least 2 samples for each process, or build the {who} without "
                    f"batch normalization."
                )

        return layer.register_forward_pre_hook(look)

    modes = {module: module.training for module in network.modules()}
    handles = [watch(path, layer) for path, layer in layers.items()]
    try:
        # Whatever else is wrong with the network is told where it is first used.
        with torch.no_grad(), suppress(RuntimeError, ValueError, TypeError):
            network.eval()(*inputs)
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes.items():
            module.training = training
