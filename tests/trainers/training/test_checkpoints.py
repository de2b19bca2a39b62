"""Checkpoints: whole or not there, damage is survived, foreign ones are refused."""

import pytest
import torch

from lipschitz import CheckpointError
from lipschitz_trainers.training.checkpoints import CheckpointFolder


def test_keeps_the_newest(tmp_path):
    folder = CheckpointFolder(tmp_path / "c", keep=2)
    for iteration in (5, 10, 15):
        folder.save({"x": torch.tensor(iteration)}, iteration)
    assert [path.name for path in folder.paths()] == ["iteration-00000015.ckpt", "iteration-00000010.ckpt"]
    assert folder.load_newest()["x"] == 15


def test_missing_folder_means_no_checkpoint(tmp_path):
    assert CheckpointFolder(tmp_path / "none").load_newest() is None


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(tmp_path, damage, caplog):
    folder = CheckpointFolder(tmp_path)
    folder.save({"x": torch.tensor(1)}, 1)
    newest = folder.save({"x": torch.tensor(2)}, 2)
    newest.write_bytes(newest.read_bytes()[:-200] if damage is None else damage)
    assert folder.load_newest()["x"] == 1
    assert "skipping an unreadable checkpoint" in caplog.text


def test_all_damaged_is_an_error_that_lists_them(tmp_path):
    folder = CheckpointFolder(tmp_path)
    folder.save({}, 1).write_bytes(b"no")
    with pytest.raises(CheckpointError, match=r"no checkpoint can be read:\n.*iteration-00000001"):
        folder.load_newest()


def test_a_half_written_file_is_never_taken_for_a_checkpoint(tmp_path):
    (tmp_path / "iteration-00000009.partial").write_bytes(b"half")
    assert CheckpointFolder(tmp_path).paths() == []


def test_checkpoint_of_another_configuration_is_refused(make_trainer, tmp_path):
    make_trainer(folder=tmp_path, fingerprint="a").fit(1)
    with pytest.raises(CheckpointError, match="another configuration"):
        make_trainer(folder=tmp_path, fingerprint="b").resume()


def test_checkpoint_of_another_constraint_does_not_fit(make_trainer, tmp_path):
    make_trainer("spectral_norm", folder=tmp_path).fit(1)
    with pytest.raises(CheckpointError, match="does not fit"):
        make_trainer("weight_clipping", folder=tmp_path).resume()


def test_what_the_precision_keeps_is_resumed(make_trainer, tmp_path, monkeypatch):
    """The scale of 16-bit losses moves during training."""
    first = make_trainer(folder=tmp_path)
    monkeypatch.setattr(first.game.fabric.strategy.precision, "state_dict", lambda: {"scale": 512.0})
    first.fit(1)
    second, loaded = make_trainer(folder=tmp_path), []
    monkeypatch.setattr(second.game.fabric.strategy.precision, "load_state_dict", loaded.append)
    second.resume()
    assert loaded == [{"scale": 512.0}]
