"""What a finished run leaves for pictures: samples, the critic's weights, its values over the plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lipschitz.critic import named_layers, scores_of
from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.training.evaluation import Scorer, evaluation_mode
from lipschitz_trainers.training.snapshots import indices_of, vocabulary_of
from lipschitz_trainers.training.trainer import Trainer

GRID = 128
"""Points a side of the value surface, as in the authors' toy script."""

LINE = 512
"""Places at which a critic on the line is evaluated."""

BINS = 1001
"""Of the histogram of weights; odd, so that zero lies in the middle of a bin."""

KEEP = {"points": 2000, "images": 64, "text": 64}
"""Samples kept by kind of data."""


def save_artifacts(trainer: Trainer, folder: Path) -> None:
    """Write ``samples.npz`` (real, fake), ``weights.npz`` and, for points, the critic's values.

    In the plane these are ``surface.npz``, on the line ``profile.npz``. Text is kept as indices beside its vocabulary,
    samples made for labels beside these (fake_labels).
    """
    if trainer.evaluator is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    edges, counts = weight_histogram(trainer.game.critic)
    np.savez_compressed(folder / "weights.npz", edges=edges.numpy(), counts=counts.numpy())
    with evaluation_mode(trainer.game):
        evaluation = trainer.evaluator.evaluation(trainer.game, trainer.source)
        n = KEEP[trainer.source.kind]
        plain = indices_of if trainer.source.kind == "text" else Tensor.numpy
        np.savez_compressed(
            folder / "samples.npz",
            real=plain(evaluation.real[:n]),
            fake=plain(evaluation.fake[:n]),
            **vocabulary_of(trainer.source),
            **_labels(evaluation, n),
        )
        if trainer.source.shape == (2,):
            x, y, values = value_surface(Scorer(trainer.game.critic), evaluation.real)
            np.savez_compressed(folder / "surface.npz", x=x.numpy(), y=y.numpy(), values=values.numpy())
        if trainer.source.shape == (1,):
            both = torch.cat([evaluation.real, evaluation.fake])
            x, values = value_profile(Scorer(trainer.game.critic), both)
            np.savez_compressed(folder / "profile.npz", x=x.numpy(), values=values.numpy())


def _labels(evaluation: Evaluation, n: int) -> dict[str, Any]:
    return {"fake_labels": evaluation.fake_condition[0][:n].numpy()} if evaluation.fake_condition else {}


@torch.no_grad()
def weight_histogram(critic: nn.Module) -> tuple[Tensor, Tensor]:
    """Return the edges (BINS + 1,) and counts (BINS,) of equal bins over all weights of linear and convolution layers.

    Weights as the critic uses them, reparametrized or not; the outermost bins end at the largest absolute value.
    """
    found = (getattr(layer, "weight", None) for _, layer in named_layers(critic))
    weights = [weight for weight in found if isinstance(weight, Tensor) and weight.ndim > 1]
    values = torch.cat([weight.flatten().float().cpu() for weight in weights] or [torch.zeros(1)])
    end = max(float(values.abs().nan_to_num(0.0, 0.0, 0.0).max()), 1e-30)
    counts, edges = torch.histogram(values[values.isfinite()].double(), BINS, range=(-end, end))
    return edges.float(), counts.float()


@torch.no_grad()
def value_surface(critic: Scorer, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return grid coordinates (GRID,), (GRID,) around the real points and the critic's values (GRID, GRID) there.

    Row i of the values belongs to ``y[i]``, column j to ``x[j]``.
    """
    low, high = real.min(0).values, real.max(0).values
    centre, half = (low + high) / 2, (high - low).max() * 0.65
    x, y = (torch.linspace(float(c - half), float(c + half), GRID) for c in centre)
    points = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).reshape(-1, 2)
    return x, y, scores_of(critic(points), len(points)).reshape(GRID, GRID).float().cpu()


@torch.no_grad()
def value_profile(critic: Scorer, points: Tensor) -> tuple[Tensor, Tensor]:
    """Return LINE places on the line, around points of shape (n, 1), and the critic's values there, both (LINE,)."""
    finite = points[points.isfinite()]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    margin = 0.1 * (high - low) + 0.5
    x = torch.linspace(low - margin, high + margin, LINE)
    return x, scores_of(critic(x[:, None]), LINE).float().cpu()
