"""`lipschitz train`."""

import json

import pytest

from lipschitz_trainers.config import load_run

CONFIG = """\
dataset: swiss_roll
generator: {network: {name: mlp, width: 8, depth: 1}, latent: 2, optimizer: adam}
critic: {network: {name: mlp, width: 8, depth: 1}, optimizer: adam, steps: 1}
constraint: one_sided_gradient_penalty
batch_size: 16
steps: 4
evaluation: {samples: 32, metrics: [w1]}
checkpoint: {every: 1}
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "mine.yaml").write_text(CONFIG)
    return tmp_path / "mine.yaml"


def test_trains_and_prints_the_metrics(cli, config, tmp_path):
    done = cli("train", config, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert done.out.splitlines()[0].startswith("w1 ")
    assert done.out.splitlines()[-1] == f"done: {tmp_path / 'out'}"
    assert done.err == ""
    assert json.loads((tmp_path / "out" / "result.json").read_text())["status"] == "done"


def test_by_default_below_outputs(cli, config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("train", config).code == 0
    assert [path.name[:5] for path in (tmp_path / "outputs").iterdir()] == ["mine-"]


def test_settings_are_changed_and_written_down(cli, config, tmp_path):
    assert cli("train", config, "--out", tmp_path / "out", "--set", "steps=2", "--set", "seed=7").code == 0
    written = load_run(tmp_path / "out" / "config.yaml")
    assert (written.steps, written.seed) == (2, 7)


def test_a_second_time_needs_resume_which_does_nothing_more(cli, config, tmp_path):
    first = cli("train", config, "--out", tmp_path / "out")
    refused = cli("train", config, "--out", tmp_path / "out")
    assert refused.code == 2
    assert "already holds a run; continue it with --resume" in refused.said
    again = cli("train", config, "--out", tmp_path / "out", "--resume")
    assert (again.code, again.out) == (0, first.out)


def test_resuming_with_more_steps_goes_on(cli, config, tmp_path):
    cli("train", config, "--out", tmp_path / "out")
    assert cli("train", config, "--out", tmp_path / "out", "--resume", "--set", "steps=6").code == 0
    lines = (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2, 3, 4, 5, 6, 6]


def test_a_failure_is_a_message_and_status_1(cli, config, tmp_path):
    done = cli("train", config, "--out", tmp_path / "out", "--set", "critic.network.normalization=batch")
    assert done.code == 1
    assert done.err.startswith("error: ")
    assert "LayerNorm" in done.err
    assert done.out == f"failed: {tmp_path / 'out'}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such file"),
        ("", "the file is empty"),
        (CONFIG.replace("steps: 4", "stepz: 4"), "mine.yaml:6: stepz: unknown key. Did you mean 'steps'?"),
        (
            CONFIG.replace("swiss_roll", "swiss_rol"),
            "mine.yaml:1: dataset: unknown dataset 'swiss_rol'. Did you mean",
        ),
        ("description: d\nbase: {}\nprofiles: {}\n", "this is an experiment"),
        (CONFIG + "steps: 5\n", "duplicate key"),
    ],
)
def test_a_file_that_is_no_configuration(cli, tmp_path, text, said):
    if text is not None:
        (tmp_path / "mine.yaml").write_text(text)
    done = cli("train", tmp_path / "mine.yaml", "--out", tmp_path / "out")
    assert done.code == 2
    assert said in done.said
    assert not (tmp_path / "out").exists()


def test_two_processes_are_asked_for_in_two_ways(cli, config, tmp_path, monkeypatch):
    asked = []

    def fake(loaded, folder, should_stop):
        asked.append(loaded.devices)
        return {"status": "interrupted", "metrics": {}, "error": "stopped."}

    monkeypatch.setattr("lipschitz_trainers.running.run.train_in_processes", fake)
    assert cli("train", config, "--out", tmp_path / "a", "--devices", 2).code == 130
    assert cli("train", config, "--out", tmp_path / "b", "--set", "devices=3").code == 130
    assert asked == [2, 3]


def test_interrupted_says_how_to_go_on(cli, config, tmp_path, monkeypatch):
    def fake(loaded, folder, should_stop):
        return {"status": "interrupted", "metrics": {}, "error": "stopped after 1 of 4."}

    monkeypatch.setattr("lipschitz_trainers.running.run.train_here", fake)
    done = cli("train", config, "--out", tmp_path / "out")
    assert done.code == 130
    assert "stopped after 1 of 4." in done.err
    assert f"lipschitz train {config} --out {tmp_path / 'out'} --resume" in done.err


def test_a_missing_file_is_said_before_anything_is_written(cli, config, tmp_path):
    done = cli("train", config, "--out", tmp_path / "out", "--set", "dataset={name: idx, images: nowhere.gz}")
    assert done.code == 2
    assert done.err.startswith("error: nowhere.gz: expected an IDX file of images, got no such file")
    assert not (tmp_path / "out").exists()


def test_a_named_metric_that_does_not_apply_is_said(cli, config, tmp_path):
    done = cli("train", config, "--out", tmp_path / "out", "--set", "evaluation.metrics=[w1, mode_coverage]")
    assert done.code == 0
    assert "the metric 'mode_coverage' is named in evaluation.metrics and does not apply" in done.err
    assert json.loads((tmp_path / "out" / "result.json").read_text())["left_out"] == ["mode_coverage"]
