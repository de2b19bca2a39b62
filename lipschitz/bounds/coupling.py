"""Refuses critics whose score of one sample depends on the others: their bound on a single sample says nothing."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.checks import samples_are_independent
from lipschitz.critic import Critic
from lipschitz.errors import CoupledSamplesError
from lipschitz.probe import first_coupled_layer
from lipschitz.seeding import fixed_seed
from lipschitz.trees import Tree

logger = logging.getLogger("lipschitz")

LARGEST_BATCH = 256
"""Samples of an example that are probed together."""


def require_uncoupled(critic: Critic, points: Tree, condition: tuple[Any, ...]) -> None:
    """Refuse a critic that couples the samples of a batch, in the mode it is in, found by `lipschitz.probe`.

    A critic that cannot be probed is let pass, with a warning; one that a penalty has had probed is not probed again.

    Args:
        critic: left as it is where it is a module.
        points: of the shapes and batch size to probe, at most `LARGEST_BATCH`; a single sample is doubled.
        condition: per-sample entries.

    Raises:
        CoupledSamplesError: it couples samples; the message names the layer where it is one.
    """
    device = trees.leaves(points)[0].device
    if samples_are_independent(critic) or device.type == "meta":
        return
    try:
        with torch.inference_mode(False), torch.enable_grad(), fixed_seed(1, [device]):
            example = Batch(
                real=trees.map_leaves(_noise, points), condition=trees.map_leaves(_several, condition)
            )
            path = first_coupled_layer(_AsItStands(critic), example)
    except Exception as reason:  # critics raise anything
        logger.warning(
            "whether the critic couples the samples of a batch could not be checked, and its bound holds only if it "
            "does not: %s",
            str(reason).split("\n", 1)[0],
        )
        return
    if path is None:
        return
    inside = path.removeprefix("critic").removeprefix(".")
    kind = type(critic.get_submodule(inside)).__name__ if isinstance(critic, nn.Module) else "a function"
    where = f"layer {inside!r} ({kind})" if inside else f"the critic ({kind})"
    raise CoupledSamplesError(
        f"{where} couples the samples of a batch, so the score of one sample has no slope of its own to bound. Compute "
        f"statistics over one sample instead of over the batch, as LayerNorm and GroupNorm do."
    )


class _AsItStands(nn.Module):
    """A critic that the probe leaves in its mode: what counts here is batch normalization in the mode it is in."""

    def __init__(self, critic: Critic) -> None:
        super().__init__()
        self.critic = critic

    def train(self, mode: bool = True) -> _AsItStands:
        return self

    def forward(self, *inputs: Any) -> Any:
        return self.critic(*inputs)


def _several(leaf: Tensor) -> Tensor:
    kept = leaf.detach()[:LARGEST_BATCH].clone()
    return kept if len(kept) > 1 else torch.cat([kept, kept])


def _noise(leaf: Tensor) -> Tensor:
    return torch.randn_like(_several(leaf))
