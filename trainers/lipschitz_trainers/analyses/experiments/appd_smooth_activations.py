"""Appendix D of WGAN-GP: which activations train under the gradient penalty (arXiv 1704.00028)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lipschitz_trainers.analyses.divergence import diverged_runs
from lipschitz_trainers.analyses.evidence import all_hold, resting_on, runs_of, shown
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.study import Study

SETS: dict[str, tuple[str, ...]] = {
    "swiss_roll": ("relu", "leaky_relu", "elu", "smooth_elu", "silu", "tanh"),
    "digits": ("relu", "leaky_relu", "elu", "smooth_elu"),
}
"""Activations by set."""

PAPER = {"relu": "trained fine", "leaky_relu": "trained fine", "smooth_elu": "trained"}
SHARE = 2 / 3
"""A generator has trained if no more than this is left of its distance to the data."""


@dataclass(frozen=True)
class Way:
    """How far a run was from the data, beyond what real samples are from each other.

    Attributes:
        start: at the first evaluation.
        end: mean over the last quarter of the evaluations.
    """

    start: float
    end: float

    @property
    def trained(self) -> bool | None:
        """Whether it came closer by a third; None where it was not measured."""
        if math.isnan(self.start) or math.isnan(self.end):
            return None
        return self.end <= SHARE * self.start


def claims(study: Study) -> Iterator[Claim]:
    """Check which activations train, and that ELU does not."""
    yield from (trains(study, name) for name in ("relu", "leaky_relu", "smooth_elu"))
    yield elu(study)
    yield from (trains(study, name) for name in ("silu", "tanh"))


def trains(study: Study, activation: str) -> Claim:
    """Check that all generators against critics of an activation come closer to the data."""
    variants = _variants(activation)
    claim = Claim(
        f"{activation}_trains",
        f"Critics with {activation} train under the penalty: the generator's W1, beyond that of real samples, falls by "
        "a third and more, in all runs.",
        paper=PAPER.get(activation),
        measured=_told(study, activation),
        holds=all_hold(trained(study, activation)),
        note=None if activation in PAPER else "Not in the paper; for comparison.",
    )
    return resting_on(study, claim, variants, counted=variants)


def elu(study: Study) -> Claim:
    """Check that no generator against ELU critics comes closer, where those against ReLU do."""
    found = trained(study, "elu")
    verdict = all_hold(None if one is None else not one for one in found)
    smooth = all_hold(trained(study, "smooth_elu"))
    look_alike = {True: "as its smooth look-alike does", False: "and its smooth look-alike does not"}
    claim = Claim(
        "elu_does_not_train",
        "Critics with elu do not train under the penalty, by the same measure.",
        paper="could not be trained",
        measured=_told(study, "elu"),
        holds=verdict if all_hold(trained(study, "relu")) else None,
        note="The paper gives no reason and no setting, beyond that the gradient of the penalty takes second "
        "derivatives; ELU's jumps at 0, ReLU's is 0 everywhere. PyTorch's derivatives of it are right, and here elu "
        f"trains{' ' + look_alike[smooth] + ',' if smooth is not None else ''} on points and on 8x8 images; large "
        "images are not tried."
        if all_hold(found)
        else None,
    )
    return resting_on(study, claim, [*_variants("elu"), *_variants("relu")], counted=_variants("elu"))


def trained(study: Study, activation: str) -> list[bool | None]:
    """Return, for each run of an activation on any set, whether its generator trained; a diverged one has not."""
    verdicts: list[bool | None] = []
    for variant in _variants(activation):
        found: list[bool | None] = [way(study, run).trained for run in runs_of(study, variant)]
        found += [False for _ in diverged_runs(study, variant)]
        verdicts += found or [None]
    return verdicts


def way(study: Study, run: RunResult) -> Way:
    """Return how far a run came."""
    history = read_history(study.run_folder(run), only=())
    w1, floor = history.evaluated("w1").values, history.evaluated("w1_floor").values
    if len(w1) < 2 or not len(floor):
        return Way(math.nan, math.nan)
    last = max(len(w1) // 4, 1)
    return Way(float(w1[0] - floor[0]), float(w1[-last:].mean() - floor[0]))


def _variants(activation: str) -> list[str]:
    return [f"{name}-{activation}" for name, activations in SETS.items() if activation in activations]


def _told(study: Study, activation: str) -> str | None:
    told: list[str] = []
    for variant in _variants(activation):
        ways = [way(study, run) for run in runs_of(study, variant)]
        parts = (
            [f"{shown([one.start for one in ways])} to {shown([one.end for one in ways])}"] if ways else []
        )
        if lost := diverged_runs(study, variant):
            parts.append(f"{len(lost)} diverged")
        if parts:
            told.append(f"{variant.rsplit('-', 1)[0]} {', '.join(parts)}")
    return "; ".join(told) or None
