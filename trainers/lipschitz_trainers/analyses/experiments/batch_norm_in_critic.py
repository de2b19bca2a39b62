"""No batch normalization in the critic: what the gradient penalty sees with it (arXiv 1704.00028, section 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from lipschitz_trainers.analyses.evidence import (
    all_hold,
    every,
    paired,
    resting_on,
    runs_of,
    shown,
    values_of,
)
from lipschitz_trainers.analyses.history import read_history
from lipschitz_trainers.analyses.results import Claim, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import listed

FIXED, TRAINED = (
    ("fixed-none", "fixed-layer", "fixed-batch"),
    ("trained-none", "trained-layer", "trained-batch"),
)
LINEAR = "fixed-batch_linear"
WITH_BATCH = ("fixed-batch", "trained-batch")
"""Critics with batch normalization, but the linear one."""

TIMES = 5.0
"""Squared distances of slopes from 1 that differ by this factor are not the same thing."""


def claims(study: Study) -> Iterator[Claim]:
    """Check what the penalty sees and holds, and what estimates and generators come of it."""
    for name in ("none", "layer"):
        yield independent(study, name)
    yield coupled(study)
    for name in ("none", "layer"):
        yield slope(study, name)
    yield unseen(study)
    yield constant(study)
    for name in ("none", "layer", "batch"):
        yield estimate(study, name)
    yield layer_trains(study)
    yield batch_trains(study)


def independent(study: Study, name: str) -> Claim:
    """Check that no score depends on other samples, and that the penalty sees the slopes as they are."""
    variants = (f"fixed-{name}", f"trained-{name}")
    gaps = [
        max(_metrics(run, "batch_dependence", "slope_gap"), key=_nan_first) for run in _runs(study, *variants)
    ]
    claim = Claim(
        f"independent_with_{name}",
        f"Normalization {name}: no score depends on other samples, and the penalty sees each slope as it is.",
        paper="layer normalization introduces no correlations between samples" if name == "layer" else None,
        measured=f"off by at most {max(gaps):.1e}" if gaps else None,
        holds=every(gaps, lambda gap: gap <= 1e-5),
    )
    return resting_on(study, claim, variants)


def coupled(study: Study) -> Claim:
    """Check that scores depend on other samples, and that the penalty sees other slopes."""
    runs = _runs(study, *WITH_BATCH)
    shares, gaps = _columns(runs, "batch_dependence", "slope_gap")
    claim = Claim(
        "coupled_with_batch",
        "Batch normalization: a score changes with the other samples, by more than 2 % of the spread of all scores, "
        "and the slope that the penalty sees differs from that of the sample's own score by more than 10 %.",
        paper="the critic maps batches to batches",
        measured=f"{_percent(shares)} of the spread; slopes differ by {_percent(gaps)}" if runs else None,
        holds=all_hold([every(shares, lambda share: share > 0.02), every(gaps, lambda gap: gap > 0.1)]),
    )
    return resting_on(study, claim, WITH_BATCH)


def slope(study: Study, name: str) -> Claim:
    """Check that slopes are held at 1, generator fixed."""
    found = values_of(study, f"fixed-{name}", "own_slope")
    claim = Claim(
        f"slope_1_with_{name}",
        f"Normalization {name}: the penalty holds the mean slope at 1, to a tenth.",
        paper="1",
        measured=shown(found) if found else None,
        holds=every(found, lambda value: abs(value - 1) <= 0.1),
    )
    return resting_on(study, claim, [f"fixed-{name}"], trained=[f"fixed-{name}"])


def unseen(study: Study) -> Claim:
    """Check that the penalty is small although the slopes are far from 1."""
    own, seen = _columns(runs_of(study, "fixed-batch"), "own_penalty", "seen_penalty")
    slopes, seen_slopes = _columns(runs_of(study, "fixed-batch"), "own_slope", "seen_slope")
    claim = Claim(
        "penalty_blind_with_batch",
        "Batch normalization: the penalty's value stops meaning anything: what it sees is closer to slope 1 than the "
        f"slopes are, by a factor of {TIMES:g} and more in mean squares.",
        paper="the penalty is not valid in this setting",
        measured=f"sees {shown(seen_slopes)} where slopes are {shown(slopes)}; mean squares from 1: {shown(seen)} and "
        f"{shown(own)}"
        if own
        else None,
        holds=every([a / b for a, b in zip(own, seen, strict=True)], lambda ratio: ratio >= TIMES),
    )
    return resting_on(study, claim, ["fixed-batch"])


def constant(study: Study) -> Claim:
    """Check that the penalty never moves from the coefficient where the batch's scores have a constant sum."""
    runs = runs_of(study, LINEAR)
    logged = [
        read_history(study.run_folder(run), only=("penalty",)).trained("penalty").values for run in runs
    ]
    off = [
        float(abs(values / _coefficient(study, run) - 1).max()) if len(values) else math.nan
        for run, values in zip(runs, logged, strict=True)
    ]
    slopes, seen = _columns(runs, "own_slope", "seen_slope")
    claim = Claim(
        "penalty_constant_between_linear_layers",
        "Batch normalization between two linear layers: whatever the slopes are, the penalty sees slope 0 and equals "
        "its coefficient at every step, to 1 in 1,000.",
        paper="a fixed sum of scores (follows from the centering)",
        measured=f"off by at most {max(off):.0e}; slope seen {max(seen):.0e}, slopes {shown(slopes)}"
        if runs
        else None,
        holds=all_hold([every(off, lambda value: value <= 1e-3), every(seen, lambda value: value <= 1e-3)]),
    )
    return resting_on(study, claim, [LINEAR])


def estimate(study: Study, name: str) -> Claim:
    """Compare the estimate with the exact distance between the samples at hand, generator fixed."""
    pairs = [_metrics(run, "critic_w1", "critic_w1_error") for run in runs_of(study, f"fixed-{name}")]
    shares = [value / (value - error) for value, error in pairs]
    claim = Claim(
        f"estimate_with_{name}",
        f"Normalization {name}: the critic's estimate of W1, as a share of the exact distance.",
        measured=shown(shares) if shares else None,
        note="No claim of the paper's. In short training the two-sided penalty can hold critics that slope the wrong "
        "way, whatever the normalization; with batch normalization they are also judged in another mode, with running "
        "statistics, than they are trained in.",
        criterion=False,
    )
    return resting_on(study, claim, [f"fixed-{name}"])


def layer_trains(study: Study) -> Claim:
    """Check that layer normalization is no worse than none."""
    return _trains(
        study,
        "layer",
        "Generators end as near to the data against critics with layer normalization as without any, to a quarter, "
        "seed by seed.",
        "recommended as a drop-in replacement",
        lambda ratio: ratio <= 1.25,
    )


def batch_trains(study: Study) -> Claim:
    """Check that batch normalization is worse."""
    return _trains(
        study,
        "batch",
        "Against critics with batch normalization they end farther from the data, by a quarter and more, seed by seed.",
        None,
        lambda ratio: ratio > 1.25,
        "The paper gives reasons, no comparison.",
    )


def _trains(
    study: Study,
    name: str,
    statement: str,
    paper: str | None,
    holds: Callable[[float], bool],
    note: str | None = None,
) -> Claim:
    pairs = [
        (a.seed, a.metric("w1"), b.metric("w1")) for a, b in paired(study, f"trained-{name}", "trained-none")
    ]
    found, without = [a for _, a, _ in pairs], [b for _, _, b in pairs]
    ratios = {seed: a / b for seed, a, b in pairs}
    variants = [f"trained-{name}", "trained-none"]
    failing = [str(seed) for seed, ratio in ratios.items() if not math.isnan(ratio) and not holds(ratio)]
    refuted = f"Not so with seed{'s' if len(failing) > 1 else ''} {listed(failing)}." if failing else None
    measured = (
        f"W1 {shown(found)}, without normalization {shown(without)}; {_each([*ratios.values()])} times"
        if pairs
        else None
    )
    claim = Claim(
        f"generators_with_{name}",
        statement,
        paper,
        measured,
        every(ratios.values(), holds),
        " ".join(filter(None, (refuted, note))) or None,
    )
    return resting_on(study, claim, variants, trained=variants[:1] if name == "layer" else [])


def _each(values: list[float]) -> str:
    return ", ".join(shown([value]) for value in values)


def _runs(study: Study, *variants: str) -> list[RunResult]:
    return [run for variant in variants for run in runs_of(study, variant)]


def _metrics(run: RunResult, *keys: str) -> tuple[float, ...]:
    return tuple(run.metric(key) for key in keys)


def _columns(runs: list[RunResult] | tuple[RunResult, ...], *keys: str) -> tuple[list[float], ...]:
    return tuple([run.metric(key) for run in runs] for key in keys)


def _coefficient(study: Study, run: RunResult) -> float:
    return float(study.configs.get(run.key, {}).get("constraint", {}).get("coefficient", math.nan))


def _percent(values: list[float]) -> str:
    return f"{shown([100 * value for value in values])} %"


def _nan_first(value: float) -> float:
    return math.inf if math.isnan(value) else value
