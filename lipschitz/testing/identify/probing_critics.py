"""Critics whose gradients are prescribed, and which remember where they were asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn

from lipschitz.errors import CriticError
from lipschitz.testing.identify.forms import Form

Regions = Callable[[Tensor], Tensor]
"""From points of shape (B, D) to indices of shape (B,): which slope holds at each point."""


class Record:
    """The points a critic was asked for, one tensor of shape (B, D) a call."""

    def __init__(self) -> None:
        """Start empty."""
        self.calls: list[Tensor] = []

    def add(self, points: Tensor) -> None:
        """Note the points of one call."""
        self.calls.append(points.detach().to(torch.float64).clone())

    def rows(self) -> Tensor | None:
        """Return all points in the order of the calls, each once, shape (N, D); `None` where there are none."""
        if not self.calls:
            return None
        points = torch.cat([call.reshape(-1, call.shape[-1]) for call in self.calls])
        same = (points[:, None] == points[None]).all(-1)
        return points[~same.tril(-1).any(1)]


class _Recorded(torch.autograd.Function):
    """The identity, noting what passes; also under vmap, where a module sees no plain tensors."""

    @staticmethod
    def forward(points: Tensor, record: Record) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        record.add(points)
        return points.view_as(points)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0], None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        return tangents[0].view_as(tangents[0])

    @staticmethod
    def vmap(info: Any, in_dims: Any, *inputs: Any) -> Any:
        points, record = inputs
        if in_dims[0] is not None:
            points = points.movedim(in_dims[0], 0)
        return _recorded(points, record), None if in_dims[0] is None else 0


_recorded: Callable[[Tensor, Record], Tensor] = cast(Any, _Recorded).apply


class ProbingCritic(nn.Module):
    """Has the gradient ``slope + curvature * x``, with the slope of the region that x lies in.

    Without curvature all scores are 0, so that nothing but the gradient can enter a penalty; and the gradient at
    a point does not depend on where in its region that is.

    Attributes:
        slopes: the only parameter, shape (R, D).
        record: where the critic was asked, or `None` if it is not to be remembered.

    Example:
        >>> form = Form((2,), dtype=torch.float32)
        >>> critic = ProbingCritic(form, torch.tensor([[3.0, 4.0]]), everywhere, record=Record())
        >>> x = torch.tensor([[1.0, 0.0], [0.0, 1.0]], requires_grad=True)
        >>> torch.autograd.grad(critic(x).sum(), x)
        (tensor([[3., 4.],
                 [3., 4.]]),)
        >>> critic.record.rows()
        tensor([[1., 0.],
                [0., 1.]], dtype=torch.float64)
    """

    def __init__(
        self,
        form: Form,
        slopes: Tensor,
        regions: Regions,
        *,
        curvature: float = 0.0,
        record: Record | None = None,
    ) -> None:
        """Take the slopes, shape (R, D), and what says where each holds."""
        super().__init__()
        self.form = form
        self.slopes = nn.Parameter(slopes.to(form.dtype).clone())
        self.regions = regions
        self.curvature = curvature
        self.record = record

    def forward(self, x: Tensor) -> Tensor:
        """Return scores of shape (B, 1) or (B,); one sample without batch axis gives (1,) or ()."""
        alone = x.shape == self.form.shape
        batch = x.unsqueeze(0) if alone else x
        if batch.ndim < 2 or batch[0].numel() != self.form.features:
            raise CriticError(
                f"the critic takes samples of shape {self.form.shape}, got a tensor of shape {tuple(x.shape)}."
            )
        points = batch.flatten(1)
        if self.record is not None:
            points = _recorded(points, self.record)
        here = points.detach()
        scores = (self.slopes[self.regions(here)] * (points - here)).sum(1)
        if self.curvature:
            scores = scores + self.curvature / 2 * points.square().sum(1)
        if self.form.column:
            scores = scores.unsqueeze(1)
        return scores[0] if alone else scores


def everywhere(points: Tensor) -> Tensor:
    """Put every point into the only region."""
    return torch.zeros_like(points[:, 0], dtype=torch.int64)


def nearest(centres: Tensor) -> Regions:
    """Put every point into the region of the centre, shape (R,), nearest to its first coordinate."""

    def regions(points: Tensor) -> Tensor:
        return (points[:, :1] - centres.to(points.dtype)).abs().argmin(1)

    return regions


def at_samples(real: Tensor, fake: Tensor) -> Regions:
    """Tell three regions apart: 0 exactly at a real sample, 1 exactly at a fake one, 2 elsewhere."""

    def regions(points: Tensor) -> Tensor:
        is_real, is_fake = is_among(points, real), is_among(points, fake)
        return torch.where(is_real, 0, torch.where(is_fake, 1, 2))

    return regions


def is_among(points: Tensor, samples: Tensor) -> Tensor:
    """Return which points, shape (N, D), are exactly one of the samples, shape (B, ...)."""
    known = samples.flatten(1).to(points.dtype)
    return (points[:, None] == known[None]).all(2).any(1)
