"""The adapters to other libraries: installed beside them, they pass their own tests."""

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
ADAPTERS = {"lipschitz-deel-torchlip": "deel", "lipschitz-geotorch": "geotorch"}
"""Folder of each, and the package it needs."""


def test_every_installable_plugin_is_tested_here_or_is_the_model():
    found = {path.parent.name for path in PLUGINS.glob("*/pyproject.toml")}
    assert found == {*ADAPTERS, "lipschitz-spectral-regularization"}


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_is_a_complete_package(name):
    package = PLUGINS / name
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == name
    (module,) = project["entry-points"]["lipschitz"].values()
    assert (package / f"{module}.py").exists()
    assert "References:" in (package / f"{module}.py").read_text(encoding="utf-8")
    assert f"pytest plugins/{name}" in (package / "README.md").read_text(encoding="utf-8")
    assert list((package / "tests").glob("test_*.py"))


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_installs_and_passes_its_own_tests(name, tmp_path):
    needed = ADAPTERS[name]
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"the package {needed!r} is not installed; {name}/README.md says how to get it")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    options = ["--no-deps", "--no-build-isolation", "--target", str(tmp_path)]
    subprocess.run([*pip, *options, str(PLUGINS / name)], check=True, timeout=120)
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            str(PLUGINS / name),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
