"""How far a critic's score of a sample depends on the other samples in the batch, and what a penalty sees of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from annotated_types import Ge
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd as Dropout  # pyright: ignore[reportPrivateUsage]

from lipschitz import interpolate
from lipschitz.critic import scores_of
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.probing import on_device_of


@dataclass(frozen=True, kw_only=True)
class BatchDependence(Metric):
    """How much the score of a sample changes with its companions, and its slope beside the one a penalty sees.

    A gradient penalty takes the gradient of the summed scores of a batch. Where samples are independent, its rows are
    the slopes of the scores. Batch normalization makes the critic a function of the whole batch: then the row of a
    sample mixes what it does to its own score with what it does to all others (Gulrajani et al. 2017, arXiv 1704.00028,
    section 4, "No critic batch normalization"). Measured in training mode, dropout off, on points between real and
    generated samples, on a copy.

    Keys: ``batch_dependence``, the standard deviation of a point's score over batches of other companions, mean over
    points, as a share of the standard deviation of all scores; 0 for critics whose samples are independent.
    ``own_slope``, mean norm of the gradient of a point's score by that point, its companions fixed; ``seen_slope``,
    mean norm of the gradient of the summed scores; ``slope_gap``, mean absolute difference of the two, as a share of
    ``own_slope``; ``own_penalty`` and ``seen_penalty``, the mean squares of both minus 1.

    Attributes:
        batch: points in a batch; at most half of the samples.
        companies: batches of companions that a point's score is compared over.
    """

    name = "batch_dependence"
    by_default = False

    batch: Annotated[int, Ge(2)] = 64
    companies: Annotated[int, Ge(2)] = 8

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the values; NaN where samples are not finite."""
        critic = training_copy(evaluation.critic)
        real, fake, random = evaluation.real, evaluation.fake, evaluation.generator
        points = interpolate(real, fake, torch.rand(len(real), generator=random))
        points = on_device_of(critic, points[torch.randperm(len(points), generator=random)])
        batch = points[: min(self.batch, len(points) // 2)]
        own, seen = own_slopes(critic, batch), seen_slopes(critic, batch)
        gap = (own - seen).abs().mean() / own.mean()
        return {
            self.name: dependence(critic, batch, points[len(batch) :], self.companies, random),
            "own_slope": float(own.mean()),
            "seen_slope": float(seen.mean()),
            "slope_gap": float(gap),
            "own_penalty": float((own - 1).square().mean()),
            "seen_penalty": float((seen - 1).square().mean()),
        }


def training_copy(critic: Any) -> Any:
    """Return a copy of a critic in training mode, but for dropout; a function is returned as it is."""
    if not isinstance(critic, nn.Module):
        return critic
    copied = copy.deepcopy(critic).train()
    for module in copied.modules():
        if isinstance(module, Dropout):
            module.eval()
    return copied


def dependence(critic: Any, batch: Tensor, others: Tensor, companies: int, random: torch.Generator) -> float:
    """Return how far the scores of half of a batch change with the other half, as a share of their spread.

    Args:
        critic: in training mode.
        batch: shape (b, ...); its first half is scored.
        others: companions, shape (m, ...), drawn anew each time.
        companies: how often.
        random: of the draws.
    """
    kept = batch[: (len(batch) + 1) // 2]
    scores: list[Tensor] = []
    with torch.no_grad():
        for _ in range(companies):
            drawn = torch.randperm(len(others), generator=random)[: len(batch) - len(kept)]
            together = torch.cat([kept, others[drawn.to(others.device)]])
            scores.append(scores_of(critic(together), len(together))[: len(kept)].double())
    found = torch.stack(scores)
    return float(found.std(dim=0, correction=0).mean() / found.std(correction=0))


def own_slopes(critic: Any, points: Tensor) -> Tensor:
    """Return the norm of the gradient of each point's score by that point, the others fixed, shape (n,), float64."""
    with torch.enable_grad():
        watched = points.detach().requires_grad_()
        scores = scores_of(critic(watched), len(watched))
        rows = [
            torch.autograd.grad(score, watched, retain_graph=True)[0][i] for i, score in enumerate(scores)
        ]
    return torch.stack(rows).double().flatten(1).norm(dim=1)


def seen_slopes(critic: Any, points: Tensor) -> Tensor:
    """Return the norm of each point's row of the gradient of the summed scores, shape (n,), float64."""
    with torch.enable_grad():
        watched = points.detach().requires_grad_()
        scores = scores_of(critic(watched), len(watched))
        return torch.autograd.grad(scores.sum(), watched)[0].double().flatten(1).norm(dim=1)
