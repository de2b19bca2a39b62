"""What a person sees while runs are under way."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lipschitz_trainers.running.jobs import PROGRESS_FILE, Job

SECONDS_BETWEEN_LOOKS = 0.5


class JobProgress:
    """A line for each finished run and, on a terminal, a bar over all iterations and one per active run."""

    def __init__(self, jobs: Sequence[Job], console: Console) -> None:
        """Prepare for `jobs`."""
        self.jobs = jobs
        self.console = console
        self.finished: dict[tuple[str, int], int] = {}
        self.done = 0

    def note(self, job: Job, result: dict[str, Any]) -> None:
        """Print the outcome of a run."""
        self.done += 1
        self.finished[job.variant, job.seed] = job.config.steps
        status = result["status"]
        colour = {"done": "green", "failed": "red"}.get(status, "yellow")
        text = f"[{colour}]{status:11}[/] {self.done}/{len(self.jobs)}  {escape(job.variant)} seed {job.seed}"
        seconds = result.get("wall_seconds")
        if seconds:
            text += f"  [dim]{seconds:.0f} s[/]"
        if result.get("error") and status == "failed":
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
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            total = progress.add_task("all iterations", total=sum(job.config.steps for job in self.jobs))
            stop = threading.Event()
            watcher = threading.Thread(target=self._watch, args=(progress, total, stop), daemon=True)
            watcher.start()
            try:
                yield
            finally:
                stop.set()
                watcher.join()

    def _watch(self, progress: Progress, total: Any, stop: threading.Event) -> None:
        bars: dict[tuple[str, int], Any] = {}
        while not stop.wait(SECONDS_BETWEEN_LOOKS):
            done = sum(self.finished.values())
            for job in self.jobs:
                key = (job.variant, job.seed)
                iteration = None if key in self.finished else _iteration(job)
                if iteration is not None:
                    done += iteration
                    if key not in bars:
                        bars[key] = progress.add_task(
                            f"{job.variant} seed {job.seed}", total=job.config.steps
                        )
                    progress.update(bars[key], completed=iteration)
                elif key in bars:
                    progress.remove_task(bars.pop(key))
            progress.update(total, completed=done)


def _iteration(job: Job) -> int | None:
    try:
        return int((job.folder / PROGRESS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
