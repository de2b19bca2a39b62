"""How far the n-grams of generated text are from those of the training text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated
from weakref import WeakKeyDictionary

from annotated_types import Ge
from torch import Tensor

from lipschitz.errors import DataError
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics.base import Evaluation, Metric
from lipschitz_trainers.metrics.ngrams import NgramDistribution, jensen_shannon, ngram_distribution


@dataclass(frozen=True, kw_only=True)
class NgramJensenShannon(Metric):
    """Jensen-Shannon divergence between the n-grams of generated lines and those of all training lines, in bits.

    From 0 (equal distributions) to 1 (no n-gram in common). N-grams are contiguous, within a line, padding included;
    a generated line has at each place the character with the largest value. A few hundred lines hold only some of the
    longer n-grams, so even real text is far from 0: compare with the floor, and only values of the same number of
    lines (the authors' script has 640).

    Source: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", arXiv 1704.00028, section 5.4, and the
    authors' published language script.

    Keys: ``ngram_jensen_shannon_1``, ``_2``, ... up to the largest n, which ``ngram_jensen_shannon`` repeats;
    ``ngram_jensen_shannon_floor_1``, ... and ``ngram_jensen_shannon_floor``: as many held-out lines against the same
    training lines.

    Attributes:
        largest: characters of the longest n-grams.
    """

    name = "ngram_jensen_shannon"
    better = "lower"
    kinds = ("text",)
    largest: Annotated[int, Ge(1)] = 4

    def applies_to(self, source: Source) -> bool:
        """Return whether the data are text with lines of at least `largest` characters."""
        long_enough = source.train_lines is not None and source.shape[0] >= self.largest
        return super().applies_to(source) and long_enough

    def measure(self, evaluation: Evaluation) -> dict[str, float]:
        """Return the divergences and their floors.

        Raises:
            DataError: the longest n-grams are too many to be numbered.
        """
        source, sizes = evaluation.source, range(1, self.largest + 1)
        floors = {n: divergence(source, evaluation.real, n) for n in sizes}
        finite = evaluation.fake_is_finite
        values = {n: divergence(source, evaluation.fake, n) if finite else math.nan for n in sizes}
        return {
            self.name: values[self.largest],
            f"{self.name}_floor": floors[self.largest],
            **{f"{self.name}_{n}": value for n, value in values.items()},
            **{f"{self.name}_floor_{n}": floor for n, floor in floors.items()},
        }


def divergence(source: Source, x: Tensor, n: int) -> float:
    """Return the divergence of lines from all training lines of a source, in bits.

    Args:
        source: of text.
        x: one-hot or softmax, shape (lines, length, characters).
        n: characters of an n-gram.

    Raises:
        DataError: the source holds no text, or lines are shorter than n.
    """
    found = ngram_distribution(x.argmax(dim=-1).numpy(), n, source.shape[1])
    return jensen_shannon(found, _reference(source, n))


_REFERENCES: WeakKeyDictionary[Source, dict[int, NgramDistribution]] = WeakKeyDictionary()


def _reference(source: Source, n: int) -> NgramDistribution:
    # Millions of lines are counted once per opened dataset; the counts are forgotten together with it.
    known = _REFERENCES.setdefault(source, {})
    if n not in known:
        if source.train_lines is None:
            raise DataError(f"n-grams are counted in text, {type(source).__name__} holds {source.kind}.")
        known[n] = ngram_distribution(source.train_lines.numpy(), n, source.shape[1])
    return known[n]
