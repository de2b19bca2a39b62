"""What a metric sees and returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias, TypeVar

import torch
from torch import Tensor

from lipschitz.fields import Checked
from lipschitz_trainers.data.base import Kind, Source
from lipschitz_trainers.metrics.transport import exact_w1

T = TypeVar("T")

CriticTermsOf: TypeAlias = Callable[
    [Tensor, Tensor, tuple[Tensor, ...], torch.Generator], tuple[float, float]
]
"""From real samples, as many fakes, the conditions of the real ones and the penalty's generator to the objective's
critic loss and the constraint's penalty, both means over the samples."""


class Known:
    """What has been computed about some objects (the same ones, not equal ones), each thing once."""

    def __init__(self) -> None:
        # The objects are kept with the value, so that an identity is never reused.
        self._values: dict[tuple[Hashable, ...], tuple[tuple[object, ...], Any]] = {}

    def once(self, what: Hashable, about: tuple[object, ...], compute: Callable[[], T]) -> T:
        """Return what `compute` returned the first time."""
        key = (what, *map(id, about))
        if key not in self._values:
            self._values[key] = (about, compute())
        return self._values[key][1]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything at hand when a run is judged; tensors on the CPU, float32, all with the same first axis n.

    Attributes:
        real: held-out real samples, shape (n, *shape).
        fake: generated samples, same shape.
        second_real: real samples the critic is trained on, same shape; the floor of a distance is real against these.
        critic: maps samples, shape (b, *shape), to scores, shape (b,), on whatever device it lives.
        source: the opened dataset.
        fake_source: what the generated samples are drawn from, where that is a second dataset.
        critic_optimizer: the critic's, as its last step left it, gradients included; None where there is none.
        generator: CPU generator for the metric's own randomness.
        step: generator iterations done.
        real_condition: per-sample entries of `real` (labels), each with first axis n; empty for data without.
        second_real_condition: the same of `second_real`.
        fake_condition: what the generator was told for each of `fake`; empty for an unconditional one.
        more_fakes: gives any number of further generated samples, part by part; None where none are made.
        critic_terms: what the critic minimizes, see `CriticTermsOf`; None where there is no game.
        known: what metrics share because it takes long; a copy by `dataclasses.replace` shares it too.
    """

    real: Tensor
    fake: Tensor
    second_real: Tensor
    critic: Callable[..., Any]
    source: Source
    generator: torch.Generator
    step: int = 0
    fake_source: Source | None = None
    critic_optimizer: torch.optim.Optimizer | None = None
    real_condition: tuple[Tensor, ...] = ()
    second_real_condition: tuple[Tensor, ...] = ()
    fake_condition: tuple[Tensor, ...] = ()
    more_fakes: Callable[[int], Iterator[Tensor]] | None = None
    critic_terms: CriticTermsOf | None = None
    known: Known = field(default_factory=Known, repr=False)

    @property
    def fake_is_finite(self) -> bool:
        """Whether no generated value is NaN or infinite; a diverged generator's distances are NaN."""
        return bool(torch.isfinite(self.fake).all())

    @property
    def exact_w1(self) -> float:
        """Exact Wasserstein-1 distance of `fake` to `real`, in the data's units; NaN if fake diverged."""
        if not self.fake_is_finite:
            return math.nan
        return self.known.once("exact_w1", (self.real, self.fake), lambda: exact_w1(self.real, self.fake))


@dataclass(frozen=True, kw_only=True)
class Metric(Checked):
    """A number (or a few) measured on a trained run, by name.

    Attributes:
        name: its name in YAML (set it on the class, it is no field).
        better: ``"lower"``, ``"higher"`` or ``"none"``: what a ranking by its main value prefers.
        by_default: whether it is measured where a configuration names no metrics.
        kinds: the kinds of data that it means something for; None for all (see `Source.kind`).
    """

    name: ClassVar[str]
    better: ClassVar[str] = "none"
    by_default: ClassVar[bool] = True
    kinds: ClassVar[tuple[Kind, ...] | None] = None

    def applies_to(self, source: Source) -> bool:
        """Return whether the metric means something for this data (mode coverage needs modes, ...)."""
        return self.kinds is None or source.kind in self.kinds

    def objection(self, samples: int, *, trained: bool = True) -> str | None:
        """Return why it cannot be measured on this many real and generated samples; None if nothing is against it.

        Asked before anything is opened, so that a configuration can be refused.

        Args:
            samples: of the evaluation.
            trained: whether a generator is trained, which makes more samples when asked; a fixed one does not.
        """
        del samples, trained
        return None

    def get_ready(self, source: Source) -> None:
        """Open what it needs besides samples; called before training for data it applies to, so that all fails at once.

        Raises:
            LipschitzError: it cannot be measured on this data.
        """

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the values by key; the main one under the metric's own name, a floor under ``<name>_floor``.

        A diverged generator is a result, not an error: values that depend on samples that are not finite are
        NaN.
        """
        raise NotImplementedError(f"{type(self).__name__} must define measure().")
