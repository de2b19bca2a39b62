"""--overwrite deletes results, and nothing else."""

import json

import pytest

from lipschitz import ConfigError
from lipschitz_trainers.running.clearing import clear
from lipschitz_trainers.running.lock import lock_folder


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "out"
    for inside in ("runs/a-seed0", "figures"):
        (folder / inside).mkdir(parents=True)
        (folder / inside / "file").write_text("x")
    (folder / "results.json").write_text(json.dumps({"experiment": "x", "runs": []}))
    (folder / "report.html").write_text("x")
    return folder


def test_results_are_deleted(results):
    clear(results)
    assert list(results.iterdir()) == []


def test_what_is_not_ours_stays(results):
    (results / "thesis.tex").write_text("years of work")
    (results / "data").mkdir()
    clear(results)
    assert {path.name for path in results.iterdir()} == {"thesis.tex", "data"}


def test_behind_a_link_nothing_is_deleted(results, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("x")
    (results / "figures" / "file").unlink()
    (results / "figures").rmdir()
    (results / "figures").symlink_to(elsewhere)
    clear(results)
    assert (elsewhere / "precious").exists()
    assert not (results / "figures").is_symlink()


@pytest.mark.parametrize("content", [None, "{", "[]", '{"results": []}'])
def test_a_folder_of_someone_else_is_left_alone(tmp_path, content):
    (tmp_path / "runs").mkdir()
    if content is not None:
        (tmp_path / "results.json").write_text(content)
    with pytest.raises(ConfigError, match="no results of an experiment, so nothing in it is deleted"):
        clear(tmp_path)
    assert (tmp_path / "runs").exists()


def test_nothing_to_delete(tmp_path):
    clear(tmp_path)
    clear(tmp_path / "missing")


def test_what_is_being_written_is_not_deleted(results):
    with lock_folder(results), pytest.raises(ConfigError, match="is being written by process"):
        clear(results)
    assert (results / "results.json").exists()
    clear(results)
    assert list(results.iterdir()) == []
