"""`lipschitz compare` as an experiment: a template for the kind of data, one variant per constraint."""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from typing import Any

from lipschitz import ConfigError
from lipschitz_trainers import registry
from lipschitz_trainers.config.constraints import constraint_class
from lipschitz_trainers.config.experiment import Experiment, make_experiment
from lipschitz_trainers.config.overrides import parse_set
from lipschitz_trainers.config.yaml12 import load_yaml


def comparison(
    constraints: Sequence[str], dataset: str, sets: Sequence[str], *, recommended: bool
) -> Experiment:
    """Return the experiment that compares constraints on a dataset.

    Args:
        constraints: two or more registered names; ``none`` stands for no constraint.
        dataset: a registered name.
        sets: ``key=value`` changes; those of the dataset decide which template fits.
        recommended: give each constraint its published optimizer.

    Raises:
        ConfigError: fewer than two constraints, one twice, or a change that contradicts the comparison.
        UnknownNameError: a name is not registered.
        DataError: the data cannot be opened.
    """
    if len(constraints) < 2:
        raise ConfigError(
            f"a comparison needs two or more constraints, got {', '.join(constraints) or 'none'}."
        )
    twice = {name for name in constraints if list(constraints).count(name) > 1}
    if twice:
        raise ConfigError(f"{', '.join(sorted(twice))} is named twice; name every constraint once.")
    variants: dict[str, Any] = {}
    for name in constraints:
        cls = constraint_class(name)
        variants[name] = {"constraint": {"name": name}}
        if recommended and cls.published_optimizer:
            optimizer = {
                k: list(v) if isinstance(v, tuple) else v for k, v in cls.published_optimizer.items()
            }
            variants[name]["critic"] = {"optimizer": optimizer}
    chosen = {"name": dataset, **_dataset_fields(sets)}
    kind = registry.build("dataset", **chosen).open().kind
    template = importlib.resources.files("lipschitz_trainers").joinpath("comparisons", f"{kind}.yaml")
    values = load_yaml(template.read_text(encoding="utf-8"), f"{kind}.yaml").data
    values["base"]["dataset"] = chosen
    values["variants"] = variants
    return make_experiment(values, f"compare-{dataset}")


def _dataset_fields(sets: Sequence[str]) -> dict[str, Any]:
    """Return the dataset's fields among ``--set`` changes.

    Raises:
        ConfigError: a change would make every variant the same, or choose another dataset.
    """
    chosen = {
        "dataset": "the dataset of a comparison is chosen by --on",
        "constraint": "the constraints of a comparison are its arguments",
    }
    fields: dict[str, Any] = {}
    for change in map(parse_set, sets):
        for key, where in chosen.items():
            if change.path in ((key,), (key, "name")):
                raise ConfigError(f"--set {change.text}: {where}; remove this option.")
        if len(change.path) == 2 and change.path[0] == "dataset":
            fields[change.path[1]] = change.value
    return fields
