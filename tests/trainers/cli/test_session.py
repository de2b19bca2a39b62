"""Output folders of `run` and `compare`: used, resumed, overwritten, refused; exit statuses."""

import json
import shlex

import pytest

from lipschitz_trainers.analyses import Claim, claims
from lipschitz_trainers.running import jobs

COMPARE = ("compare", "weight_clipping", "spectral_norm", "--on", "swiss_roll", "--seeds", 1, "--workers", 1)


@pytest.fixture(autouse=True)
def _no_drawing(no_report):
    """Drawing is tested elsewhere."""


def test_by_default_everything_goes_below_outputs(cli, tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli(*COMPARE, *tiny).code == 0
    (folder,) = (tmp_path / "outputs").iterdir()
    assert folder.name.startswith("compare-swiss_roll-")
    assert (folder / "results.json").exists()


def test_results_are_not_overwritten_unasked(cli, tiny, tmp_path):
    cli(*COMPARE, *tiny, "--out", tmp_path)
    before = (tmp_path / "results.json").read_text()
    done = cli(*COMPARE, *tiny, "--out", tmp_path)
    assert done.code == 2
    assert "already holds results; continue them with --resume, or choose another folder." in done.said
    assert (tmp_path / "results.json").read_text() == before


def test_overwrite_starts_anew_and_leaves_what_is_not_ours(cli, tiny, tmp_path, results):
    cli(*COMPARE, *tiny, "--out", tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    done = cli(*COMPARE, *tiny, "--out", tmp_path, "--overwrite", "--set", "steps=3")
    assert done.code == 0, done.err
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert results(tmp_path)["command"].endswith("steps=3")


def test_overwrite_leaves_a_folder_of_someone_else_alone(cli, tiny, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    done = cli(*COMPARE, *tiny, "--out", tmp_path, "--overwrite")
    assert done.code == 2
    assert "nothing in it is deleted" in done.said
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_overwrite_of_a_mistyped_command_deletes_nothing(cli, tiny, tmp_path):
    cli(*COMPARE, *tiny, "--out", tmp_path)
    assert cli(*COMPARE, *tiny, "--out", tmp_path, "--overwrite", "--set", "stepz=3").code == 2
    assert (tmp_path / "results.json").exists()


@pytest.mark.parametrize("below", [".", "below", "far/below"])
def test_a_file_in_the_place_of_the_folder(cli, tiny, tmp_path, below):
    (tmp_path / "file").write_text("")
    done = cli(*COMPARE, *tiny, "--out", tmp_path / "file" / below)
    assert done.code == 2
    assert "file is a file; name a folder" in done.said


def test_a_folder_that_cannot_be_created(cli, tiny):
    done = cli(*COMPARE, *tiny, "--out", "/proc/nothing")
    assert done.code == 2
    assert "cannot create the folder /proc/nothing" in done.said


def test_a_full_disk_is_a_message(cli, tiny, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "results.json")

    monkeypatch.setattr("lipschitz_trainers.running.experiment.write_json", full)
    done = cli(*COMPARE, *tiny, "--out", tmp_path)
    assert done.code == 1
    assert done.err.splitlines() == ["error: [Errno 28] No space left on device: 'results.json'"]


def test_resuming_skips_what_is_finished(cli, tiny, tmp_path, results, monkeypatch):
    cli(*COMPARE, *tiny, "--out", tmp_path)
    before = results(tmp_path)
    monkeypatch.setattr(jobs, "execute", lambda job: pytest.fail("run again"))
    done = cli(*COMPARE, *tiny, "--out", tmp_path, "--resume")
    assert done.code == 0, done.err
    assert results(tmp_path)["runs"] == before["runs"]


def test_resuming_adds_seeds(cli, tiny, tmp_path, results):
    cli(*COMPARE, *tiny, "--out", tmp_path)
    before = {run["variant"]: run for run in results(tmp_path)["runs"]}
    assert cli(*COMPARE, "--seeds", 2, *tiny, "--out", tmp_path, "--resume").code == 0
    runs = results(tmp_path)["runs"]
    assert len(runs) == 4
    assert all(run == before[run["variant"]] for run in runs if run["seed"] == 0)


def test_resuming_with_other_settings_is_refused_and_spoils_nothing(cli, tiny, tmp_path):
    cli(*COMPARE, *tiny, "--out", tmp_path)
    contents = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = cli(*COMPARE, *tiny, "--out", tmp_path, "--resume", "--set", "critic.optimizer.lr=1e-3")
    assert done.code == 2
    assert "critic.optimizer.lr was 0.0001, is 0.001" in done.said
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == contents


@pytest.mark.parametrize(
    ("holds", "strict", "code"), [(False, True, 1), (False, False, 0), (None, True, 0), (True, True, 0)]
)
def test_a_false_claim_counts_where_strict(cli, tmp_path, monkeypatch, holds, strict, code):
    (tmp_path / "x.yaml").write_text(
        "description: d\nprofiles: {quick: null}\n"
        "base:\n  dataset: swiss_roll\n  constraint: weight_clipping\n  steps: 1\n  batch_size: 8\n"
        "  generator: {network: {name: mlp, width: 8, depth: 1}, latent: 2, optimizer: adam}\n"
        "  critic: {network: {name: mlp, width: 8, depth: 1}, optimizer: adam, steps: 1}\n"
        "  evaluation: {samples: 8, metrics: [w1]}\n"
    )
    claim = Claim("a", "s", holds=holds)
    monkeypatch.setattr(claims, "checker", lambda name: lambda study: [claim])
    flags = ["--strict"] if strict else []
    assert cli("run", tmp_path / "x.yaml", "--out", tmp_path / "out", "--workers", 1, *flags).code == code


def test_interrupted_says_how_to_go_on(cli, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "execute", lambda job: jobs.not_begun())
    done = cli(*COMPARE, *tiny, "--out", tmp_path / "a [b]")
    assert done.code == 130
    words = shlex.split(done.err.splitlines()[-1])
    assert words == ["lipschitz", *map(str, COMPARE), *tiny, "--out", str(tmp_path / "a [b]"), "--resume"]
    assert json.loads((tmp_path / "a [b]" / "results.json").read_text())["runs"][0]["status"] == "interrupted"


def test_the_resume_command_names_the_folder_that_was_made_up(cli, tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jobs, "execute", lambda job: jobs.not_begun())
    done = cli(*COMPARE, *tiny)
    (folder,) = (tmp_path / "outputs").iterdir()
    assert done.err.splitlines()[-1].endswith(f"--out outputs/{folder.name} --resume")


def test_a_second_ctrl_c_leaves_at_once(cli, tiny, tmp_path, monkeypatch):
    def interrupt(job):
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "execute", interrupt)
    done = cli(*COMPARE, *tiny, "--out", tmp_path)
    assert done.code == 130
    assert "--resume" in done.err


def test_a_missing_file_is_one_error_before_anything_is_run_or_deleted(cli, tiny, tmp_path, results):
    cli(*COMPARE, *tiny, "--out", tmp_path / "out")
    path = tmp_path / "mine.yaml"
    path.write_text(
        "description: images\nprofiles: {quick: null}\nvariants: {a: {}, b: {}}\nbase:\n"
        "  dataset: {name: image_folder, images: /nowhere.zip}\n"
        "  generator: {network: mlp, optimizer: adam}\n  critic: {network: mlp, optimizer: adam}\n"
        "  constraint: weight_clipping\n"
    )
    done = cli("run", path, "--out", tmp_path / "out", "--overwrite")
    assert done.code == 2
    assert done.err.count("/nowhere.zip: expected a folder or a zip file of images, got no such file") == 1
    assert done.out == ""
    assert len(results(tmp_path / "out")["runs"]) == 2
    assert cli("run", path, "--out", tmp_path / "new", "--resume").code == 2
    assert not (tmp_path / "new").exists()


def test_finished_runs_need_no_files(cli, tmp_path, tiny):
    place = tmp_path / "words.txt"
    place.write_text("\n".join("abcdefgh"[i % 8] * 4 for i in range(40)))
    text = ("--set", f"dataset.path={place}", "--set", "dataset.length=4", "--set", "dataset.held_out=10")
    path = tmp_path / "mine.yaml"
    path.write_text(
        "description: text\nprofiles: {quick: null}\nbase:\n  dataset: {name: text, path: x}\n  steps: 1\n"
        "  generator: {network: {name: mlp, width: 4}, optimizer: adam}\n  batch_size: 4\n"
        "  critic: {network: {name: mlp, width: 4}, optimizer: adam, steps: 1}\n  constraint: weight_clipping\n"
        "  evaluation: {samples: 8, metrics: [critic_w1]}\n"
    )
    command = ("run", path, "--out", tmp_path / "out", *text)
    assert cli(*command).code == 0
    place.unlink()
    assert cli(*command, "--resume").code == 0


def test_a_metric_that_is_named_and_applies_to_some_variants_is_said_and_kept(cli, tiny, tmp_path, results):
    named = ("--set", "evaluation.metrics=[w1, mode_coverage]", "--seeds", 2, "--workers", 1)
    of = ("--only", "*-weight_clipping")
    done = cli("run", "toy_gan", *of, *tiny, *named, "--out", tmp_path)
    assert done.code == 0, done.err
    assert (
        "'mode_coverage' is named in evaluation.metrics and does not apply to the data of 1 of 3" in done.said
    )
    assert results(tmp_path)["left_out"] == {"mode_coverage": ["swiss_roll-weight_clipping"]}
