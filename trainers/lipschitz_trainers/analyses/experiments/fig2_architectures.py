"""Which methods train which architectures (arXiv 1704.00028, section 5.2 and figure 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lipschitz_trainers.analyses.artifacts import read_samples
from lipschitz_trainers.analyses.divergence import diverged_runs
from lipschitz_trainers.analyses.evidence import all_hold, resting_on, runs_of, steps_told, weighed
from lipschitz_trainers.analyses.failures import unfinished
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.trained_images import CRITERION, Outcome, judged
from lipschitz_trainers.analyses.wording import listed

GP = "two_sided_gradient_penalty"

METHODS = {"dcgan": "DCGAN", "least_squares": "LSGAN", "weight_clipping": "WGAN (clipping)", GP: "WGAN-GP"}
"""Columns of the figure, from left to right."""

ARCHITECTURES = {
    "baseline": "Baseline: DCGAN",
    "constant_filters": "Generator without normalization, constant number of filters",
    "mlp": "Generator: fully connected, 4 hidden layers of ReLU",
    "no_normalization": "No normalization in either",
    "gated": "Gated nonlinearities in both",
    "tanh": "tanh nonlinearities in both",
    "resnet101": "Deep residual networks (101 layers at full size)",
}
"""Rows of the figure, from top to bottom."""

READING: Mapping[str, tuple[str, str, str, str]] = {
    "baseline": ("good", "fair", "good", "good"),
    "constant_filters": ("collapsed", "noise", "fair", "good"),
    "mlp": ("nearly collapsed", "noise", "poor, diverse", "poor, diverse"),
    "no_normalization": ("good", "good", "blurred, grid", "good"),
    "gated": ("good", "noise", "dark, blurred", "good"),
    "tanh": ("collapsed", "collapsed", "blurred", "good"),
    "resnet101": ("noise", "noise", "green texture", "good"),
}
"""What we see in the paper's figure, in the order of `METHODS`; it gives no numbers."""

SUCCESSES, FAILURES = ("good", "fair"), ("collapsed", "nearly collapsed", "noise", "green texture")
"""Readings that are clear; the others are neither."""


def claims(study: Study) -> Iterator[Claim]:
    """Check that all cells ran, that the penalty trains every architecture and that the others do not."""
    yield all_ran(study)
    yield penalty_trains_all(study)
    for method in METHODS:
        if method != GP:
            yield fails_somewhere(study, method)
    yield as_in_the_figure(study)


def outcome(study: Study, architecture: str, method: str) -> Outcome | None:
    """Return what became of a cell: trained if all its runs were, else the worst of them; None where not known.

    One that diverged is untrained.
    """
    cell = f"{architecture}-{method}"
    found = {judged(run).outcome for run in runs_of(study, cell)}
    if diverged_runs(study, cell):
        found.add("untrained")
    order: tuple[Outcome, ...] = ("untrained", "collapsed", "trained")
    if unfinished(study, [cell]) and found <= {"trained"}:
        return None
    return next((one for one in order if one in found), None)


def all_ran(study: Study) -> Claim:
    """Check that all runs of every cell finished, and left samples."""
    cells = [f"{architecture}-{method}" for architecture in ARCHITECTURES for method in METHODS]
    done = [cell for cell in cells if _has_samples(study, cell)]
    broken = {run.variant for run in study.results.runs if run.status == "failed"}
    missing = [cell for cell in cells if cell not in done]
    return Claim(
        "all_cells_run",
        f"All {len(cells)} cells, {len(ARCHITECTURES)} architectures under {len(METHODS)} methods, run to their end "
        "and show samples.",
        paper=f"all {len(cells)}",
        measured=f"{len(done)} of {len(cells)}" + (f", without {listed(missing[:5])}" if missing else ""),
        holds=False if broken & set(missing) else (not missing or None),
    )


def penalty_trains_all(study: Study) -> Claim:
    """Check that the penalty trains every architecture with one set of hyperparameters."""
    found: list[Outcome | None] = [outcome(study, architecture, GP) for architecture in ARCHITECTURES]
    claim = Claim(
        "penalty_trains_every_architecture",
        "The gradient penalty trains all seven architectures with one set of hyperparameters.",
        paper="all seven, the only method that does",
        measured=_told(study, GP),
        **weighed(study, all_hold(_is_trained(one) for one in found), _cells(GP)),
        note=f"{CRITERION} {steps_told(study, _cells(GP))}",
    )
    return resting_on(study, claim, _cells(GP), trained=_cells(GP))


def fails_somewhere(study: Study, method: str) -> Claim:
    """Check that another method fails on at least one of the architectures that the penalty trains."""
    pairs = [(outcome(study, one, method), outcome(study, one, GP)) for one in ARCHITECTURES]
    fails = any(theirs in ("untrained", "collapsed") and ours == "trained" for theirs, ours in pairs)
    complete = all(None not in pair for pair in pairs)
    column = list(METHODS).index(method)
    paper = [f"{name} ({row[column]})" for name, row in READING.items() if row[column] in FAILURES]
    claim = Claim(
        f"fails_somewhere_{method}",
        f"{METHODS[method]} fails on an architecture that the penalty trains, in as many generator iterations.",
        paper=f"{', '.join(paper)} (our reading)",
        measured=_told(study, method),
        **weighed(study, fails or (False if complete else None), _cells(method)),
        note="In short runs, what counts as untrained may only be slow, and what collapses later still counts as "
        f"trained. {steps_told(study, _cells(method))}",
    )
    cells = [*_cells(method), *_cells(GP)]
    return claim if fails else resting_on(study, claim, cells, counted=cells)


def as_in_the_figure(study: Study) -> Claim:
    """Check that the cells that are clear in the paper's figure come out here as there."""
    clear = {
        (architecture, method): seen in SUCCESSES
        for architecture, row in READING.items()
        for method, seen in zip(METHODS, row, strict=True)
        if seen in SUCCESSES + FAILURES
    }
    found = {cell: outcome(study, *cell) for cell in clear}
    compared = {cell: (one == "trained") == clear[cell] for cell, one in found.items() if one is not None}
    differ = ["-".join(cell) for cell, same in compared.items() if not same]
    verdict = all_hold(compared.get(cell) for cell in clear)
    claim = Claim(
        "cells_as_in_the_figure",
        "The cells that are clearly good or clearly not in the paper's figure come out the same here.",
        paper=f"{len(clear)} of 28 cells are clear, {sum(clear.values())} of them good (our reading)",
        measured=f"{sum(compared.values())} of {len(compared)} the same"
        + (f"; different: {listed(differ)}" if differ else "")
        if compared
        else None,
        **weighed(study, verdict),
        note="Needs the paper profile: other images, widths and numbers of iterations make other cells hard.",
    )
    cells = ["-".join(cell) for cell in clear]
    return resting_on(study, claim, cells, counted=cells)


def _has_samples(study: Study, cell: str) -> bool:
    runs = runs_of(study, cell)
    saved = all(read_samples(study.run_folder(run)) is not None for run in runs)
    return bool(runs) and saved and not unfinished(study, [cell])


def _is_trained(found: Outcome | None) -> bool | None:
    return None if found is None else found == "trained"


def _cells(method: str) -> list[str]:
    return [f"{architecture}-{method}" for architecture in ARCHITECTURES]


def _told(study: Study, method: str) -> str | None:
    rows = []
    for architecture in ARCHITECTURES:
        found = [judged(run) for run in runs_of(study, f"{architecture}-{method}")]
        if found:
            told = " and ".join(map(str, found))
            rows.append(f"{architecture} {outcome(study, architecture, method) or 'not judged'} ({told})")
    return "; ".join(rows) or None
