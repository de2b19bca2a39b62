"""``results.json`` read, written and merged."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import LipschitzError
from lipschitz.errors import DataError
from lipschitz_trainers.analyses.results import Claim, Results, RunResult


def run(variant: str = "a", seed: int = 0, **changes: Any) -> RunResult:
    return RunResult(
        **{
            "variant": variant,
            "seed": seed,
            "directory": f"runs/{variant}-seed{seed}",
            "status": "done",
            "metrics": {"w1": 0.1},
            "wall_seconds": 1.5,
            **changes,
        }
    )


def test_save_then_load_gives_the_same(tmp_path: Path) -> None:
    results = Results(
        "compare",
        "quick",
        {"torch": "2.13"},
        (run(), run(seed=1, status="failed", error="no")),
        (
            Claim("c", "It holds.", paper=1.5, measured=True, holds=None, note="quick"),
            Claim("d", "So large.", measured=2.0, criterion=False),
        ),
        "lipschitz …",
    )
    assert results.save(tmp_path) == tmp_path / "results.json"
    assert Results.load(tmp_path) == results


@given(st.dictionaries(st.text(max_size=5), st.floats(allow_nan=True, allow_infinity=True), max_size=5))
def test_values_that_are_not_finite_become_null(
    tmp_path_factory: pytest.TempPathFactory, metrics: dict[str, float]
) -> None:
    folder = tmp_path_factory.mktemp("out")
    Results("e", "quick", {"load": math.inf}, (run(metrics=metrics),)).save(folder)
    text = (folder / "results.json").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    loaded = Results.load(folder).runs[0].metrics
    assert loaded.keys() == metrics.keys()
    for key, value in metrics.items():
        assert loaded[key] == value if math.isfinite(value) else math.isnan(loaded[key])


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    Results("e", "quick", runs=tuple(run(seed=seed) for seed in range(50))).save(tmp_path)
    Results("e", "quick").save(tmp_path)
    assert Results.load(tmp_path).runs == ()
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    Results("e", "quick").save(tmp_path)
    with pytest.raises(TypeError):
        Results("e", "quick", {"what": object()}).save(tmp_path)
    assert Results.load(tmp_path) == Results("e", "quick")
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_keys_of_others_are_kept(tmp_path: Path, synthetic: ModuleType) -> None:
    synthetic.build(tmp_path, constraints=(), seeds=0, analysis={"name": "comparison"})
    Results.load(tmp_path).save(tmp_path)
    assert json.loads((tmp_path / "results.json").read_text())["analysis"] == {"name": "comparison"}
    assert Results.load(tmp_path).merged(Results("compare", "quick")).others == {
        "analysis": {"name": "comparison"}
    }


def test_only_finished_runs_have_metrics() -> None:
    assert run().metric("w1") == 0.1
    assert math.isnan(run().metric("unknown"))
    assert math.isnan(run(status="interrupted").metric("w1"))


def test_merging_prefers_the_newer_run() -> None:
    old = Results("e", "quick", runs=(run("a", 0), run("a", 1, status="failed")), command="first")
    new = Results("e", "quick", {"torch": "2"}, runs=(run("a", 1), run("b", 0)))
    merged = old.merged(new)
    assert [(r.variant, r.seed, r.status) for r in merged.runs] == [
        ("a", 0, "done"),
        ("a", 1, "done"),
        ("b", 0, "done"),
    ]
    assert (merged.environment, merged.command) == ({"torch": "2"}, "first")


def test_merging_is_refused_between_profiles() -> None:
    with pytest.raises(DataError, match="profile 'quick', the new runs of 'paper'"):
        Results("e", "quick").merged(Results("e", "paper"))


def test_a_missing_file_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(LipschitzError, match="does not exist; expected the output folder of `lipschitz run`"):
        Results.load(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "should hold one JSON object, got a list"),
        ("\udcff", "cannot be read"),
    ],
)
def test_something_else_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "results.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=message):
        Results.load(tmp_path)
