"""In what runs differ from the paper's settings, found out by comparing configurations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lipschitz_trainers.analyses.conditions import in_words
from lipschitz_trainers.analyses.differences import completed, differences
from lipschitz_trainers.analyses.evidence import PAPER
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import MISSING, plural
from lipschitz_trainers.config.experiment import Experiment

NO_SCALE = (
    "seed",
    "checkpoint",
    "device",
    "devices",
    "tensorboard",
    "evaluation.every",
    "evaluation.metrics",
)
"""Settings that do not change what is learned, or are told apart."""

SHOWN = 3
"""Values of one setting that are spelled out."""


def reductions(study: Study, experiment: Experiment) -> tuple[str, ...]:
    """Return what a study's runs have instead of the settings of the paper's profile.

    Args:
        study: finished or unfinished runs with their configurations.
        experiment: what they are runs of.

    Returns:
        Phrases such as ``"steps 500 instead of 2000"``, the numbers of variants and seeds last; none where everything
        is equal. A setting that only one side has is told like any other. Variants that the paper's profile does not
        run have nothing to be compared with; they are counted.
    """
    if PAPER not in experiment.profiles:
        return ()
    planned = experiment.resolve(PAPER)
    settings = {run.variant: run.plain for run in planned}
    pairs: dict[str, list[tuple[str, str]]] = {}
    for (variant, _), config in study.configs.items():
        if variant in settings:
            for key, ours, papers in differences(completed(config), settings[variant], NO_SCALE):
                pairs.setdefault(key, []).append((in_words(ours), in_words(papers)))
    phrases = [
        f"{key} {_listed(h for h, _ in found)} instead of {_listed(p for _, p in found)}"
        for key, found in pairs.items()
    ]
    variants, wanted = {run.variant for run in study.results.runs}, settings.keys()
    if not wanted <= variants:
        phrases.append(f"{len(variants & wanted)} of {len(wanted)} variants")
    if not variants <= wanted:
        phrases.append(f"{plural(len(variants - wanted), 'variant')} that the paper profile does not run")
    seeds, wanted_seeds = _seeds(study.configs), _seeds([(run.variant, run.seed) for run in planned])
    if seeds and seeds != wanted_seeds:
        phrases.append(f"seeds {seeds} instead of {wanted_seeds}")
    return tuple(phrases)


def _listed(values: Iterable[str]) -> str:
    """Return distinct values as ``1, 2 or 3``; where there are many, the first and the last."""
    found = list(dict.fromkeys(MISSING if value == "None" else value for value in values))
    if len(found) > SHOWN:
        return f"{found[0]} ... {found[-1]}"
    return " or ".join(filter(None, (", ".join(found[:-1]), found[-1])))


def _seeds(runs: Iterable[tuple[str, int]] | Sequence[tuple[str, int]]) -> int:
    """Return the largest number of seeds of a variant."""
    count: dict[str, int] = {}
    for variant, _ in runs:
        count[variant] = count.get(variant, 0) + 1
    return max(count.values(), default=0)
