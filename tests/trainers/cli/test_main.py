"""The application as a process: missing dependencies, pipes, Dask, what it imports."""

import os
import subprocess
import sys
import textwrap

import pytest

import lipschitz

COMMANDS = (
    "compare",
    "run",
    "reproduce",
    "train",
    "list",
    "describe",
    "validate",
    "doctor",
    "report",
    "plugins",
)


def python(code, *arguments, **more):
    """Run code as a program of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
        **more,
    )


WITHOUT = """
    import sys

    missing = sys.argv.pop(1)

    class Block:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == missing:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Block())
    from lipschitz_trainers.__main__ import main
    main()
"""
"""A program that runs a command where its first argument is not installed."""


def test_version(cli):
    done = cli("--version")
    assert (done.code, done.out) == (0, f"torch-lipschitz {lipschitz.__version__}\n")


def test_help_names_every_command(cli):
    done = cli("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert name in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(cli, name):
    done = cli(name, "--help")
    assert done.code == 0
    assert f"lipschitz {name}" in done.said


def test_without_a_command_there_is_help(cli):
    assert "compare" in cli().said


def test_an_unknown_command(cli):
    done = cli("comapre")
    assert done.code == 2
    assert "comapre" in done.said
    assert "Traceback" not in done.err


@pytest.mark.parametrize("missing", ["typer", pytest.param("pydantic", marks=pytest.mark.large)])
def test_without_the_trainers_dependencies_the_extra_is_named(missing):
    done = python(WITHOUT, missing, "list")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"error: the command line needs the trainer's dependencies ({missing} is missing).",
        'Install them: pip install "torch-lipschitz[train]"',
    ]


@pytest.mark.large
@pytest.mark.parametrize("missing", ["rich", "yaml"])
def test_without_other_dependencies_the_extra_is_named(missing):
    done = python(WITHOUT, missing, "list")
    assert done.returncode == 2
    assert 'pip install "torch-lipschitz[train]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scheduler_without_dask_names_the_extra(cli, tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    two = ("compare", "weight_clipping", "spectral_norm", "--on", "swiss_roll", "--seeds", 1)
    done = cli(*two, "--scheduler", "tcp://10.0.0.1:8786", "--out", tmp_path, *tiny)
    assert done.code == 2
    assert 'pip install "torch-lipschitz[sweep]"' in done.err


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_gets_the_runs(cli, tiny, tmp_path, results, no_report):
    from distributed import LocalCluster

    two = ("compare", "weight_clipping", "spectral_norm", "--on", "swiss_roll", "--seeds", 2)
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster:
        done = cli(*two, "--scheduler", cluster.scheduler_address, "--out", tmp_path / "dask", *tiny)
    assert done.code == 0, done.err
    assert cluster.scheduler_address in done.out
    assert cli(*two, "--workers", 1, "--out", tmp_path / "here", *tiny).code == 0
    there, here = (
        [run["metrics"]["w1"] for run in results(tmp_path / name)["runs"]] for name in ("dask", "here")
    )
    assert there == here


def test_the_reader_of_a_pipe_may_leave_and_listing_imports_no_training():
    code = """
        import sys
        from lipschitz_trainers.__main__ import main
        sys.argv = ["lipschitz", "list"]
        try:
            main()
        finally:
            print(*sorted({"lightning_fabric", "ot", "sklearn", "matplotlib"} & set(sys.modules)), file=sys.stderr)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    process.stdout.close()
    _, err = process.communicate(timeout=120)
    assert err == "\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "generators"), "Invalid value for 'kind': 'generators' is not one of 'constraints',"),
        (("bounds", "x", "--norm", "3"), "Invalid value for '--norm': '3' is not one of '2', '1', 'inf'."),
        (("run", "toy_gan", "--seeds", "many"), "Invalid value for '--seeds': "),
        (("run", "toy_gan", "--workers", "0"), "Invalid value for '--workers': "),
        (("data", "list", "--jsn"), "No such option"),
    ],
)
def test_mistakes_in_arguments_are_told_in_words_for_people(cli, arguments, message):
    done = cli(*arguments)
    assert done.code == 2
    said = " ".join(done.err.replace("│", " ").split())
    assert message in said
    assert "Value error" not in said
    assert "Input should" not in said
