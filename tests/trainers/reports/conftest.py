"""Made-up output folders, for the tests of this folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from lipschitz_trainers.analyses import load_study, rank
from lipschitz_trainers.reports import write_report
from lipschitz_trainers.reports.scene import Scene, load_scene
from lipschitz_trainers.reports.style import looks


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """The builder of output folders, shared with the tests of the analyses."""
    path = Path(__file__).parents[1] / "analyses" / "synthetic.py"
    spec = importlib.util.spec_from_file_location("synthetic_output_folders", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def points(synthetic: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four constraints on data in the plane, two seeds, with a report; do not write into it."""
    folder = synthetic.build(
        tmp_path_factory.mktemp("points"), seeds=2, lines=40, command="lipschitz compare a b"
    )
    write_report(folder)
    return folder


@pytest.fixture(scope="session")
def images(synthetic: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of which one constraint failed on every seed, with a report; do not write into it."""
    broken = {(synthetic.CLIPPING, seed): "Traceback\nTrainingError: loss is <NaN>" for seed in range(2)}
    folder = synthetic.build(
        tmp_path_factory.mktemp("images"),
        kind="images",
        datasets=("digits",),
        seeds=2,
        lines=40,
        broken=broken,
    )
    write_report(folder)
    return folder


@pytest.fixture
def scene_of() -> Callable[[Path], Scene]:
    """Load what the figures of a folder's first dataset are drawn from."""

    def load(folder: Path) -> Scene:
        study = load_study(folder)
        ranking = rank(study.groups[0])
        return load_scene(study, ranking, looks(row.variant.label for row in ranking.rows))

    return load
