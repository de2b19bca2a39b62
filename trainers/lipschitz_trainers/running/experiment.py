"""An experiment: every variant with every seed, then analysis, pictures and page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lipschitz import ConfigError
from lipschitz_trainers.config.experiment import ResolvedRun
from lipschitz_trainers.running.environment import environment
from lipschitz_trainers.running.files import read_json, write_json
from lipschitz_trainers.running.jobs import STOP_FILE, Job, execute_all, not_begun

RESULTS = "results.json"


def make_jobs(runs: Sequence[ResolvedRun], out: Path, *, resume: bool) -> list[Job]:
    """Return a job for each resolved run, in folders below `out`.

    Raises:
        ConfigError: `out` already holds results and is not to be resumed; they are left as they are.
    """
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out {out} is a file; name a folder.")
    if not resume and (out / RESULTS).exists():
        raise ConfigError(
            f"{out} already holds results; continue them with --resume, or choose another --out."
        )
    return [
        Job(
            variant=resolved.variant,
            seed=resolved.seed,
            config=resolved.config,
            folder=out / "runs" / f"{resolved.variant}-seed{resolved.seed}",
            resume=resume,
            stop_file=out / STOP_FILE,
        )
        for resolved in runs
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
    on_done: Callable[[Job, dict[str, Any]], None] | None = None,
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
        scheduler: address of a Dask scheduler.
        on_done: told each result.

    Raises:
        KeyboardInterrupt: after Ctrl-C, with everything recorded.
    """
    out.mkdir(parents=True, exist_ok=True)
    order = {(job.variant, job.seed): i for i, job in enumerate(jobs)}
    outcomes: dict[tuple[str, int], dict[str, Any]] = {key: not_begun() for key in order}

    def results() -> dict[str, Any]:
        return {
            "experiment": name,
            "profile": profile,
            "command": command,
            "environment": environment(),
            "analysis": analysis,
            "runs": [
                {
                    "variant": job.variant,
                    "seed": job.seed,
                    "directory": str(job.folder.relative_to(out)),
                    **{
                        key: outcomes[job.variant, job.seed].get(key)
                        for key in ("status", "metrics", "wall_seconds", "error")
                    },
                }
                for job in jobs
            ],
            "claims": (read_json(out / RESULTS) or {}).get("claims", []),
        }

    def note(job: Job, outcome: dict[str, Any]) -> None:
        outcomes[job.variant, job.seed] = outcome
        write_json(out / RESULTS, results())
        if on_done is not None:
            on_done(job, outcome)

    write_json(out / RESULTS, results())
    execute_all(jobs, workers=workers, scheduler=scheduler, on_done=note)
    return results()
