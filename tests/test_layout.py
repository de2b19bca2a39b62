"""The repository is laid out as ARCHITECTURE.md says: small modules, mirrored tests, plugins that can be found."""

import ast
import importlib
import importlib.metadata
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST = 300
"""Lines of a module; a longer one needs a second headline and is split."""

CORE = sorted((ROOT / "lipschitz").rglob("*.py"))
PLUGINS = sorted(
    path for path in (ROOT / "plugins" / "lipschitz_plugins").glob("*.py") if path.stem != "__init__"
)
SOURCES = [
    *CORE,
    *sorted((ROOT / "plugins").rglob("*.py")),
    *sorted((ROOT / "trainers").rglob("*.py")),
]
MODULES = [path for path in SOURCES if "tests" not in path.relative_to(ROOT).parts]


def shown(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_is_short_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LARGEST
    documentation = ast.get_docstring(ast.parse(text))
    assert documentation, f"{shown(path)} has no docstring"
    assert len(documentation.splitlines()[0]) > 15


@pytest.mark.parametrize("path", CORE, ids=shown)
def test_a_module_of_the_core_has_its_test_file(path):
    folder = ROOT / "tests" / path.parent.relative_to(ROOT)
    name = "public_api" if path.stem == "__init__" else path.stem
    assert (folder / f"test_{name}.py").exists()


@pytest.mark.parametrize("path", PLUGINS, ids=shown)
def test_a_plugin_has_an_entry_point_a_test_file_and_references(path):
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["lipschitz"]
    assert declared.get(path.stem) == f"lipschitz_plugins.{path.stem}", "no entry point in pyproject.toml"
    installed = {point.name: point.value for point in importlib.metadata.entry_points(group="lipschitz")}
    assert installed.get(path.stem) == declared[path.stem], "install again: the entry point is not there"
    assert (ROOT / "tests" / "plugins" / f"test_{path.stem}.py").exists()
    module = importlib.import_module(declared[path.stem])
    classes = [
        value for value in vars(module).values() if getattr(value, "__module__", None) == module.__name__
    ]
    named = [cls for cls in classes if getattr(cls, "name", None) == path.stem]
    assert len(named) == 1, f"one class called {path.stem!r} is expected in {shown(path)}"
    assert "References:" in named[0].__doc__


def test_every_entry_point_has_its_plugin_file():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["lipschitz"]
    assert sorted(declared) == sorted(path.stem for path in PLUGINS)


def test_no_package_can_shadow_a_folder_of_the_user():
    """`plugins`, `trainers` and `tests` are folders, not importable packages."""
    for folder in ("plugins", "trainers", "tests"):
        assert not list((ROOT / folder).glob("__init__.py"))
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_installed_packages_are_typed():
    for package in ("lipschitz", "plugins/lipschitz_plugins", "trainers/lipschitz_trainers"):
        assert (ROOT / package / "py.typed").exists()
