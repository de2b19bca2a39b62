"""An experiment: every variant with every seed, and one file that says how each of them went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lipschitz import ConfigError, MissingExtraError
from lipschitz_trainers.config.experiment import ResolvedRun
from lipschitz_trainers.running.environment import environment
from lipschitz_trainers.running.files import read_json, write_json
from lipschitz_trainers.running.folders import make_folder, require_usable
from lipschitz_trainers.running.jobs import Job, OnDone, execute_all, not_begun
from lipschitz_trainers.running.lock import lock_folder, require_free

RESULTS = "results.json"
STOP_FILE = ".stop"


def make_jobs(runs: Sequence[ResolvedRun], out: Path, *, resume: bool) -> list[Job]:
    """Return a job for each resolved run, in folders below `out`.

    Raises:
        ConfigError: `out` is a file, holds results that these runs would spoil (see `require_usable`), or is in use.
    """
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file; name a folder.")
    if not resume and (out / RESULTS).exists():
        raise ConfigError(
            f"{out} already holds results; continue them with --resume, or choose another folder."
        )
    require_free(out)
    left_out = _left_out(runs, out) if resume else []
    if left_out:
        raise ConfigError(
            f"{out} holds results that this command would leave out ({', '.join(left_out[:3])}"
            f"{', ...' if len(left_out) > 3 else ''}); resume with all of them, or choose another folder."
        )
    jobs: list[Job] = []
    for resolved in runs:
        folder = Path("runs") / f"{resolved.variant}-seed{resolved.seed}"
        require_usable(resolved.config, out / folder, resume=resume)
        # Absolute, as workers may have another working directory.
        here = out.absolute()
        jobs.append(
            Job(resolved.variant, resolved.seed, resolved.config, here / folder, stop_file=here / STOP_FILE)
        )
    return jobs


def _left_out(runs: Sequence[ResolvedRun], out: Path) -> list[str]:
    """Return the runs that the results in a folder have and the new ones have not."""
    asked = {(run.variant, run.seed) for run in runs}
    there = (read_json(out / RESULTS) or {}).get("runs", [])
    return [
        f"{run['variant']} seed {run['seed']}" for run in there if (run["variant"], run["seed"]) not in asked
    ]


def run_experiment(
    jobs: Sequence[Job],
    out: Path,
    *,
    name: str,
    profile: str,
    command: str,
    analysis: dict[str, Any],
    workers: int,
    scheduler: str | None = None,
    on_done: OnDone | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Run every job, keeping ``results.json`` up to date after each, and return its content.

    Args:
        jobs: from `make_jobs`.
        out: the experiment's folder.
        name: the experiment's name.
        profile: ``quick``, ``paper``, ...
        command: the command line that does this again.
        analysis: what the report should draw and check.
        workers: processes on this machine.
        scheduler: address of a Dask scheduler, or ``local``.
        on_done: told each result.
        tell: gets what a person may want to know.

    Raises:
        ConfigError: `out` cannot be created or is in use, or the scheduler cannot be reached.
        KeyboardInterrupt: Ctrl-C was pressed a second time, before the runs had stopped.
    """
    make_folder(out)
    with lock_folder(out.absolute()) as lock:
        jobs = [replace(job, ticket=lock.ticket) for job in jobs]
        outcomes = {(job.variant, job.seed): not_begun() for job in jobs}
        results: dict[str, Any] = {
            "experiment": name,
            "profile": profile,
            "command": command,
            "environment": environment(),
            "analysis": analysis,
            "runs": [],
            "claims": (read_json(out / RESULTS) or {}).get("claims", []),
        }

        def write() -> None:
            lock.require()
            results["runs"] = [_entry(job, out, outcomes[job.variant, job.seed]) for job in jobs]
            unmeasured = _unmeasured(jobs, outcomes)
            if unmeasured:
                results["left_out"] = unmeasured
            write_json(out / RESULTS, results)

        def note(job: Job, outcome: dict[str, Any]) -> None:
            outcomes[job.variant, job.seed] = outcome
            write()
            if on_done is not None:
                on_done(job, outcome)

        new = not (out / RESULTS).exists()
        write()
        try:
            execute_all(jobs, workers=workers, scheduler=scheduler, on_done=note, tell=tell)
        except (ConfigError, MissingExtraError):
            if new:  # nothing was begun, so the command can be given again as it was
                (out / RESULTS).unlink(missing_ok=True)
            raise
        return results


def _unmeasured(
    jobs: Sequence[Job], outcomes: Mapping[tuple[str, int], Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Return the variants to whose data a metric does not apply that they name, by metric."""
    found: dict[str, list[str]] = {}
    for job in jobs:
        for metric in outcomes[job.variant, job.seed].get("left_out") or ():
            if job.variant not in found.setdefault(metric, []):
                found[metric].append(job.variant)
    return found


def _entry(job: Job, out: Path, outcome: dict[str, Any]) -> dict[str, Any]:
    return {
        "variant": job.variant,
        "seed": job.seed,
        "directory": job.folder.relative_to(out.absolute()).as_posix(),
        **{key: outcome.get(key) for key in ("status", "metrics", "wall_seconds", "error")},
    }
