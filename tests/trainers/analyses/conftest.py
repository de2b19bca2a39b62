"""Made-up output folders, for the tests of this folder."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """The builder of output folders, ``synthetic.py``."""
    path = Path(__file__).parent / "synthetic.py"
    spec = importlib.util.spec_from_file_location("synthetic_output_folders", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def points(synthetic: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four constraints on data in the plane, five seeds; do not write into it."""
    return synthetic.build(tmp_path_factory.mktemp("points"), seeds=5)
