"""``results.json``: every run of an experiment with its outcome, read, merged and written whole.

In memory a metric that is not finite is NaN; in the file it is null, since JSON has no NaN.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from lipschitz.errors import DataError
from lipschitz_trainers.analyses import parsing
from lipschitz_trainers.analyses.files import write_atomically

Status = Literal["done", "failed", "interrupted"]
Verdict = Literal["yes", "yes, short run", "no", "undecided", "measured"]
FILENAME = "results.json"


@dataclass(frozen=True)
class RunResult:
    """One run of one variant.

    Attributes:
        variant: name of the variant.
        seed: its seed.
        directory: its folder, relative to the output folder.
        status: how it ended.
        metrics: final value of every metric by key; NaN for a value that is not finite.
        wall_seconds: time it took.
        error: why it failed.
    """

    variant: str
    seed: int
    directory: str
    status: Status
    metrics: Mapping[str, float] = field(default_factory=dict)
    wall_seconds: float = math.nan
    error: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What identifies a run in an experiment."""
        return self.variant, self.seed

    def metric(self, key: str) -> float:
        """Return a metric of a finished run; NaN if it was not measured or finite, or the run is not done."""
        return self.metrics.get(key, math.nan) if self.status == "done" else math.nan


@dataclass(frozen=True)
class Claim:
    """One statement of the paper, checked by the runs.

    Attributes:
        id: short name.
        statement: what is claimed.
        paper: the paper's value.
        measured: ours.
        holds: whether it holds; None where these runs cannot decide.
        note: what else to know.
        criterion: whether there is one by which it holds or not; a number given for its own sake has none.
        refutable: whether these runs could have refuted it; those shorter than the paper's can only confirm.
    """

    id: str
    statement: str
    paper: Any = None
    measured: Any = None
    holds: bool | None = None
    note: str | None = None
    criterion: bool = True
    refutable: bool = True

    @property
    def verdict(self) -> Verdict:
        """The outcome in a word.

        Example:
            >>> Claim("a", "s", holds=False).verdict, Claim("b", "t").verdict, Claim("c", "u", criterion=False).verdict
            ('no', 'undecided', 'measured')
            >>> Claim("d", "v", holds=True).verdict, Claim("e", "w", holds=True, refutable=False).verdict
            ('yes', 'yes, short run')
        """
        if not self.criterion:
            return "measured"
        if self.holds:
            return "yes" if self.refutable else "yes, short run"
        return "undecided" if self.holds is None else "no"


@dataclass(frozen=True)
class Results:
    """Everything in ``results.json``.

    Attributes:
        experiment: name of the experiment.
        profile: ``"quick"``, ``"paper"``, ...
        environment: versions and hardware, as recorded.
        runs: in the order they were planned.
        claims: statements checked.
        command: what was typed, to do it again.
        others: keys of the file that mean nothing here, kept as they are.
    """

    experiment: str
    profile: str
    environment: Mapping[str, Any] = field(default_factory=dict)
    runs: tuple[RunResult, ...] = ()
    claims: tuple[Claim, ...] = ()
    command: str | None = None
    others: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, out_dir: Path | str) -> Results:
        """Read ``results.json`` of an output folder.

        Raises:
            DataError: it is missing, is not JSON, or lacks keys (all problems are listed).
        """
        path = Path(out_dir) / FILENAME
        top = parsing.Fields(parsing.read_object(path), "the file")
        found = parsing.results_fields(top)
        if top.problems:
            raise DataError(f"{path} is not well-formed:\n  " + "\n  ".join(top.problems))
        runs = tuple(RunResult(**run) for run in found.pop("runs"))
        claims = tuple(Claim(**claim) for claim in found.pop("claims"))
        return cls(**found, runs=runs, claims=claims)

    def save(self, out_dir: Path | str) -> Path:
        """Write ``results.json`` in one step and return its path; an old one is replaced whole."""
        content = {
            "experiment": self.experiment,
            "profile": self.profile,
            **({} if self.command is None else {"command": self.command}),
            "environment": dict(self.environment),
            **self.others,
            "runs": [vars(run) for run in self.runs],
            "claims": [vars(claim) for claim in self.claims],
        }
        path = Path(out_dir) / FILENAME
        write_atomically(path, json.dumps(_without_nan(content), indent=2, allow_nan=False) + "\n")
        return path

    def merged(self, newer: Results) -> Results:
        """Return both sets of runs; where both have a variant and seed, the newer run counts.

        Claims, environment and command are the newer ones: the claims were computed last.

        Raises:
            DataError: they belong to different experiments or profiles, so their runs cannot be compared.
        """
        for name in ("experiment", "profile"):
            old, new = getattr(self, name), getattr(newer, name)
            if old != new:
                raise DataError(
                    f"these results are of {name} {old!r}, the new runs of {new!r}; they cannot be compared: "
                    "choose another output folder."
                )
        runs = {run.key: run for run in (*self.runs, *newer.runs)}
        command = newer.command if newer.command is not None else self.command
        return replace(
            newer, runs=tuple(runs.values()), command=command, others={**self.others, **newer.others}
        )


def _without_nan(value: Any) -> Any:
    """Return `value` with every number that JSON cannot hold replaced by null, and tuples by lists."""
    if isinstance(value, Mapping):
        return {str(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
