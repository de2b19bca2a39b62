"""Findings and the diagnosis print readably and survive JSON."""

import json
import re
from pathlib import Path

import pytest

from lipschitz import Diagnosis, Finding
from lipschitz.diagnosis.findings import CODES, in_order


def finding(severity="error", code="batch_coupled", layer="net.1"):
    return Finding(code=code, layer=layer, severity=severity, message="It is so. " * 20, fix="Do that. " * 20)


def test_json_holds_everything():
    diagnosis = Diagnosis(ok=False, engine=None, findings=(finding(), finding("info", layer="")))
    there = json.loads(json.dumps(diagnosis.to_dict()))
    assert there["ok"] is False
    assert there["engine"] is None
    assert [Finding(**one) for one in there["findings"]] == list(diagnosis.findings)


def test_text_says_layer_code_consequence_and_fix_within_100_columns():
    text = str(Diagnosis(ok=False, engine=None, findings=(finding(), finding("warning", layer=""))))
    lines = text.splitlines()
    assert lines[0].startswith("A correct per-sample gradient penalty is impossible")
    assert lines[1] == "error: layer 'net.1' [batch_coupled]"
    assert "warning: the critic [batch_coupled]" in lines
    assert "It is so." in text
    assert "Fix: Do that." in text
    assert max(map(len, lines)) <= 100


def test_a_clean_critic_is_told_so():
    text = str(Diagnosis(ok=True, engine="vmap", findings=()))
    assert text.splitlines() == [
        "A per-sample gradient penalty works with this critic (engine: vmap).",
        "Nothing to report.",
    ]


def test_findings_are_sorted_by_severity_and_each_appears_once():
    given = [
        finding("info"),
        finding("warning"),
        finding("error"),
        finding("info"),
        finding("error", layer="2"),
    ]
    found = in_order(given)
    assert [(one.severity, one.layer) for one in found] == [
        ("error", "net.1"),
        ("error", "2"),
        ("warning", "net.1"),
        ("info", "net.1"),
    ]


def test_codes_of_one_severity():
    diagnosis = Diagnosis(ok=False, engine=None, findings=(finding(), finding("info", "no_compile")))
    assert diagnosis.codes() == {"batch_coupled", "no_compile"}
    assert diagnosis.codes("info") == {"no_compile"}


@pytest.mark.parametrize("code", ["batch_coupled", "no_vmap_rule", "no_double_backward", "random_output"])
def test_codes_that_users_rely_on(code):
    assert CODES[code]


def test_codes_are_sorted():
    assert list(CODES) == sorted(CODES)


def test_the_documentation_lists_every_code_once():
    text = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert sorted(code for cell in cells for code in re.findall(r"`(\w+)`", cell)) == list(CODES)
