"""Results as JSON."""

import json
import math

import pytest

from lipschitz_trainers.running.files import read_json, write_json


def test_numbers_that_json_cannot_spell_become_null_at_any_depth(tmp_path):
    write_json(
        tmp_path / "a.json", {"runs": [{"metrics": {"w1": math.nan, "x": [math.inf, 1.5]}}], "y": -math.inf}
    )
    assert read_json(tmp_path / "a.json") == {
        "runs": [{"metrics": {"w1": None, "x": [None, 1.5]}}],
        "y": None,
    }


def test_a_crash_while_writing_leaves_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": object()})
    assert read_json(tmp_path / "a.json") == {"a": 1}


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff"])
def test_what_cannot_be_read_is_none(tmp_path, text):
    (tmp_path / "a.json").write_text(text, encoding="latin-1")
    assert read_json(tmp_path / "a.json") is None
    assert read_json(tmp_path / "missing.json") is None


def test_written_for_people(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    text = (tmp_path / "a.json").read_text()
    assert text.endswith("}\n")
    assert json.loads(text) == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
