"""The documentation is code too: its examples run, its tables are complete, its hooks are the real ones."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lipschitz import hookspecs as core_hooks
from lipschitz_trainers import hookspecs as trainer_hooks

ROOT = Path(__file__).parent.parent


def python_blocks(path):
    return re.findall(r"```python\n(.*?)```", (ROOT / path).read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "docs/checking-a-penalty.md",
        "docs/doctor.md",
        "docs/testing-a-plugin.md",
        "docs/writing-a-plugin.md",
    ],
)
def test_examples_run_in_order(path):
    blocks = python_blocks(path)
    assert blocks
    namespace = {"__name__": "example"}
    sys.modules["example"] = type(sys)("example")
    try:
        for block in blocks:
            exec(compile(block, path, "exec"), namespace)
            vars(sys.modules["example"]).update(namespace)
    finally:
        del sys.modules["example"]


def test_the_plugin_example_is_as_short_as_promised():
    plugin = python_blocks("docs/writing-a-plugin.md")[0]
    assert sum(bool(line.strip()) for line in plugin.splitlines()) <= 25


def test_every_hook_is_documented_with_its_exact_signature():
    text = (ROOT / "docs/writing-a-plugin.md").read_text(encoding="utf-8")
    for module in (core_hooks, trainer_hooks):
        for name, function in vars(module).items():
            if name.startswith("register_"):
                arguments = ", ".join(inspect.signature(function).parameters)
                assert f"### `{name}({arguments})`" in text


def test_tables_are_up_to_date_and_kept_outcomes_those_of_the_experiments_as_they_are():
    checked = subprocess.run(
        [sys.executable, str(ROOT / "docs/generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/checking-a-penalty.md",
        "docs/choosing-a-constraint.md",
        "docs/claims.md",
        "docs/doctor.md",
        "docs/testing-a-plugin.md",
        "docs/writing-a-plugin.md",
    ],
)
def test_links_lead_somewhere(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert ((ROOT / path).parent / target).exists(), target


def test_every_make_target_has_a_help_line():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## ", text, flags=re.MULTILINE), target
