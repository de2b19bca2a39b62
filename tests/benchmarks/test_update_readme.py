import copy
import json

import pytest


@pytest.fixture
def readme(script):
    return script("update_readme")


def test_tables_are_those_of_the_results(readme):
    assert readme.main(["--check"]) == 0


def test_missed_bars_and_failures_are_said(readme):
    record = json.loads((readme.RESULTS / "penalty_cost.json").read_text())
    name, result = next((name, row) for name, row in record["critics"].items() if "error" not in row)
    for bar in result["bars"]:
        bar |= {"measured": 0.5, "met": True}
    record["critics"] = {name: copy.deepcopy(result)}
    text = readme.penalty_cost(record)
    count = len(result["bars"])
    assert f"{count} of {count} bars met." in text
    assert "Missed" not in text
    result["bars"][0] |= {"measured": 2.0, "met": False}
    result["gradients"][0] |= {"difference": 0.5, "equal": False}
    record["critics"] = {name: result, "other": {"error": "no kernel"}}
    text = readme.penalty_cost(record)
    assert f"{count - 1} of {count} bars met. Missed: {name} (penalty). Failed: other (no kernel)." in text
    assert "**5e-01" in text
    assert "**>**" in text


def test_a_section_that_is_missing_is_an_error(readme):
    with pytest.raises(SystemExit, match="no section"):
        readme.written("# Benchmarks")


def test_results_that_are_missing_are_said(readme, tmp_path, monkeypatch):
    text = readme.README.read_text()
    monkeypatch.setattr(readme, "RESULTS", tmp_path)
    assert readme.written(text).count("Not measured yet.") == len(readme.SECTIONS)
    (tmp_path / "penalty_growth.json").write_text(
        json.dumps(
            {
                "environment": dict.fromkeys(
                    ("processor", "cores", "platform", "python", "torch", "device"), "x"
                )
                | {"threads": 1},
                "mode": "quick",
                "growth": [],
            }
        )
    )
    assert readme.written(text).count("Not measured yet.") == len(readme.SECTIONS) - 1
