"""What a person sees while runs are under way."""

import io
import time

from rich.console import Console

from lipschitz_trainers.cli import progress as module
from lipschitz_trainers.cli.progress import RunProgress, Watched
from lipschitz_trainers.running.progress import ProgressFile


def watched(tmp_path, n=2):
    for i in range(n):
        (tmp_path / str(i)).mkdir()
    return [Watched(f"run [{i}]", tmp_path / str(i), 10) for i in range(n)]


def test_a_line_for_each_result(tmp_path):
    file = io.StringIO()
    runs = watched(tmp_path, 3)
    progress = RunProgress(runs, Console(file=file))
    with progress.shown():
        progress.note(runs[1], {"status": "done", "wall_seconds": 12.3})
        progress.note(runs[0], {"status": "failed", "error": "[bad] thing", "wall_seconds": 0.0})
        progress.note(runs[2], {"status": "interrupted", "error": "not begun", "wall_seconds": 0.0})
    assert file.getvalue().splitlines() == [
        "done        1/3  run [1]  12 s  about 25 s left",
        "failed      2/3  run [0]  about 12 s left",
        "            [bad] thing",
        "interrupted 3/3  run [2]",
    ]


def test_bars_on_a_terminal(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LOOKS", 0.01)
    file = io.StringIO()
    runs = watched(tmp_path)
    progress = RunProgress(runs, Console(file=file, force_terminal=True, width=120))
    with progress.shown():
        ProgressFile(runs[0].folder).note(4)
        time.sleep(0.4)
        progress.note(runs[0], {"status": "done", "wall_seconds": 1.0})
        time.sleep(0.2)
    shown = file.getvalue()
    for text in ("all iterations", "run [0]", "4/10", "4/20", "10/20"):
        assert text in shown


def test_one_run_needs_no_total(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LOOKS", 0.01)
    file = io.StringIO()
    runs = watched(tmp_path, 1)
    with RunProgress(runs, Console(file=file, force_terminal=True, width=120)).shown():
        ProgressFile(runs[0].folder).note(4)
        time.sleep(0.3)
    assert "4/10" in file.getvalue()
    assert "all iterations" not in file.getvalue()


def test_what_was_done_earlier_says_so_and_does_not_count(tmp_path):
    file = io.StringIO()
    runs = watched(tmp_path)
    RunProgress(runs, Console(file=file)).note(
        runs[0], {"status": "done", "wall_seconds": 7.0, "earlier": True}
    )
    assert file.getvalue().splitlines() == ["done        1/2  run [0]  7 s (earlier)"]
