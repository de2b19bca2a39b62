"""Schedules of learning rates that say no length: they take as long as the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from lipschitz.schedules import SCHEDULES

PLAYERS = ("critic", "generator")


def with_lengths(run: Any, default: int) -> Any:
    """Return a run's plain values where every schedule of a learning rate has its number of steps.

    Args:
        run: what was read; returned as it is where it is not well-formed.
        default: steps of a run that does not say.

    Example:
        >>> cosine = {"name": "cosine", "start": 1, "end": 0}
        >>> run = {"steps": 300, "critic": {"optimizer": {"name": "adam", "schedule": cosine}}}
        >>> with_lengths(run, 1000)["critic"]["optimizer"]["schedule"]["steps"]
        300
    """
    if not isinstance(run, Mapping):
        return run
    steps = run.get("steps", default)
    return {key: _player(value, steps) if key in PLAYERS else value for key, value in run.items()}


def _player(player: Any, steps: Any) -> Any:
    if not isinstance(player, Mapping) or not isinstance(player.get("optimizer"), Mapping):
        return player
    optimizer = player["optimizer"]
    schedule = optimizer.get("schedule")
    if not isinstance(schedule, Mapping) or "steps" in schedule or not _takes_steps(schedule.get("name")):
        return player
    return {**player, "optimizer": {**optimizer, "schedule": {**schedule, "steps": steps}}}


def _takes_steps(name: Any) -> bool:
    cls = SCHEDULES.get(name) if isinstance(name, str) else None
    return cls is not None and any(field.name == "steps" for field in fields(cls))
