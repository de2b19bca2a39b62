"""Under which conditions the variants ran, and whether these were equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lipschitz_trainers.analyses.study import Group, Study

SETTINGS = {
    "critic optimizer": ("critic", "optimizer"),
    "generator optimizer": ("generator", "optimizer"),
    "critic network": ("critic", "network"),
    "generator network": ("generator", "network"),
    "fixed generator": ("generator", "fixed"),
    "average of the generator (decay)": ("generator", "ema"),
    "objective": ("objective",),
    "generator steps": ("steps",),
    "critic steps a generator step": ("critic", "steps"),
    "batch size": ("batch_size",),
    "batch size of the generator": ("generator", "batch_size"),
    "dataset": ("dataset",),
    "samples compared": ("evaluation", "samples"),
    "precision": ("precision",),
    "compiled": ("compile",),
}
"""What must be equal for a comparison on equal terms, and where a configuration keeps it."""


@dataclass(frozen=True)
class Condition:
    """One setting over the variants of a dataset.

    Attributes:
        name: of the setting.
        values: each value that occurs, with the labels of the variants that have it.
    """

    name: str
    values: Mapping[str, tuple[str, ...]]

    @property
    def equal(self) -> bool:
        """Whether all variants share one value."""
        return len(self.values) == 1


def conditions(study: Study, group: Group) -> tuple[Condition, ...]:
    """Return the settings found in the configurations of a group, the seeds last."""
    found = [_condition(study, group, name, path) for name, path in SETTINGS.items()]
    seeds: dict[str, list[str]] = {}
    for variant in group.variants:
        seeds.setdefault(seed_list(run.seed for run in variant.runs), []).append(variant.label)
    by_seeds = Condition("seeds", {value: tuple(labels) for value, labels in seeds.items()})
    return (*(condition for condition in found if condition.values), by_seeds)


def constraint_settings(study: Study, group: Group) -> dict[str, str]:
    """Return every variant's constraint with its fields, by label."""
    return dict(_values(study, group, ("constraint",)))


def _condition(study: Study, group: Group, name: str, path: tuple[str, ...]) -> Condition:
    values: dict[str, list[str]] = {}
    for label, value in _values(study, group, path):
        if label not in values.setdefault(value, []):
            values[value].append(label)
    return Condition(name, {value: tuple(labels) for value, labels in values.items()})


def _values(study: Study, group: Group, path: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    for variant in group.variants:
        for run in variant.runs:
            value: Any = study.configs.get(run.key)
            for key in path:
                value = value.get(key) if isinstance(value, Mapping) else None
            if value is not None:
                yield variant.label, in_words(value)


def in_words(value: Any) -> str:
    """Return a setting as one line: ``adam (lr 0.0001, betas 0.0, 0.9)``."""
    if isinstance(value, Mapping):
        rest = ", ".join(
            f"{key} {in_words(item)}" for key, item in value.items() if key != "name" and item is not None
        )
        name = str(value.get("name", ""))
        return f"{name} ({rest})" if name and rest else name or rest
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(in_words, value))}]" if value else "none"
    return str(value)


def seed_list(seeds: Iterable[int]) -> str:
    """Return seeds in words: ``0 to 4``, or ``1, 5``."""
    ordered = sorted(seeds)
    gapless = ordered == list(range(ordered[0], ordered[0] + len(ordered)))
    return f"{ordered[0]} to {ordered[-1]}" if gapless and len(ordered) > 2 else ", ".join(map(str, ordered))
