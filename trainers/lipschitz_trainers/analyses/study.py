"""An output folder as the analyses see it: runs grouped by dataset, each beside its configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lipschitz_trainers.analyses.artifacts import read_config
from lipschitz_trainers.analyses.image_scores import score_titles
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.config.experiment import experiment_names, load_experiment

UNKNOWN = "unknown data"
"""The dataset of runs that left no configuration behind."""


@dataclass(frozen=True)
class Variant:
    """All runs of one variant, one a seed.

    Attributes:
        name: its name in the experiment.
        label: the name without the dataset in front, as tables and figures show it.
        runs: in the order of ``results.json``.
    """

    name: str
    label: str
    runs: tuple[RunResult, ...]

    @property
    def done(self) -> tuple[RunResult, ...]:
        """The runs that finished."""
        return tuple(run for run in self.runs if run.status == "done")


@dataclass(frozen=True)
class Group:
    """The variants that were trained on one dataset, so that their metrics can be compared.

    Attributes:
        dataset: its name; followed by "fixed generator" where others trained theirs on the same data.
        variants: in the order they first appear.
        critic_only: the generator was fixed, so that the critics alone can be judged.
        score_titles: what each image score that was asked for is called; None where runs were judged differently.
    """

    dataset: str
    variants: tuple[Variant, ...]
    critic_only: bool = False
    score_titles: Mapping[str, str | None] = field(default_factory=dict[str, str | None])


@dataclass(frozen=True)
class Study:
    """A whole output folder.

    Attributes:
        folder: the output folder.
        results: what ``results.json`` holds.
        configs: the run configurations found, by variant and seed.
        groups: the variants by dataset, in the order they first appear.
    """

    folder: Path
    results: Results
    configs: Mapping[tuple[str, int], Mapping[str, Any]]
    groups: tuple[Group, ...]

    def run_folder(self, run: RunResult) -> Path:
        """Return where a run's files lie."""
        return self.folder / run.directory


def load_study(out_dir: Path | str) -> Study:
    """Read ``results.json`` and the configuration of every run that has one.

    Raises:
        DataError: ``results.json`` or a configuration is missing its form.
    """
    folder = Path(out_dir)
    results = Results.load(folder)
    found = {run.key: read_config(folder / run.directory) for run in results.runs}
    return study_of(results, {key: config for key, config in found.items() if config}, folder)


def study_of(
    results: Results, configs: Mapping[tuple[str, int], Mapping[str, Any]], folder: Path | None = None
) -> Study:
    """Return a study of results whose configurations are known from elsewhere.

    Args:
        results: the runs.
        configs: of the runs, as plain values, by variant and seed.
        folder: where files that runs left are looked for; by default the current directory.
    """
    return Study(Path() if folder is None else folder, results, configs, _groups(results, configs))


def _groups(results: Results, configs: Mapping[tuple[str, int], Mapping[str, Any]]) -> tuple[Group, ...]:
    by_variant: dict[str, list[RunResult]] = {}
    for run in results.runs:
        by_variant.setdefault(run.variant, []).append(run)
    data = {name: next(_configured(members, configs), None) for name, members in by_variant.items()}
    names = _dataset_names([dataset for dataset in data.values() if dataset is not None])
    grouped: dict[str, list[Variant]] = {}
    for name, members in by_variant.items():
        dataset = data[name] if data[name] is not None else _guess(name, data.values())
        variant = Variant(name, _label(name, _name_of(dataset)), tuple(members))
        grouped.setdefault(names.get(_identity(dataset), UNKNOWN), []).append(variant)
    grouped = dict(_by_generator(grouped, configs))
    several = len(grouped) > 1
    return tuple(
        Group(
            dataset,
            tuple(
                _without_shared_start(variants)
                if several or len(variants) > 1
                else _without_data_axis(variants, results.experiment)
            ),
            _critic_only(variants, configs),
            score_titles(configs[run.key] for v in variants for run in v.runs if run.key in configs),
        )
        for dataset, variants in grouped.items()
    )


def _label(variant: str, dataset: str) -> str:
    """Drop the dataset, as one axis of an experiment, from a variant's name."""
    return variant.removeprefix(f"{dataset}-").removesuffix(f"-{dataset}") or variant


def _without_shared_start(variants: Sequence[Variant]) -> list[Variant]:
    """Drop what all labels of a dataset begin with: it says nothing among them."""
    parts = [variant.label.partition("-") for variant in variants]
    if len({first for first, _, _ in parts}) > 1 or not all(rest for _, _, rest in parts):
        return list(variants)
    return [replace(variant, label=rest) for variant, (_, _, rest) in zip(variants, parts, strict=True)]


def _without_data_axis(variants: Sequence[Variant], experiment: str) -> list[Variant]:
    """Drop what the experiment calls the data, so that a variant that runs alone has the label it has among others."""
    named = [variant.label.partition("-") for variant in variants]
    return [
        replace(variant, label=rest) if rest and first in _data_axis(experiment) else variant
        for variant, (first, _, rest) in zip(variants, named, strict=True)
    ]


@lru_cache(maxsize=8)
def _data_axis(experiment: str) -> frozenset[str]:
    """Return the names on the first axis of a packaged experiment if each of them sets the data; nothing otherwise."""
    if experiment not in experiment_names():
        return frozenset()
    found = load_experiment(experiment)
    firsts = [layers[0].data for layers in found.variants.values()]
    if len(found.axes) < 2 or not all(isinstance(data, Mapping) and "dataset" in data for data in firsts):
        return frozenset()
    return frozenset(found.axes[0])


def _by_generator(
    grouped: Mapping[str, Sequence[Variant]], configs: Mapping[tuple[str, int], Mapping[str, Any]]
) -> Iterator[tuple[str, list[Variant]]]:
    """Part the variants whose generator is trained from those where it is fixed: they are judged by other metrics."""
    for dataset, variants in grouped.items():
        if _critic_only(variants, configs):  # also where some failed before they wrote a configuration
            yield dataset, list(variants)
            continue
        fixed = [variant for variant in variants if _critic_only([variant], configs)]
        trained = [variant for variant in variants if variant not in fixed]
        yield dataset, trained
        if fixed:
            yield f"{dataset}, fixed generator", fixed


def _critic_only(variants: Iterable[Variant], configs: Mapping[tuple[str, int], Mapping[str, Any]]) -> bool:
    generators = [configs[run.key].get("generator") for v in variants for run in v.runs if run.key in configs]
    return bool(generators) and all(isinstance(g, Mapping) and "fixed" in g for g in generators)


def _configured(
    runs: Iterable[RunResult], configs: Mapping[tuple[str, int], Mapping[str, Any]]
) -> Iterator[Any]:
    return (configs[run.key]["dataset"] for run in runs if "dataset" in configs.get(run.key, {}))


def _guess(variant: str, datasets: Iterable[Any]) -> Any:
    """Return the dataset of a variant that failed before it wrote a configuration; None if it may be any."""
    known = {_identity(dataset): dataset for dataset in datasets if dataset is not None}
    named = [dataset for dataset in known.values() if variant.startswith(f"{_name_of(dataset)}-")]
    candidates = named or list(known.values())
    return candidates[0] if len(candidates) == 1 else None


def _identity(dataset: Any) -> str:
    return json.dumps(dataset, sort_keys=True, default=str)


def _name_of(dataset: Any) -> str:
    return str(dataset.get("name", UNKNOWN)) if isinstance(dataset, Mapping) else str(dataset)


def _dataset_names(datasets: Iterable[Any]) -> dict[str, str]:
    """Name every distinct dataset; by its name, and by all its fields where two share a name."""
    distinct = {_identity(dataset): dataset for dataset in datasets}
    names = [_name_of(dataset) for dataset in distinct.values()]
    return {
        identity: _name_of(dataset) if names.count(_name_of(dataset)) == 1 else _with_fields(dataset)
        for identity, dataset in distinct.items()
    }


def _with_fields(dataset: Mapping[str, Any]) -> str:
    shown = ", ".join(f"{key}={value}" for key, value in dataset.items() if key != "name")
    return f"{_name_of(dataset)} ({shown})" if shown else _name_of(dataset)
