"""`lipschitz compare` as an experiment: a template for the kind of data, one variant per constraint."""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from typing import Any

from lipschitz import ConfigError
from lipschitz_trainers import registry
from lipschitz_trainers.config.experiment import Experiment, load_experiment
from lipschitz_trainers.config.overrides import parse_set


def comparison(constraints: Sequence[str], dataset: str, sets: Sequence[str], *, recommended: bool) -> Experiment:
    """Return the experiment that compares constraints on a dataset.

    Args:
        constraints: two or more registered names.
        dataset: a registered name.
        sets: ``key=value`` changes; those of the dataset decide which template fits.
        recommended: give each constraint its published optimizer.

    Raises:
        ConfigError: fewer than two constraints, or one twice.
        UnknownNameError: a name is not registered.
        DataError: the data cannot be opened.
    """
    if len(constraints) < 2:
        raise ConfigError(f"a comparison needs two or more constraints, got {', '.join(constraints) or 'none'}.")
    twice = {name for name in constraints if list(constraints).count(name) > 1}
    if twice:
        raise ConfigError(f"{', '.join(sorted(twice))} is named twice; name every constraint once.")
    variants: dict[str, Any] = {}
    for name in constraints:
        cls = registry.class_of("constraint", name)
        variants[name] = {"constraint": {"name": name}}
        if recommended and cls.published_optimizer:
            optimizer = {k: list(v) if isinstance(v, tuple) else v for k, v in cls.published_optimizer.items()}
            variants[name]["critic"] = {"optimizer": optimizer}
    chosen = {"name": dataset, **_dataset_fields(sets)}
    kind = registry.build("dataset", **chosen).open().kind
    template = importlib.resources.files("lipschitz_trainers") / "comparisons" / f"{kind}.yaml"
    with importlib.resources.as_file(template) as path:
        experiment = load_experiment(path)
    return experiment.with_variants(variants, name=f"compare-{dataset}", base={"dataset": {"name": dataset}})


def _dataset_fields(sets: Sequence[str]) -> dict[str, Any]:
    """Return the dataset's fields among ``--set`` changes."""
    found: dict[str, Any] = {}
    for text in sets:
        path, value = parse_set(text)
        if len(path) == 2 and path[0] == "dataset":
            found[str(path[1])] = value
    return found
