"""Every problem of a malformed ``results.json`` is named."""

from __future__ import annotations

from copy import deepcopy
from types import ModuleType
from typing import Any

import pytest

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.results import Results

GOOD: dict[str, Any] = {
    "experiment": "e",
    "profile": "quick",
    "environment": {},
    "runs": [
        {
            "variant": "a",
            "seed": 0,
            "directory": "runs/a-seed0",
            "status": "done",
            "metrics": {"w1": None},
            "wall_seconds": 3,
            "error": None,
        }
    ],
    "claims": [{"id": "i", "statement": "s", "paper": [1, 2], "measured": None, "holds": True, "note": None}],
}


def problems(tmp_path: Any, synthetic: ModuleType, content: dict[str, Any]) -> str:
    synthetic.write_results(tmp_path, content)
    with pytest.raises(DataError) as caught:
        Results.load(tmp_path)
    return str(caught.value)


def test_the_contract_is_read(tmp_path: Any, synthetic: ModuleType) -> None:
    synthetic.write_results(tmp_path, GOOD)
    results = Results.load(tmp_path)
    assert results.runs[0].wall_seconds == 3.0
    assert results.claims[0].paper == [1, 2]
    assert results.claims[0].criterion is True  # files written before there was this key lack it
    assert results.command is None


def test_a_command_may_be_a_list_of_words(tmp_path: Any, synthetic: ModuleType) -> None:
    synthetic.write_results(tmp_path, GOOD | {"command": ["lipschitz", "compare", "a b"]})
    assert Results.load(tmp_path).command == "lipschitz compare 'a b'"


@pytest.mark.parametrize("key", list(GOOD))
def test_a_missing_key_is_named(tmp_path: Any, synthetic: ModuleType, key: str) -> None:
    content = {name: value for name, value in GOOD.items() if name != key}
    assert f"the file lacks '{key}'" in problems(tmp_path, synthetic, content)


@pytest.mark.parametrize("key", ["variant", "seed", "directory", "status", "metrics", "wall_seconds"])
def test_a_missing_key_of_a_run_is_named(tmp_path: Any, synthetic: ModuleType, key: str) -> None:
    content = deepcopy(GOOD)
    del content["runs"][0][key]
    assert f"runs[0] lacks '{key}'" in problems(tmp_path, synthetic, content)


def test_all_problems_come_at_once(tmp_path: Any, synthetic: ModuleType) -> None:
    content = deepcopy(GOOD)
    content["profile"] = 3
    content["runs"][0] |= {
        "seed": True,
        "status": "lost",
        "directory": "../elsewhere",
        "metrics": {"w1": "low"},
    }
    content["runs"].append("a run")
    content["claims"][0] |= {"holds": "maybe", "criterion": None}
    found = problems(tmp_path, synthetic, content)
    for problem in (
        "the file: 'profile' should be str, got 3",
        "runs[0]: 'seed' should be int, got True",
        "runs[0]: 'status' should be one of done, failed, interrupted, got 'lost'",
        "runs[0]: 'directory' should lie inside the output folder, got '../elsewhere'",
        "runs[0]: metric 'w1' should be a number or null, got 'low'",
        "runs[1] should be an object",
        "claims[0]: 'holds' should be bool or null, got 'maybe'",
        "claims[0]: 'criterion' should be bool, got None",
    ):
        assert problem in found
