"""What a person sees while runs are under way."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from lipschitz_trainers.analyses.wording import duration
from lipschitz_trainers.cli.pace import Pace
from lipschitz_trainers.running.attempts import reached_in
from lipschitz_trainers.running.progress import iterations_done

SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class Watched:
    """A run to be shown.

    Attributes:
        label: what it is called.
        folder: where it goes.
        steps: its generator iterations.
    """

    label: str
    folder: Path
    steps: int


class _Remaining(TimeRemainingColumn):
    """The time that remains, from the pace where the task has one."""

    def render(self, task: Task) -> Text:
        """Return what is shown."""
        left = task.fields.get("left")
        return (
            super().render(task) if left is None else Text(f"~{duration(left)}", style="progress.remaining")
        )


class RunProgress:
    """A line for each finished run and, on a terminal, a bar for each active one and one over all."""

    def __init__(self, runs: Sequence[Watched], console: Console) -> None:
        """Prepare for `runs`."""
        self.runs = runs
        self.console = console
        self.finished: dict[Path, int] = {}
        self.pace = Pace({run.folder: (reached_in(run.folder), run.steps) for run in runs})

    def note(self, run: Watched, result: dict[str, Any]) -> None:
        """Print the outcome of a run, and how long the others may take."""
        self.finished[run.folder] = run.steps
        earlier = bool(result.get("earlier"))
        status = result["status"]
        seconds = result.get("wall_seconds") or 0.0
        self.pace.finish(run.folder, seconds=seconds, counts=status == "done" and not earlier)
        colour = {"done": "green", "failed": "red"}.get(status, "yellow")
        text = f"[{colour}]{status:11}[/] {len(self.finished)}/{len(self.runs)}  {escape(run.label)}"
        if seconds:
            text += f"  [dim]{seconds:.0f} s{' (earlier)' if earlier else ''}[/]"
        left = self.pace.seconds_left()
        if left is not None and len(self.finished) < len(self.runs):
            text += f"  [dim]about {duration(left)} left[/]"
        if status == "failed":
            text += f"\n            {escape(str(result['error']))}"
        self.console.print(text, soft_wrap=True)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show bars while runs are under way; nothing but the lines where the output is no terminal."""
        if not self.console.is_terminal:
            yield
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            _Remaining(),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            stop = threading.Event()
            watcher = threading.Thread(target=self._watch, args=(progress, stop), daemon=True)
            watcher.start()
            try:
                yield
            finally:
                stop.set()
                watcher.join()

    def _watch(self, progress: Progress, stop: threading.Event) -> None:
        bars: dict[Path, TaskID] = {}
        total = None
        if len(self.runs) > 1:
            total = progress.add_task("all iterations", total=sum(run.steps for run in self.runs))
        while not stop.wait(SECONDS_BETWEEN_LOOKS):
            done = sum(self.finished.values())
            for run in self.runs:
                iteration = None if run.folder in self.finished else iterations_done(run.folder)
                if iteration is not None:
                    done += iteration
                    self.pace.see(run.folder, iteration)
                    if run.folder not in bars:
                        bars[run.folder] = progress.add_task(escape(run.label), total=run.steps)
                    progress.update(bars[run.folder], completed=iteration)
                elif run.folder in bars:
                    progress.remove_task(bars.pop(run.folder))
            if total is not None:
                progress.update(total, completed=done, left=self.pace.seconds_left())
