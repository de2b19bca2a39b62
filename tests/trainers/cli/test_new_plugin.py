"""`lipschitz new-plugin`: what it writes installs, passes its own test, and fails when a law is broken."""

import ast
import json
import os
import shlex
import subprocess
import sys
import tomllib
import types

import pytest
import yaml

import lipschitz
from lipschitz.registry import registered
from lipschitz_trainers.cli.new_plugin import Kind, Package

KINDS = [kind.value for kind in Kind]


@pytest.fixture
def install(tmp_path):
    """Return a function that installs a folder into a target of its own and gives the environment to use it."""

    def call(package):
        target = tmp_path / "installed"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
        done = subprocess.run(
            [*pip, "--disable-pip-version-check", "--no-index", "--target", str(target), str(package)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return {**os.environ, "PYTHONPATH": str(target), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}

    return call


def own_tests(package, environment, *options):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *options],
        env=environment,
        cwd=package,
        capture_output=True,
        text=True,
        timeout=240,
    )


# One process for several commands: starting one takes longer than they do.
SEVERAL = """
import json, sys
from lipschitz_trainers.cli import session
from lipschitz_trainers.cli.main import main
session.write_report = lambda folder: folder / "report.html"  # drawing takes longer than tiny runs
session.print_report = lambda console, folder: None
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["lipschitz", *arguments]
    try:
        main()
    except SystemExit as leaving:
        print("left with", leaving.code)
"""

RUN = """dataset: eight_gaussians
generator: {network: {name: mlp, width: 8}, latent: 2, optimizer: {name: adam, lr: 1e-4}}
critic: {network: {name: mlp, width: 8}, optimizer: {name: adam, lr: 1e-4}}
constraint: {name: score_slope, coefficient: NUMBER}
"""


def test_a_new_plugin_installs_passes_its_test_and_appears_everywhere(cli, install, tmp_path, tiny, results):
    written = cli("new-plugin", "score-slope", "--out", tmp_path)
    assert written.code == 0, written.err
    package = tmp_path / "lipschitz-score-slope"
    environment = install(package)

    tested = own_tests(package, environment)
    assert tested.returncode == 0, tested.stdout
    assert "5 passed" in tested.stdout

    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(RUN.replace("NUMBER", "5"))
    bad.write_text(RUN.replace("NUMBER", "-5"))
    names = ("score_slope", "one_sided_gradient_penalty")
    folder = tmp_path / "compared"
    commands = [
        ["list", "constraints"],
        ["describe", "score_slope"],
        ["validate", str(good), str(bad)],
        [
            "compare",
            *names,
            "--on",
            "eight_gaussians",
            "--out",
            str(folder),
            "--workers",
            "1",
            "--seeds",
            "1",
            *tiny,
        ],
    ]
    said = subprocess.run(
        [sys.executable, "-c", SEVERAL, json.dumps(commands)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    words = " ".join((said.stdout + said.stderr).split())
    assert "\n  score_slope" in said.stdout
    assert "lipschitz-score-slope 0.1.0 (plugin score_slope)" in words
    assert "coefficient float > 0 10.0 weight of the penalty." in words
    assert f"ok {good}" in words
    assert f"{bad}:4: constraint.coefficient" in words

    # The generated example is that penalty with its defaults: it learns the same, bit for bit.
    one, other = results(folder)["runs"]
    assert (one["variant"], one["status"], other["variant"]) == (names[0], "done", names[1])
    assert one["metrics"]["w1"] == other["metrics"]["w1"] > 0


@pytest.mark.parametrize(
    ("good", "broken", "said"),
    [
        # A norm over the whole batch, the best known mistake.
        ("one_sided(norms, ", "one_sided(norms.norm().expand(len(norms)), ", "law 7 (samples) is broken by"),
        pytest.param(
            "return self.coefficient * ",
            "return -self.coefficient * ",
            "law 3 (penalty) is broken by",
            marks=pytest.mark.large,
        ),
        pytest.param(
            "batch.uniform()",
            "__import__('torch').rand(batch.size)",
            "law 5 (randomness) is broken by",
            marks=pytest.mark.large,
        ),
    ],
)
def test_it_fails_loudly_when_its_author_breaks_a_law(cli, install, tmp_path, good, broken, said):
    cli("new-plugin", "broken", "--out", tmp_path)
    package = tmp_path / "lipschitz-broken"
    module = package / "lipschitz_broken.py"
    text = module.read_text()
    assert text.count(good) == 1
    module.write_text(text.replace(good, broken))
    tested = own_tests(package, install(package), "-k", "law")
    assert tested.returncode == 1
    assert "FAILED tests/test_broken.py::test_obeys_every_law" in tested.stdout
    assert said in tested.stdout


@pytest.mark.large
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_passes_its_own_test(cli, install, tmp_path, kind):
    cli("new-plugin", "mine", "--kind", kind, "--out", tmp_path)
    package = tmp_path / "lipschitz-mine"
    tested = own_tests(package, install(package))
    assert tested.returncode == 0, tested.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_well_formed(cli, tmp_path, kind):
    done = cli("new-plugin", "my_own-idea", "--kind", kind, "--out", tmp_path)
    assert done.code == 0, done.err
    package = tmp_path / "lipschitz-my-own-idea"
    files = {
        str(path.relative_to(package)): path.read_text() for path in package.rglob("*") if path.is_file()
    }
    assert set(files) == {
        "pyproject.toml",
        "lipschitz_my_own_idea.py",
        "tests/test_my_own_idea.py",
        "README.md",
        "LICENSE",
        ".gitignore",
        ".github/workflows/test.yml",
    }
    for path, text in files.items():
        assert "{%" not in text
        assert "}}" not in text.replace("${{ matrix.python }}", "")
        assert text.endswith("\n")
        assert not text.endswith("\n\n"), path
        if path.endswith(".py"):
            ast.parse(text)
            assert max(map(len, text.splitlines())) <= 120
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert project["name"] == "lipschitz-my-own-idea"
    assert project["entry-points"]["lipschitz"] == {"my_own_idea": "lipschitz_my_own_idea"}
    assert project["optional-dependencies"] == {"test": ["torch-lipschitz[testing]"]}
    workflow = yaml.safe_load(files[".github/workflows/test.yml"])
    assert workflow["jobs"]["test"]["steps"][1]["with"] == {"python-version": "${{ matrix.python }}"}
    for line in done.out.splitlines():
        if line.startswith("wrote "):
            assert line.removeprefix("wrote ") in {str(package / path) for path in files}
    code = files["lipschitz_my_own_idea.py"].split('"""')[-1]
    assert "register(MyOwnIdea)" in code


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ScoreDrift", "lower-case words joined by _ or -, such as score_drift; got 'ScoreDrift'"),
        ("two words", "lower-case words"),
        ("a__b", "lower-case words"),
        ("../up", "lower-case words"),
        ("", "lower-case words"),
        ("spectral_norm", "'spectral_norm' is taken by a registered constraint"),
        ("lipschitz-spectral-norm", "'spectral_norm' is taken by a registered constraint"),
        ("every", "'every' is taken by what combines constraints"),
        ("2fast", "lower-case words"),
        ("naïve", "lower-case words"),
        ("x-", "lower-case words"),
        ("null", "YAML reads null as a value, not as a name"),
        ("true", "YAML reads true as a value, not as a name"),
        ("trainers", "the module lipschitz_trainers is installed already"),
    ],
)
def test_names_that_cannot_be_are_refused(cli, tmp_path, name, said):
    done = cli("new-plugin", name, "--out", tmp_path)
    assert done.code == 2
    assert said in done.said
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_left_as_it_is(cli, tmp_path):
    assert cli("new-plugin", "mine", "--out", tmp_path).code == 0
    module = tmp_path / "lipschitz-mine" / "lipschitz_mine.py"
    module.write_text("changed")
    done = cli("new-plugin", "mine", "--kind", "projection", "--out", tmp_path)
    assert done.code == 2
    assert "exists already and is left as it is" in done.said
    assert module.read_text() == "changed"


def test_the_printed_commands_can_be_copied_from_any_folder(cli, tmp_path):
    folder = tmp_path / "with space"
    said = cli("new-plugin", "mine", "--out", folder).out
    for line in said.splitlines():
        if line.startswith(("  pip", "  pytest")):
            assert shlex.split(line)[-1] == str(folder / "lipschitz-mine")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["class", "lambda", "import", "torch", "lipschitz"])
def test_keywords_and_names_of_packages_make_working_modules(name, kind):
    files = Package(name, Kind(kind)).files()
    namespace = {"__name__": f"lipschitz_{name}"}
    sys.modules[f"lipschitz_{name}"] = types.ModuleType(f"lipschitz_{name}")
    try:
        exec(compile(files[f"lipschitz_{name}.py"], name, "exec"), namespace)
        classes = []
        namespace["register_constraints"](classes.append)
    finally:
        del sys.modules[f"lipschitz_{name}"]
    assert [cls.name for cls in classes] == [name]
    with registered(*classes):
        assert lipschitz.build(name) == classes[0]()


@pytest.mark.parametrize(("name", "cls"), [("ge", "GeConstraint"), ("none", "NoneConstraint"), ("l2", "L2")])
def test_the_class_hides_nothing_the_module_needs(name, cls):
    package = Package(name, Kind.penalty)
    assert package.cls == cls
    compile(package.files()[f"{package.module}.py"], name, "exec")
