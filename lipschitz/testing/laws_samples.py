"""Law 7: for per-sample constraints, the result on a batch is the result on each sample alone."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.testing.trial import SIZE, Trial, largest, restore, snapshot

STEEP = 3.0


def each_sample_alone(trial: Trial) -> str | None:
    """Row i of the penalty is the penalty of sample i at its place in the global batch."""
    return _require_parts(trial, [slice(i, i + 1) for i in range(SIZE)], "sample")


def shards(trial: Trial) -> str | None:
    """Two processes with a part of the batch each compute what one computes with the whole, gradients included."""
    return _require_parts(trial, [slice(0, 2), slice(2, SIZE)], "shard", gradients=True)


def order_does_not_matter(trial: Trial) -> str | None:
    """Samples, and what is drawn for them, in another order give the same terms in that order."""
    if not trial.constraint.per_sample:
        return NOT_PER_SAMPLE
    critic, batch = trial.prepared(STEEP), trial.batch()
    state = snapshot(critic)
    whole = trial.penalty(critic, trial.batch())
    order = torch.tensor([2, 0, 3, 5, 1, 4])
    values = {field.name: getattr(batch, field.name) for field in dataclasses.fields(batch)}
    for name in ("real", "fake", "condition"):
        values[name] = trees.map_leaves(_Picker(order), values[name])
    shuffled = trial.penalty(restore(critic, state), _Shuffled(**values, order=order))
    want = whole if whole.ndim == 0 else whole[order]
    _require_close(trial, shuffled, want, "with the samples in another order the terms")
    return None


NOT_PER_SAMPLE = "samples: the penalty looks at the batch as a whole (per_sample is False)"


def _require_parts(trial: Trial, parts: list[slice], what: str, *, gradients: bool = False) -> str | None:
    if not trial.constraint.per_sample:
        return NOT_PER_SAMPLE
    critic = trial.prepared(STEEP)
    state = snapshot(critic)
    whole = trial.penalty(critic, trial.batch())
    # Every term has a weight of its own: with equal ones a coupling through the batch's mean cancels in the sum.
    weights = torch.arange(1, SIZE + 1, dtype=whole.dtype, device=whole.device)
    gradient = _gradients(critic, whole, weights) if gradients else {}
    total: dict[str, Tensor] = {}
    for i, part in enumerate(parts):
        batch = trial.batch()
        alone = Batch(
            real=batch.real[part],
            fake=batch.fake[part],
            condition=tuple(entry[part] for entry in batch.condition),
            generator=batch.generator,
            offset=part.start,
            global_size=SIZE,
        )
        got = trial.penalty(restore(critic, state), alone)
        want = whole if whole.ndim == 0 else whole[part]
        _require_close(trial, got, want, f"{what} {i} computed alone and within the batch")
        for name, value in _gradients(critic, got, weights[part]).items() if gradients else ():
            total[name] = total.get(name, torch.zeros_like(value)) + value
    scale = 1 if whole.ndim else len(parts)  # each part has all of a scalar
    size = max((scale * largest(value) for value in gradient.values()), default=0.0)
    for name, value in {**total, **gradient}.items():
        nothing = torch.zeros_like(value)
        _require_close(
            trial,
            total.get(name, nothing),
            scale * gradient.get(name, nothing),
            f"the gradients at {name!r} of terms computed in {len(parts)} {what}s and within the batch",
            size,
        )
    return None


def _gradients(critic: nn.Module, penalty: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """Return the gradient of the weighted terms, or of a scalar, by parameter; nothing where there is none."""
    if not penalty.requires_grad:
        return {}
    named = [(name, p) for name, p in critic.named_parameters() if p.requires_grad]
    value = (penalty * weights).sum() if penalty.ndim else penalty
    found: Any = torch.autograd.grad(value, [p for _, p in named], allow_unused=True)
    return {name: g for (name, _), g in zip(named, found, strict=True) if g is not None}


def _require_close(trial: Trial, got: Tensor, want: Tensor, what: str, size: float | None = None) -> None:
    """Raise unless two tensors agree up to rounding, compared to `size` or the largest entry."""
    hint = "Compute every term from its own sample and its own draws; or set per_sample = False."
    shapes = f"{tuple(got.shape)} and {tuple(want.shape)}"
    trial.require(got.shape == want.shape, 7, f"{what} have shapes {shapes}. {hint}")
    error, size = largest(got - want), largest(want) if size is None else size
    tolerance = (1e-3 if trial.dtype is torch.float32 else 1e-8) * size + 1e-7
    trial.require(
        error <= tolerance, 7, f"{what} differ by {error:.3g}, where the largest is {size:.3g}. {hint}"
    )


@dataclass(frozen=True)
class _Picker:
    order: Tensor

    def __call__(self, leaf: Tensor) -> Tensor:
        return leaf[self.order]


@dataclass(frozen=True, eq=False)
class _Shuffled(Batch):
    """A batch whose draws follow its samples into another order."""

    order: Any = None

    def _draw(self, kind: str, tail: Any) -> Tensor:
        return super()._draw(kind, tail)[self.order]
