"""`lipschitz doctor`: verdicts and exit statuses, and mistakes that end in one message."""

import json
import sys
import textwrap

import pytest

from lipschitz import ConfigError
from lipschitz_trainers.cli.doctor import sizes

CRITICS = """
    import torch
    from torch import nn

    def good():
        return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))

    def coupled():
        return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1), nn.Sigmoid())

    instance = good()

    class Conditional(nn.Module):
        def __init__(self):
            super().__init__()
            self.label, self.score = nn.Embedding(10, 3), nn.Linear(3, 1)

        def forward(self, x, label, weight):
            return self.score(x + self.label(label) + weight)

    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.image, self.vector = nn.Conv2d(1, 1, 3), nn.Linear(2, 1)

        def forward(self, pair):
            return self.image(pair[0]).flatten(1).mean(1) + self.vector(pair[1])[:, 0]

    class Holder:
        make = staticmethod(good)

    number = 3
    def fails(): raise ValueError("no [bold] luck")
    def needs(argument): return argument
    def wrong(): return "critic"
"""


@pytest.fixture
def doctor(cli, tmp_path, monkeypatch):
    """Return a function that runs the command in a folder with critics."""
    (tmp_path / "critics_here.py").write_text(textwrap.dedent(CRITICS))
    (tmp_path / "broken_here.py").write_text("import a_library_nobody_has")
    (tmp_path / "typo_here.py").write_text("def :")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    path = list(sys.path)
    yield lambda target, *arguments: cli("doctor", target, *arguments)
    assert sys.path == path
    for name in ("critics_here", "broken_here", "typo_here"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["good", "instance", "Holder.make"])
def test_a_good_critic(doctor, name):
    done = doctor(f"critics_here:{name}", "--shape", "3")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"ok  critics_here:{name}  A per-sample gradient penalty works")
    assert "engine: batched" in done.out
    assert "Nothing to report." in done.out


def test_a_critic_that_cannot_be_constrained(doctor):
    done = doctor("critics_here:coupled", "--shape", "3")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("not ok  critics_here:coupled")
    for word in ("batch_coupled", "BatchNorm1d(4)", "nn.LayerNorm(4)", "saturating_output", "Sigmoid"):
        assert word in done.said


def test_json(doctor):
    done = doctor("critics_here:coupled", "--shape", "3", "--json")
    assert done.code == 1
    there = json.loads(done.out)
    assert (there["ok"], there["engine"]) == (False, None)
    assert [(one["code"], one["layer"]) for one in there["findings"]] == [
        ("batch_coupled", "1"),
        ("saturating_output", "3"),
    ]
    assert set(there["findings"][0]) == {"code", "layer", "severity", "message", "fix"}


def test_conditions_trees_batch_and_dtype(doctor):
    conditions = ("--condition", "labels:10", "--condition", "3")
    assert doctor("critics_here:Conditional", "--shape", "3", *conditions).code == 0
    assert doctor("critics_here:Pair", "--shape", "1,5,5", "--shape", "2").code == 0
    assert doctor("critics_here:good", "--shape", "3", "--batch", "1", "--dtype", "float64").code == 0


def test_a_wrong_shape_is_a_finding(doctor):
    done = doctor("critics_here:good", "--shape", "5")
    assert done.code == 1
    assert "cannot_evaluate" in done.out


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("critics_here:goood", "has no 'goood' (asked for as critics_here:goood). Did you mean 'good'?"),
        ("critics_hree:good", "Did you mean 'critics_here'?"),
        ("critics_here", "as MODULE:CALLABLE"),
        ("critics_here.py:good", "as Python imports it, 'critics_here'"),
        ("critics_here:fails", "critics_here:fails() failed: ValueError: no [bold] luck"),
        ("critics_here:needs", "missing 1 required positional argument"),
        ("critics_here:wrong", "returned str; expected a torch.nn.Module"),
        ("critics_here:number", "critics_here:number is int"),
        ("broken_here:good", "importing 'broken_here' failed: ModuleNotFoundError"),
        ("typo_here:good", "importing 'typo_here' failed: SyntaxError"),
    ],
)
def test_a_target_that_is_no_critic(doctor, target, message):
    done = doctor(target, "--shape", "3")
    assert done.code == 2
    assert message in done.said
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shape", "3x32"), "got '3x32'"),
        (("--shape", "3,0"), "whole numbers from 1"),
        (("--shape", ""), "whole numbers from 1"),
        (("--shape", "3", "--condition", "colors:3"), "labels:N"),
        (("--shape", "3", "--condition", "labels:0"), "labels:N"),
        (("--shape", "3", "--batch", "0"), "--batch"),
        (("--shape", "3", "--dtype", "int8"), "int8"),
        ((), "--shape"),
    ],
)
def test_options_that_mean_nothing(doctor, arguments, message):
    done = doctor("critics_here:good", *arguments)
    assert done.code == 2
    assert message in done.said


@pytest.mark.parametrize(("text", "shape"), [("3", (3,)), ("3,32,32", (3, 32, 32)), ("(1, 2,)", (1, 2))])
def test_shapes(text, shape):
    assert sizes(text) == shape


@pytest.mark.parametrize("text", ["", ",", "3,,2", "-1", "1.5", "²"])
def test_shapes_that_are_none(text):
    with pytest.raises(ConfigError):
        sizes(text)
