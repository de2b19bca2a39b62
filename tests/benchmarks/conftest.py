"""Benchmarks are scripts: their folder goes on the path, as it does when one is run."""

import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def script(monkeypatch):
    """Return a function from a script's name to its module."""
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module
