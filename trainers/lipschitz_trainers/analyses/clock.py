"""How long runs took: by the clock, or by the processor where that is the better measure."""

from __future__ import annotations

import math

import numpy as np

from lipschitz_trainers.analyses.history import Series, read_history
from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.study import Study


def on_processors(study: Study) -> bool:
    """Return whether runs were computed on processors alone, of which they may have had only a share."""
    return study.results.environment.get("cuda_devices") == []


def unit_of(study: Study) -> str:
    """Return what `seconds_of` counts: ``"processor seconds"`` or ``"seconds"``.

    Runs on processors are often several at a time, so that the clock tells as much of the others as of them.
    """
    return "processor seconds" if on_processors(study) else "seconds"


def seconds_of(study: Study, run: RunResult) -> float:
    """Return what a run took in all, evaluations included; NaN if that is not known."""
    return run.metric("cpu_seconds") if on_processors(study) else run.wall_seconds


def seconds_per_step(study: Study, run: RunResult) -> float:
    """Return what a run took, by its generator iterations; NaN if that is not known."""
    steps = study.configs.get(run.key, {}).get("steps")
    return seconds_of(study, run) / steps if isinstance(steps, int) else math.nan


def clock_of(study: Study, run: RunResult) -> Series:
    """Return what a run had taken after each iteration; empty if that is not known.

    The time of the whole run is spread evenly over its critic steps.
    """
    count = read_history(study.run_folder(run), only=("critic_steps",)).trained("critic_steps")
    total = seconds_of(study, run)
    if not len(count) or math.isnan(total):
        return Series(np.empty(0), np.empty(0))
    return Series(count.steps, total * count.values / count.values[-1])
