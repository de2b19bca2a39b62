"""Run a function in several processes at once, connected by gloo; without a guarded script and without a port."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed

from lipschitz.errors import LawError, PluginError

A = TypeVar("A")
R = TypeVar("R")

LIMIT = 120.0
"""Seconds to wait: a process that waits for another that failed would never end."""

_PROGRAM = "import sys; from lipschitz.testing.processes import serve; serve(*sys.argv[1:])"

_distributed: Any = torch.distributed  # its functions have no complete type annotations


def run_in_processes(function: Callable[[A, int, int], R], argument: A, processes: int) -> list[R]:
    """Call ``function(argument, rank, processes)`` in every process, inside of a gloo process group.

    Args:
        function: importable, at the top of a module.
        argument: travels by pickle, as what the function returns.
        processes: how many.

    Returns:
        What the processes returned, by rank.

    Raises:
        PluginError: the argument cannot be sent to another process.
        LawError: a process failed, with the last line of its traceback; or they wait for one another.
    """
    try:
        sent = pickle.dumps((function, argument))
    except Exception as error:
        raise PluginError(
            f"to be checked in other processes, the constraint and the functions that build the critics must be "
            f"importable; define them at the top of a module. {type(error).__name__}: {error}"
        ) from error
    with tempfile.TemporaryDirectory(prefix="lipschitz-") as folder:
        place = Path(folder)
        (place / "call").write_bytes(sent)
        started = [
            subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, folder, str(rank), str(processes)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for rank in range(processes)
        ]
        try:
            for process in started:
                process.wait(LIMIT)
        except subprocess.TimeoutExpired as error:
            raise LawError(
                f"{processes} processes did not end within {LIMIT:.0f} s: they wait for one another."
            ) from error
        finally:
            for process in started:
                process.kill()
                process.wait()
        # The first one to fail has the reason; the others complain that it is gone.
        files = sorted(place.glob("problem-*"), key=lambda file: file.stat().st_mtime_ns)
        problems = [file.read_text(encoding="utf-8") for file in files]
        if problems or any(process.returncode for process in started):
            said = problems[0].strip().splitlines()[-1] if problems else "it ended without a word"
            raise LawError(f"one of {processes} processes failed: {said}")
        return [pickle.loads((place / f"result-{rank}").read_bytes()) for rank in range(processes)]


def serve(folder: str, rank: str, processes: str) -> None:
    """Be one of the processes: make the call found in the folder, and leave the result there.

    Args:
        folder: holds ``call``; receives ``result-RANK``, or ``problem-RANK``.
        rank: of this process, from 0.
        processes: how many there are.
    """
    place = Path(folder)
    torch.set_num_threads(1)
    try:
        function, argument = pickle.loads((place / "call").read_bytes())
        _distributed.init_process_group(
            "gloo",
            init_method=(place / "meeting").as_uri(),
            rank=int(rank),
            world_size=int(processes),
            timeout=timedelta(seconds=LIMIT / 2),
        )
        result = function(argument, int(rank), int(processes))
        (place / f"result-{rank}").write_bytes(pickle.dumps(result))
        _distributed.destroy_process_group()
    except Exception:
        (place / f"problem-{rank}").write_text(traceback.format_exc(), encoding="utf-8")
        sys.stderr.flush()
        os._exit(1)  # an orderly end would wait for the others
