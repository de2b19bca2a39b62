"""Files that describe one run: read, check, write."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lipschitz_trainers.config.checking import (
    apply_sets,
    check_run,
    mapping_problem,
    parse_sets,
    without_echoes,
)
from lipschitz_trainers.config.experiment import examine_experiment
from lipschitz_trainers.config.experiment_file import looks_like_experiment
from lipschitz_trainers.config.files import read_text
from lipschitz_trainers.config.fitting import absences
from lipschitz_trainers.config.layers import layer_at
from lipschitz_trainers.config.plain import to_plain
from lipschitz_trainers.config.problems import Problem, ProblemsError, in_order, raise_problems
from lipschitz_trainers.config.schema import RunConfig, well_formed_parts
from lipschitz_trainers.config.yaml12 import Document, dump_yaml, read_yaml


def load_run(path: Path | str, sets: Iterable[str] = ()) -> RunConfig:
    """Read the configuration of one run.

    Args:
        path: a YAML file.
        sets: ``key=value`` texts laid over it in turn.

    Raises:
        ConfigError: the file cannot be read or its configuration is not well-formed; lists every problem.
    """
    document, syntax = read_yaml(read_text(Path(path)), str(path))
    if not syntax and looks_like_experiment(document.data):
        message = "this is an experiment, not the configuration of one run; use `lipschitz run`"
        raise_problems([Problem(document.file, None, "", message)])
    config, problems = _check(document, syntax, sets)
    raise_problems(problems)
    assert config is not None
    return config


def parse_run(values: Mapping[str, Any], sets: Iterable[str] = (), file: str = "configuration") -> RunConfig:
    """Check the configuration of one run given as plain values; `file` names it. Raises as `load_run`."""
    config, problems = _check(Document(values, {}, file), [], sets)
    raise_problems(problems)
    assert config is not None
    return config


def save_run(config: RunConfig, path: Path | str) -> None:
    """Write a complete configuration, every default spelled out, headed by the command that runs it.

    Raises:
        ConfigError: it holds something that YAML cannot spell (see `to_plain`).
        OSError: the file cannot be written.
    """
    command = f"lipschitz train {shlex.quote(str(path))}"
    # A comment ends with its line, whatever the folder is called.
    comment = "".join(character if character.isprintable() else "?" for character in command)
    Path(path).write_text(f"# {comment}\n{dump_yaml(to_plain(config))}", encoding="utf-8")


def validate_file(path: Path | str) -> list[Problem]:
    """Return every problem of a run's configuration or of an experiment (told apart by the key ``base``).

    Of an experiment, every variant under every profile is checked. Files and packages that are not here are problems,
    too, where the run or every profile needs them.
    """
    return examine_file(path)[0]


def examine_file(path: Path | str) -> tuple[list[Problem], list[Problem]]:
    """Return what `validate_file` does; and what is not here and only some profiles of an experiment need."""
    try:
        document, syntax = read_yaml(read_text(Path(path)), str(path))
    except ProblemsError as error:
        return list(error.problems), []
    if looks_like_experiment(document.data):
        problems, elsewhere = examine_experiment(document, syntax)
        return in_order(problems), in_order(elsewhere)
    problems = _check(document, syntax, ())[1]
    if isinstance(document.data, Mapping):
        layer = layer_at(document, ())
        problems += [layer.problem(fault) for fault in absences(well_formed_parts(layer.data))]
    return in_order(problems), []


def _check(
    document: Document, syntax: list[Problem], sets: Iterable[str]
) -> tuple[RunConfig | None, list[Problem]]:
    problem = mapping_problem(document, "the configuration of a run")
    if problem is not None:
        # After a syntax error there is no data, but the file is not empty.
        return None, syntax or [problem]
    assignments, unreadable = parse_sets(sets)
    layer, unfitting = apply_sets(layer_at(document, ()), assignments)
    config, faults = check_run(layer)
    schema = [layer.problem(fault) for fault in faults]
    return config, [*without_echoes(syntax, schema), *unreadable, *unfitting]
