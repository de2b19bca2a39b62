"""Folders that can take a run, and those that cannot."""

from pathlib import Path

import pytest

from lipschitz import ConfigError
from lipschitz_trainers.running.folders import make_folder, require_usable


def test_a_free_folder_is_usable(make_config, tmp_path):
    for resume in (False, True):
        require_usable(make_config(), tmp_path, resume=resume)
        require_usable(make_config(), tmp_path / "to" / "come", resume=resume)


def test_a_run_is_not_mixed_with_another(make_config, finished):
    with pytest.raises(
        ConfigError, match="already holds a run; continue it with --resume, or choose another"
    ):
        require_usable(make_config(), finished, resume=False)
    require_usable(make_config(), finished, resume=True)


@pytest.mark.parametrize(
    "left", ["config.yaml", "result.json", "metrics.jsonl", "checkpoints/iteration-00000001.ckpt"]
)
def test_whatever_a_killed_run_left_counts(make_config, tmp_path, left):
    (tmp_path / left).parent.mkdir(exist_ok=True)
    (tmp_path / left).write_text("half")
    with pytest.raises(ConfigError, match="already holds a run"):
        require_usable(make_config(), tmp_path, resume=False)
    require_usable(make_config(), tmp_path, resume=True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"batch_size": 8}, r"\(batch_size was 16, is 8\)"),
        ({"constraint": "spectral_norm"}, r"\(constraint was one_sided_gradient_penalty, is spectral_norm\)"),
        (
            {"critic": {"network": "mlp", "optimizer": "sgd"}},
            r"critic.network.width was 8, is \d+, .*critic.optimizer was adam, is sgd, and 1 more\)",
        ),
    ],
)
def test_another_configuration_is_refused_and_what_differs_is_said(make_config, finished, changes, said):
    if "critic" in changes:
        changes["critic"]["optimizer"] = {"name": "sgd", "lr": 1.0}
    with pytest.raises(
        ConfigError, match=f"holds a run of another configuration .*{said}.*; resume it with the settings"
    ):
        require_usable(make_config(**changes), finished, resume=True)


@pytest.mark.parametrize(
    "changes", [{"steps": 9}, {"evaluation": {"samples": 16}}, {"checkpoint": {"every": 1}}]
)
def test_what_does_not_change_the_training_may_change(make_config, finished, changes):
    require_usable(make_config(**changes), finished, resume=True)


def test_a_run_is_not_taken_back(make_config, finished):
    with pytest.raises(ConfigError, match="already at generator iteration 6, beyond steps=5"):
        require_usable(make_config(steps=5), finished, resume=True)


def test_a_folder_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError, match=r"file.* is a file; name a folder"):
            make_folder(folder)


def test_a_folder_that_cannot_be_created():
    with pytest.raises(ConfigError, match=r"cannot create the folder /proc/nothing: .*; choose another"):
        make_folder(Path("/proc/nothing"))
