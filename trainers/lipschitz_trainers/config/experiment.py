"""Experiments: a base configuration, named variants of it, profiles of effort, seeds."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lipschitz import ConfigError
from lipschitz.errors import did_you_mean
from lipschitz_trainers.config.checking import mapping_problem, without_echoes
from lipschitz_trainers.config.combinations import Adjusted, absent, configurations
from lipschitz_trainers.config.drawn import expand_draws
from lipschitz_trainers.config.experiment_file import looks_like_experiment, parse_structure
from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.files import read_text
from lipschitz_trainers.config.layers import Layer, layer_at
from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.config.problems import Problem, dotted, raise_problems
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.config.seeds import parse_seeds
from lipschitz_trainers.config.selection import selected
from lipschitz_trainers.config.yaml12 import Document, read_yaml

FOLDER = importlib.resources.files("lipschitz_trainers").joinpath("experiments")
"""Where the packaged experiments are."""


@dataclass(frozen=True)
class Profile:
    """How much effort an experiment takes.

    Attributes:
        overrides: laid over the base, below the variants.
        seeds: the profile's own; None: the experiment's.
        only: patterns of the variants that run; None: all do.
        variants: patterns of variants, each with overrides laid over those it fits.
    """

    overrides: Layer | None
    seeds: tuple[int, ...] | None
    only: tuple[str, ...] | None = None
    variants: tuple[tuple[str, Layer], ...] = ()


@dataclass(frozen=True)
class ResolvedRun:
    """One run of an experiment, complete.

    Attributes:
        variant: name of the variant.
        seed: the run's seed.
        config: its configuration.
        plain: the same as plain values, every default spelled out.
    """

    variant: str
    seed: int
    config: RunConfig
    plain: dict[str, Any]


@dataclass(frozen=True)
class Experiment:
    """A figure or table as runs to make and an analysis of them.

    Attributes:
        name: of the file, without its ending.
        description: what it shows.
        paper: the reference to what it reproduces, or None.
        base: the configuration all runs share.
        variants: by name, the overrides that make it up, the last on top.
        seeds: one run of every variant for each.
        profiles: by name; there is always ``quick``.
        analysis: ``name`` and options of what is drawn and checked.
    """

    name: str
    description: str
    paper: str | None
    base: Layer
    variants: dict[str, list[Layer]]
    seeds: tuple[int, ...]
    profiles: dict[str, Profile]
    analysis: dict[str, Any]

    def resolve(
        self,
        profile: str = "quick",
        sets: Iterable[str] = (),
        seeds: int | Sequence[int] | None = None,
        only: Sequence[str] | None = None,
    ) -> list[ResolvedRun]:
        """Return every run: the base, below the profile, the variant, the profile's word on it, the ``--set`` options.

        Args:
            profile: name of a profile.
            sets: ``key=value`` texts, laid over every variant in turn.
            seeds: their number or the seeds themselves; None: the profile's.
            only: patterns of the variants to run (see `lipschitz_trainers.config.selection.selected`); None: the
                profile's.

        Raises:
            ConfigError: there is no such profile, a pattern fits no variant, or some variant's configuration is
                not well-formed; lists every problem of all variants with its line.
        """
        if profile not in self.profiles:
            raise ConfigError(
                f"the experiment {self.name!r} has no profile {profile!r}."
                f"{did_you_mean(profile, self.profiles)} Its profiles: {', '.join(self.profiles)}."
            )
        chosen = self.profiles[profile].seeds or self.seeds
        if seeds is not None:
            try:
                chosen = parse_seeds(seeds)
            except ValidationError as error:
                raise_problems(
                    Problem("--seeds", None, dotted(f.location), f.message) for f in collected(error)
                )
        configs, problems = configurations(
            self.base,
            {profile: self.profiles[profile].overrides},
            self._chosen(profile, only),
            sets,
            {profile: self.profiles[profile].variants},
        )
        raise_problems(problems)
        runs: list[ResolvedRun] = []
        for (_, variant), config in configs.items():
            for seed in chosen:
                seeded = config.model_copy(update={"seed": seed})
                runs.append(ResolvedRun(variant, seed, seeded, to_plain(seeded)))
        return runs

    @property
    def axes(self) -> tuple[tuple[str, ...], ...]:
        """The names that variants are made up of, axis by axis; one axis where they are listed one by one."""
        parts = [[layer.origin(()).path[-1] for layer in layers] for layers in self.variants.values()]
        if not all(len(part) == len(parts[0]) > 1 for part in parts):
            return (tuple(self.variants),)
        return tuple(tuple(dict.fromkeys(map(str, axis))) for axis in zip(*parts, strict=True))

    def check(self) -> list[Problem]:
        """Return every problem of every variant under every profile."""
        profiles, adjusted = self._layers()
        return configurations(self.base, profiles, self.variants, (), adjusted)[1]

    def absent(self) -> tuple[list[Problem], list[Problem]]:
        """Return which files and packages are not here: what every profile needs, and what some do."""
        profiles, adjusted = self._layers()
        only = {name: profile.only for name, profile in self.profiles.items()}
        return absent(self.base, profiles, self.variants, adjusted, only)

    def _layers(self) -> tuple[dict[str, Layer | None], Adjusted]:
        """Return what each profile lays over the base, and over variants."""
        profiles = {name: profile.overrides for name, profile in self.profiles.items()}
        return profiles, {name: profile.variants for name, profile in self.profiles.items()}

    def _chosen(self, profile: str, only: Sequence[str] | None) -> dict[str, list[Layer]]:
        """Return the variants to run.

        Raises:
            ConfigError: a pattern fits none of them.
        """
        names = list(self.variants)
        for pattern in only or ():
            if not selected(names, [pattern]):
                raise ConfigError(
                    f"no variant of the experiment {self.name!r} fits {pattern!r}.{did_you_mean(pattern, names)} "
                    f"Its variants: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}."
                )
        patterns = only or self.profiles[profile].only
        return {
            name: self.variants[name] for name in (names if patterns is None else selected(names, patterns))
        }


def load_experiment(path_or_name: Path | str) -> Experiment:
    """Read an experiment.

    Args:
        path_or_name: a YAML file, or the name of a packaged experiment (see `experiment_names`).

    Raises:
        ConfigError: there is no such file or experiment, or its structure is not well-formed. The
            configurations of its runs are checked by `Experiment.resolve`; their problems are listed here
            only beside others.
    """
    source = _source(path_or_name)
    document, syntax = read_yaml(read_text(source), str(source))
    experiment, problems = _experiment(document, syntax, name=source.name.rpartition(".")[0] or source.name)
    if problems or experiment is None:
        raise_problems(check_experiment(document, syntax))
    assert experiment is not None
    return experiment


def make_experiment(values: Mapping[str, Any], name: str) -> Experiment:
    """Return an experiment given as plain values, for instance composed on the command line.

    Args:
        values: what its file would hold.
        name: its name, also in messages.

    Raises:
        ConfigError: its structure is not well-formed.
    """
    document = Document(values, {}, name)
    experiment, problems = _experiment(document, [], name)
    raise_problems(problems)
    assert experiment is not None
    return experiment


def experiment_names() -> list[str]:
    """Return the names of the packaged experiments, sorted."""
    return sorted(
        entry.name.removesuffix(".yaml") for entry in FOLDER.iterdir() if entry.name.endswith(".yaml")
    )


def check_experiment(document: Document, syntax: list[Problem]) -> list[Problem]:
    """Return every problem of an experiment: its file's, and those of every variant under every profile."""
    return _checked(document, syntax)[1]


def examine_experiment(document: Document, syntax: list[Problem]) -> tuple[list[Problem], list[Problem]]:
    """Return every problem with what every profile needs and is not here; and what is not here and only some need."""
    experiment, problems = _checked(document, syntax)
    always, sometimes = ([], []) if experiment is None else experiment.absent()
    return [*problems, *always], sometimes


def _checked(document: Document, syntax: list[Problem]) -> tuple[Experiment | None, list[Problem]]:
    experiment, problems = _experiment(document, syntax, document.file)
    runs = [] if experiment is None else without_echoes(syntax, experiment.check())
    return experiment, [*problems, *runs]


def _source(path_or_name: Path | str) -> Path | Traversable:
    path = Path(path_or_name)
    if isinstance(path_or_name, Path) or path.suffix in (".yaml", ".yml") or len(path.parts) != 1:
        return path
    packaged = experiment_names()
    if path_or_name in packaged:
        return FOLDER.joinpath(f"{path_or_name}.yaml")
    raise ConfigError(
        f"unknown experiment {path_or_name!r}.{did_you_mean(path_or_name, packaged)} "
        f"Packaged experiments: {', '.join(packaged) or 'none'}. "
        f"Name a file of your own with its ending .yaml."
    )


def _experiment(
    document: Document, syntax: list[Problem], name: str
) -> tuple[Experiment | None, list[Problem]]:
    """Return an experiment, if its file is good enough to check the runs, and the file's problems."""
    problem = mapping_problem(document, "an experiment")
    if problem is not None:
        return None, syntax or [problem]
    meant = looks_like_experiment(document.data)
    if not syntax and not meant and document.data.keys() & RunConfig.model_fields.keys():
        message = "this is the configuration of one run, not an experiment; use `lipschitz train`"
        return None, [Problem(document.file, None, "", message)]
    document, wrong_draws = expand_draws(document)
    structure = parse_structure(document.data)
    whole = layer_at(document, ())
    problems = without_echoes(syntax, [whole.problem(fault) for fault in (*wrong_draws, *structure.faults)])
    if wrong_draws or not structure.complete:
        return None, problems
    experiment = Experiment(
        name=name,
        description=structure.description,
        paper=structure.paper,
        base=layer_at(document, ("base",)),
        variants={
            variant: [layer_at(document, place) for place in places]
            for variant, places in structure.variants.items()
        },
        seeds=structure.seeds,
        profiles={
            profile: Profile(
                None if entry.place is None else layer_at(document, entry.place),
                entry.seeds,
                entry.only,
                tuple((pattern, layer_at(document, place)) for pattern, place in entry.variants),
            )
            for profile, entry in structure.profiles.items()
        },
        analysis=structure.analysis,
    )
    return experiment, problems
