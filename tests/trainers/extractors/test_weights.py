"""Weights are made once, whatever goes wrong on the way."""

import logging
import pickle
import threading

import pytest
import torch

from lipschitz import DataError
from lipschitz_trainers.extractors.weights import made_once, read_weights, write_weights

WEIGHTS = {"a": torch.arange(3.0), "b": torch.ones(2, 2, dtype=torch.int64)}


def make_counted(made):
    def make():
        made.append(1)
        return WEIGHTS

    return make


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_they_are_made_once_and_then_read(tmp_path):
    made = []
    path = tmp_path / "new" / "weights.pt"
    for _ in range(3):
        assert same(made_once(path, make_counted(made), WEIGHTS), WEIGHTS)
    assert made == [1]
    assert not list(tmp_path.rglob("*.partial"))


def damage_cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def damage_text(path):
    path.write_text("no weights")


def damage_empty(path):
    path.write_bytes(b"")


def damage_list(path):
    torch.save([1, 2], path)


def damage_other(path):
    torch.save({"a": torch.zeros(4), "b": WEIGHTS["b"]}, path)


@pytest.mark.parametrize("damage", [damage_cut, damage_text, damage_empty, damage_list, damage_other])
def test_a_damaged_file_is_made_anew(tmp_path, damage, caplog):
    made = []
    path = tmp_path / "weights.pt"
    made_once(path, make_counted(made), WEIGHTS)
    damage(path)
    with caplog.at_level(logging.WARNING):
        assert same(made_once(path, make_counted(made), WEIGHTS), WEIGHTS)
    assert "made anew" in caplog.text
    assert len(made) == 2
    assert same(read_weights(path), WEIGHTS)


class Evil:
    def __reduce__(self):
        return (open, ("/tmp/never-written-by-a-test", "w"))


def test_no_code_in_a_file_is_run(tmp_path):
    path = tmp_path / "evil.pt"
    path.write_bytes(pickle.dumps({"a": Evil()}, protocol=2))
    with pytest.raises(DataError, match="cannot be read"):
        read_weights(path)
    torch.save({"a": Evil()}, path)
    with pytest.raises(DataError, match="cannot be read"):
        read_weights(path)


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "weights.pt"
    write_weights(path, WEIGHTS)

    def crash(weights, target):
        target.write_bytes(b"half")
        raise OSError("no room")

    monkeypatch.setattr(torch, "save", crash)
    with pytest.raises(OSError, match="no room"):
        write_weights(path, {"a": torch.zeros(1)})
    assert same(read_weights(path), WEIGHTS)
    assert [file.name for file in tmp_path.iterdir()] == ["weights.pt"]


def test_what_cannot_be_kept_is_returned_all_the_same(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert same(made_once(tmp_path / "file" / "weights.pt", lambda: WEIGHTS, WEIGHTS), WEIGHTS)
    assert "cannot be kept" in caplog.text


def test_of_several_that_need_it_one_makes_it(tmp_path):
    made, found = [], []
    go = threading.Barrier(4)

    def need():
        go.wait()
        found.append(made_once(tmp_path / "weights.pt", make_counted(made), WEIGHTS))

    threads = [threading.Thread(target=need) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
    assert all(same(weights, WEIGHTS) for weights in found)


def test_a_folder_that_goes_away_meanwhile_costs_the_file_only(tmp_path, caplog):
    folder = tmp_path / "gone"

    def make():
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()
        return WEIGHTS

    assert same(made_once(folder / "weights.pt", make, WEIGHTS), WEIGHTS)
    assert "cannot be kept" in caplog.text
