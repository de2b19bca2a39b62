"""The command line called in this process, and as a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

import lipschitz_trainers.cli.session
from lipschitz_trainers.cli.main import main


@dataclass
class Outcome:
    """What a command left: exit status, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def said(self):
        """Everything on one line, however it was wrapped."""
        return " ".join((self.out + " " + self.err).split())


@pytest.fixture
def cli(monkeypatch, capsys):
    """Return a function that runs a command in this process."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["lipschitz", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code or 0
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def no_report(monkeypatch):
    """Leave out the drawing, which takes longer than tiny runs."""
    monkeypatch.setattr(lipschitz_trainers.cli.session, "write_report", lambda folder: folder / "report.html")
    monkeypatch.setattr(lipschitz_trainers.cli.session, "print_report", lambda console, folder: None)


@pytest.fixture
def start():
    """Return a function that starts a command as a process in a group of its own."""
    started = []

    def begin(*arguments, module="lipschitz_trainers", **more):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **more.pop("env", {})}
        process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
            **more,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def command(start):
    """Return a function that runs a command as a process to its end."""

    def call(*arguments, **more):
        process = start(*arguments, **more)
        out, err = process.communicate(timeout=300)
        return Outcome(process.returncode, out, err)

    return call


@pytest.fixture
def tiny():
    """Options that make any run on points take a moment."""
    settings = {
        "steps": 4,
        "batch_size": 16,
        "critic.steps": 1,
        "critic.network.width": 8,
        "generator.network.width": 8,
        "evaluation.samples": 32,
        "evaluation.every": 2,
        "evaluation.metrics": "[w1]",
        "checkpoint.every": 2,
    }
    return [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]


@pytest.fixture
def results():
    """Return a function that reads the results of a folder."""
    return lambda folder: json.loads((folder / "results.json").read_text())
