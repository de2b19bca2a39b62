"""With which settings runs were made, kept in few lines: what they share, and of each run what is its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from lipschitz_trainers.analyses.conditions import in_words
from lipschitz_trainers.analyses.differences import completed, differences
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import plural
from lipschitz_trainers.config.experiment import Experiment

NO_RESULT = ("checkpoint", "device", "devices", "tensorboard")
"""Settings that neither what is learned nor what is measured depends on."""

SHOWN = 3
"""Differences that are spelled out."""

Plain = Mapping[str, Any]


def settings_of(study: Study) -> dict[str, Any]:
    """Return the configurations of a study's runs: ``shared`` by all, and what each of ``runs`` has besides.

    Runs that left no configuration are left out. `configurations` puts both together again.
    """
    configs = {_name(*key): config for key, config in study.configs.items()}
    shared = shared_by(list(configs.values()))
    return {"shared": shared, "runs": {name: without(config, shared) for name, config in configs.items()}}


def configurations(settings: Plain) -> dict[str, dict[str, Any]]:
    """Return complete configurations by the name of the run, such as ``two_sided-seed0``."""
    return {name: merged(settings["shared"], own) for name, own in settings["runs"].items()}


def staleness(settings: Plain | None, profile: str, experiment: Experiment) -> str | None:
    """Return in what runs differ from those that an experiment plans now; None where in nothing.

    Fields that are younger than the runs count with their defaults.

    Args:
        settings: of the runs, as `settings_of` returns them; None where they were not kept.
        profile: that the runs were made under.
        experiment: as it is now.

    Raises:
        ConfigError: the experiment is not well-formed.
    """
    if settings is None:
        return "its settings were not kept"
    if profile not in experiment.profiles:
        return f"there is no profile {profile} any more"
    planned = {_name(run.variant, run.seed): run.plain for run in experiment.resolve(profile)}
    found = configurations(settings)
    reasons = [
        f"{plural(len(names), 'run')} {what} ({_listed(sorted(names))})"
        for names, what in (
            (planned.keys() - found, "not made"),
            (found.keys() - planned, "no longer planned"),
        )
        if names
    ]
    changed = dict.fromkeys(
        f"{key} was {in_words(was)}, is {in_words(now)}"
        for name in found
        if name in planned
        for key, was, now in differences(completed(found[name]), planned[name], NO_RESULT)
    )
    more = [f"{len(changed) - SHOWN} more settings"] if len(changed) > SHOWN else []
    return "; ".join([*reasons, *list(changed)[:SHOWN], *more]) or None


def shared_by(configs: Sequence[Plain]) -> dict[str, Any]:
    """Return what all configurations have alike, block by block.

    Example:
        >>> shared_by([{"a": 1, "b": {"c": 2, "d": 3}}, {"a": 0, "b": {"c": 2, "d": 4}}])
        {'b': {'c': 2}}
    """
    found: dict[str, Any] = {}
    for key, value in configs[0].items() if configs else ():
        values = [config[key] for config in configs if key in config]
        if len(values) < len(configs):
            continue
        if all(other == value for other in values):
            found[key] = value
        elif all(isinstance(other, Mapping) for other in values) and (inner := shared_by(values)):
            found[key] = inner
    return found


def without(config: Plain, shared: Plain) -> dict[str, Any]:
    """Return what a configuration has besides what is shared."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        if key not in shared:
            found[key] = value
        elif value != shared[key]:
            found[key] = without(value, shared[key])
    return found


def merged(shared: Plain, own: Plain) -> dict[str, Any]:
    """Return a configuration from what is shared and what is its own."""
    found = {**shared, **own}
    for key in shared.keys() & own.keys():
        found[key] = merged(cast(Plain, shared[key]), cast(Plain, own[key]))
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:SHOWN], *(["..."] if len(names) > SHOWN else [])])


def _name(variant: str, seed: int) -> str:
    return f"{variant}-seed{seed}"
