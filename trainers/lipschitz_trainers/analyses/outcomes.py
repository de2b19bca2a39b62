"""What an experiment came to: its claims and at which scale, when and where they were checked."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lipschitz.errors import ConfigError, DataError
from lipschitz_trainers.analyses.files import write_atomically
from lipschitz_trainers.analyses.kept_settings import settings_of, staleness
from lipschitz_trainers.analyses.parsing import Fields, claim_fields, read_object
from lipschitz_trainers.analyses.results import FILENAME, Claim
from lipschitz_trainers.analyses.scale import reductions
from lipschitz_trainers.analyses.study import Study, load_study
from lipschitz_trainers.analyses.wording import plural
from lipschitz_trainers.config.experiment import Experiment, load_experiment
from lipschitz_trainers.training.records import finite_or_none

MACHINE = ("processor", "platform", "cuda_devices", "python", "torch")
"""What is kept of an environment, beside the version of this distribution."""


@dataclass(frozen=True)
class Tally:
    """How many claims hold, do not, and cannot be decided; apart from them, how many numbers have no criterion.

    Example:
        >>> print(Tally(5, 1, 2), "|", Tally(3, 0, 0), "|", Tally(0, 0, 0))
        5 of 8 claims hold, 1 does not, 2 cannot be decided | 3 of 3 claims hold | no claims
        >>> print(Tally(3, 0, 0, 4))
        3 of 3 claims hold; 4 numbers are only measured
        >>> print(Tally(5, 1, 2, confirmed=3))
        5 of 8 claims hold (3 of them in runs too short to refute them), 1 does not, 2 cannot be decided
    """

    holds: int
    fails: int
    undecided: int
    measured: int = 0
    confirmed: int = 0
    """How many of those that hold were checked by runs that could not have refuted them."""

    @classmethod
    def of(cls, claims: Iterable[Claim]) -> Tally:
        """Count claims."""
        counts = Counter(claim.verdict for claim in claims)
        confirmed = counts["yes, short run"]
        return cls(
            counts["yes"] + confirmed, counts["no"], counts["undecided"], counts["measured"], confirmed
        )

    @property
    def total(self) -> int:
        """How many claims there are; numbers that are only measured are none."""
        return self.holds + self.fails + self.undecided

    def __str__(self) -> str:
        told = f"{plural(self.measured, 'number')} {'is' if self.measured == 1 else 'are'} only measured"
        return f"{self._decided}; {told}" if self.measured else self._decided

    @property
    def _decided(self) -> str:
        if not self.total:
            return "no claims"
        parts = [f"{self.holds} of {plural(self.total, 'claim')} hold{'s' if self.total == 1 else ''}"]
        if self.confirmed:
            parts[0] += f" ({self.confirmed} of them in runs too short to refute them)"
        if self.fails:
            parts.append(f"{self.fails} do{'es' if self.fails == 1 else ''} not")
        if self.undecided:
            parts.append(f"{self.undecided} cannot be decided")
        return ", ".join(parts)


@dataclass(frozen=True)
class Outcome:
    """One experiment with its claims.

    Attributes:
        experiment: its name.
        profile: ``"quick"``, ``"paper"``, ...
        description: what it shows; empty where that is not known.
        paper: what it reproduces.
        reduced: what its runs have instead of the paper's settings; None where that is not known.
        runs: how many there are.
        unfinished: how many of them failed or were interrupted.
        seconds: time of all runs together, in seconds: of a processor where that was measured.
        date: when the last of them ended, as ``YYYY-MM-DD``, in UTC.
        version: of this distribution.
        machine: processor and versions.
        claims: the statements checked.
        settings: of its runs, see `lipschitz_trainers.analyses.kept_settings`; None where they are not known.
    """

    experiment: str
    profile: str
    description: str = ""
    paper: str | None = None
    reduced: tuple[str, ...] | None = None
    runs: int = 0
    unfinished: int = 0
    seconds: float = math.nan
    date: str = ""
    version: str = ""
    machine: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    settings: Mapping[str, Any] | None = None

    @property
    def tally(self) -> Tally:
        """How many of its claims hold."""
        return Tally.of(self.claims)

    @property
    def scale(self) -> str:
        """The profile and what is reduced in it, in words."""
        if self.reduced is None:
            return f"Profile {self.profile}."
        if not self.reduced:
            return f"Profile {self.profile}, with the settings of the paper profile: nothing is reduced."
        return f"Profile {self.profile}, unlike the paper profile: {', '.join(self.reduced)}."

    @classmethod
    def of(cls, out_dir: Path | str) -> Outcome:
        """Sum up an output folder, with the claims as they were last checked.

        Raises:
            DataError: it holds no readable ``results.json``, or a damaged configuration.
        """
        study = load_study(out_dir)
        results, experiment = study.results, _experiment(study)
        spent = [run.metrics.get("cpu_seconds", run.wall_seconds) for run in results.runs]
        seconds = [value for value in spent if math.isfinite(value)]
        environment = results.environment
        return cls(
            experiment=results.experiment,
            profile=results.profile,
            description=experiment.description if experiment else "",
            paper=experiment.paper if experiment else None,
            reduced=_reductions(study, experiment),
            runs=len(results.runs),
            unfinished=sum(run.status != "done" for run in results.runs),
            seconds=sum(seconds) if seconds else math.nan,
            date=_date(study),
            version=str(environment.get("torch-lipschitz", "")),
            machine={key: _text(environment[key]) for key in MACHINE if environment.get(key)},
            claims=results.claims,
            settings=settings_of(study),
        )

    def save(self, path: Path) -> None:
        """Write it as JSON, in one step."""
        content = finite_or_none({**vars(self), "claims": [vars(claim) for claim in self.claims]})
        write_atomically(path, json.dumps(content, indent=2, allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: Path) -> Outcome:
        """Read what `save` wrote.

        Raises:
            DataError: the file is missing, is not JSON, or lacks keys (all problems are listed).
        """
        top = Fields(read_object(path), "the file")
        reduced, seconds = top.take("reduced", list, type(None)), top.take("seconds", float, int, type(None))
        found: dict[str, Any] = {
            **{
                key: top.take(key, str) for key in ("experiment", "profile", "description", "date", "version")
            },
            "paper": top.take("paper", str, type(None)),
            "reduced": None if reduced is None else tuple(map(str, reduced)),
            "seconds": math.nan if seconds is None else float(seconds),
            **{key: top.take(key, int) for key in ("runs", "unfinished")},
            "machine": top.take("machine", dict),
            "settings": top.take("settings", dict, type(None), default=None),
        }
        claims = [claim_fields(claim) for claim in top.each("claims")]
        if top.problems:
            raise DataError(f"{path} is not well-formed:\n  " + "\n  ".join(top.problems))
        return cls(**found, claims=tuple(Claim(**claim) for claim in claims))


def outcomes_in(out_dir: Path) -> tuple[dict[Path, Outcome], dict[str, str]]:
    """Sum up the output folders that lie directly in a folder, by name.

    Returns:
        The outcomes by folder, and the messages of folders that cannot be read by their name.
    """
    outcomes: dict[Path, Outcome] = {}
    problems: dict[str, str] = {}
    for path in sorted(out_dir.glob(f"*/{FILENAME}")):
        try:
            outcomes[path.parent] = Outcome.of(path.parent)
        except DataError as error:
            problems[path.parent.name] = str(error)
    return outcomes, problems


def stale(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Return which outcomes are not those of the packaged experiments as they are now, and why, by experiment.

    Raises:
        ConfigError: there is no such experiment, or it is not well-formed.
    """
    found = {
        outcome.experiment: staleness(outcome.settings, outcome.profile, load_experiment(outcome.experiment))
        for outcome in outcomes
    }
    return {name: reason for name, reason in found.items() if reason is not None}


def _experiment(study: Study) -> Experiment | None:
    """Return the packaged experiment of a study; None for a comparison or one's own file."""
    try:
        return load_experiment(study.results.experiment)
    except ConfigError:
        return None


def _reductions(study: Study, experiment: Experiment | None) -> tuple[str, ...] | None:
    """Return what is reduced; None where the experiment is not known, or its file has become faulty."""
    try:
        return None if experiment is None else reductions(study, experiment)
    except ConfigError:
        return None


def _date(study: Study) -> str:
    """Return the day the last run wrote its result; what is drawn or checked later does not count."""
    written = [study.run_folder(run) / "result.json" for run in study.results.runs]
    found = [path for path in written if path.exists()] or [study.folder / FILENAME]
    return f"{datetime.fromtimestamp(max(path.stat().st_mtime for path in found), UTC):%Y-%m-%d}"


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
