"""`lipschitz plugins`, and what a broken plugin does to the other commands."""

import json
import os
import textwrap

import pytest

import lipschitz

WORKING = """
    from dataclasses import dataclass
    import lipschitz

    @dataclass(frozen=True, kw_only=True)
    class Mine(lipschitz.Constraint):
        "Does as little as a constraint can."
        name = "mine"

        def penalty(self, critic, batch):
            return lipschitz.no_penalty(batch)

    @lipschitz.hookimpl
    def register_constraints(register):
        register(Mine)
"""


@pytest.fixture
def install(tmp_path):
    """Return a function that makes a distribution, by hand, and returns the environment that has it."""
    site = tmp_path / "site"

    def make(name, source, group="lipschitz"):
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}\n")
        (site / f"{name}.py").write_text(textwrap.dedent(source))
        return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}

    return make


def test_built_in_plugins_are_listed_with_what_they_provide(cli):
    done = cli("plugins")
    assert done.code == 0
    for name in lipschitz.constraints():
        assert name in done.out
    rows = json.loads(cli("plugins", "--json").out)
    assert {row["problem"] for row in rows} == {""}
    provided = [name for row in rows for name in row["provides"].get("constraints", [])]
    assert sorted(provided) == sorted(lipschitz.constraints())
    assert "swiss_roll" in next(row for row in rows if "datasets" in row["provides"])["provides"]["datasets"]


def test_a_broken_plugin_is_one_line_and_takes_nobody_down(command, install):
    environment = install("broken", "import no_such_module")
    listed = command("list", "constraints", "--names", env=environment)
    assert listed.code == 0
    assert listed.out.split() == sorted(lipschitz.constraints())
    (line,) = listed.err.splitlines()
    assert line.startswith("warning: plugin 'broken' of broken 1.0 was refused: ModuleNotFoundError: ")
    assert "no_such_module" in line


@pytest.mark.large
def test_a_broken_plugin_is_listed_and_described_with_its_reason(command, install):
    environment = install("broken", "import no_such_module")
    rows = json.loads(command("plugins", "--json", env=environment).out)
    (problem,) = [row["problem"] for row in rows if row["plugin"] == "broken"]
    assert "no_such_module" in problem
    assert "refused: " in command("plugins", env=environment).out
    described = command("describe", "broken", env=environment)
    assert described.code == 2
    assert described.err.splitlines()[-1] == f"error: {problem}"


@pytest.mark.large
def test_a_plugin_of_the_trainer_may_be_broken_too(command, install):
    environment = install("unready", "raise RuntimeError('not [yet] ready')", group="lipschitz_trainers")
    done = command("describe", "unready", env=environment)
    assert done.code == 2
    assert "RuntimeError: not [yet] ready" in done.err
    assert "Traceback" not in done.err


@pytest.mark.large
def test_an_installed_plugin_is_used_in_other_processes_too(command, install, tmp_path, tiny, results):
    environment = install("mine", WORKING)
    done = command(
        "compare", "mine", "spectral_norm", "--on", "swiss_roll", "--workers", 2, "--seeds", 1,
        "--out", tmp_path, *tiny, env=environment,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert [run["status"] for run in results(tmp_path)["runs"]] == ["done", "done"]


@pytest.mark.large
def test_a_plugin_that_kills_its_process_fails_alone(command, install, tmp_path, tiny, results):
    environment = install(
        "mine", WORKING.replace("return lipschitz.no_penalty(batch)", "import os; os._exit(9)")
    )
    done = command(
        "compare", "mine", "spectral_norm", "weight_clipping", "--on", "swiss_roll", "--workers", 2, "--seeds", 1,
        "--out", tmp_path, *tiny, env=environment,
    )  # fmt: skip
    assert done.code == 1
    assert "Traceback" not in done.err
    mine, *others = results(tmp_path)["runs"]
    assert mine["error"] == "the process of this run died: killed, or short of memory."
    assert [run["status"] for run in others] == ["done", "done"]
