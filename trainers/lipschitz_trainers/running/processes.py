"""A run in several processes of this machine, which torchrun starts: distributed data parallel."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from lipschitz import ConfigError, TrainingError
from lipschitz_trainers.config.schema import GeneratorConfig, RunConfig
from lipschitz_trainers.running.files import read_json
from lipschitz_trainers.training.setup import share_of

logger = logging.getLogger("lipschitz")

LOG = "processes.log"
SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_TO_END = 40.0
"""Patience with processes that were told to end at once; torchrun itself gives them 30 seconds."""


def report_file(folder: Path, process: int) -> Path:
    """Return where a process leaves its outcome."""
    return folder / f"process-{process}.json"


def train_in_processes(config: RunConfig, folder: Path, should_stop: Callable[[], bool]) -> dict[str, Any]:
    """Train as `train_here` does, with ``config.devices`` processes that share every batch.

    The processes read the configuration from the folder. They hold the other end of a pipe: when it is closed,
    by us or because we are gone, they stop at their next iteration with a checkpoint.

    Raises:
        ConfigError: this process was itself started by torchrun.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        raise ConfigError(
            f"devices={config.devices} makes the run start its own processes; start the command without torchrun."
        )
    try:
        _require_equal_shares(config)
    except TrainingError as error:
        return {"status": "failed", "metrics": {}, "error": str(error)}
    for process in range(config.devices):
        report_file(folder, process).unlink(missing_ok=True)
    # fmt: off
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(config.devices),
        "-m", "lipschitz_trainers.running.worker", str(folder),
    ]
    # fmt: on
    with (folder / LOG).open("wb") as log, _started(command, log) as launcher:
        try:
            _wait(launcher, should_stop)
        except BaseException:
            _end(launcher)
            raise
    return _outcome(config, folder)


def _require_equal_shares(config: RunConfig) -> None:
    # The processes would find out, too; starting them takes many seconds.
    share_of(config.batch_size, config.devices, "batch_size")
    size = config.generator.batch_size if isinstance(config.generator, GeneratorConfig) else None
    if size is not None:
        share_of(size, config.devices, "the generator's batch_size")


def _started(command: list[str], log: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=_environment(),
        # Ctrl-C on the terminal must not kill the processes before they have saved.
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Return our environment, so set that the processes import what we import, and use one thread each."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONSAFEPATH": "1",
        "OMP_NUM_THREADS": "1",
    }


def _wait(launcher: subprocess.Popen[bytes], should_stop: Callable[[], bool]) -> None:
    assert launcher.stdin is not None
    while True:
        try:
            launcher.wait(SECONDS_BETWEEN_LOOKS)
            return
        except subprocess.TimeoutExpired:
            if not launcher.stdin.closed and should_stop():
                launcher.stdin.close()


def _end(launcher: subprocess.Popen[bytes]) -> None:
    launcher.terminate()
    try:
        launcher.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        launcher.kill()


def _outcome(config: RunConfig, folder: Path) -> dict[str, Any]:
    """Return the outcome of the run: the first failure, or what the first process reports."""
    files = [report_file(folder, process) for process in range(config.devices)]
    reports = [read_json(file) for file in files]
    silent = [str(process) for process, report in enumerate(reports) if report is None]
    # When one process fails, the others fail to reach it: the earliest failure is the reason.
    known = sorted(filter(None, reports), key=lambda report: (report["status"] != "failed", report["at"]))
    outcome = known[0] if known else {"status": "failed", "metrics": {}, "error": "no process reported"}
    if silent:
        error = outcome["error"] or "the others went on"
        outcome["status"] = "failed"
        outcome["error"] = (
            f"{error} (process {', '.join(silent)} of {config.devices} ended without a report; see {folder / LOG})"
        )
    else:
        _pass_on(folder / LOG)
    for file in files:
        file.unlink(missing_ok=True)
    return {key: outcome[key] for key in ("status", "metrics", "error")}


def _pass_on(log: Path) -> None:
    """Log what the processes printed, once each, and remove their file."""
    lines = dict.fromkeys(log.read_text(encoding="utf-8", errors="replace").splitlines())
    if any(lines):
        logger.warning("%s", "\n".join(lines))
    log.unlink()
