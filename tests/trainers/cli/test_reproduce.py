"""`lipschitz reproduce`."""

import json
import shlex
from pathlib import Path

import pytest

from lipschitz_trainers.analyses import Claim
from lipschitz_trainers.analyses.outcomes import Outcome
from lipschitz_trainers.config import experiment
from lipschitz_trainers.running import jobs

TINY = """
description: What {name} shows.
profiles: {{quick: null}}
base:
  dataset: {dataset}
  constraint: weight_clipping
  steps: 1
  batch_size: 8
  generator: {{network: {{name: mlp, width: 4, depth: 1}}, latent: 2, optimizer: adam}}
  critic: {{network: {{name: mlp, width: 4, depth: 1}}, optimizer: adam, steps: 1}}
  evaluation: {{samples: 8, metrics: [w1]}}
variants: {{low: {{}}, high: {{constraint: {{name: weight_clipping, bound: 1}}}}}}
analysis: {{name: {analysis}}}
"""
VERDICTS = {"first": True, "second": False}


@pytest.fixture(autouse=True)
def _packaged(tmp_path, monkeypatch, no_report):
    """Two tiny experiments are all there are; each claims what its name says."""
    folder = tmp_path / "packaged"
    folder.mkdir()
    for name in VERDICTS:
        add(folder, name)
    monkeypatch.setattr(experiment, "FOLDER", folder)

    def check(study):
        name = study.results.experiment
        return [Claim(f"{name}_claim", f"Of {name}.", paper=1, measured=2.0, holds=VERDICTS[name])]

    monkeypatch.setattr("lipschitz_trainers.analyses.claims.checker", lambda name: check)
    monkeypatch.setattr("lipschitz_trainers.cli.reproduce.write_report", lambda folder: None)
    monkeypatch.chdir(tmp_path)


def add(folder, name, dataset="swiss_roll", analysis="comparison"):
    (folder / f"{name}.yaml").write_text(TINY.format(name=name, dataset=dataset, analysis=analysis))


def run(cli, *arguments):
    return cli("reproduce", "--workers", 1, *arguments)


def page(folder="outputs/reproduce"):
    return (Path(folder) / "claims.html").read_text(encoding="utf-8")


def test_all_experiments_run_and_all_claims_are_on_the_page(cli, results):
    done = run(cli)
    assert done.code == 0, done.err
    for name in VERDICTS:
        assert {each["status"] for each in results(Path("outputs/reproduce") / name)["runs"]} == {"done"}
        assert f"Of {name}." in page()
        assert f"What {name} shows." in page()
    assert "1 of 2 claims hold, 1 does not" in done.said
    assert "does not hold second: Of second. Ours: 2.00" in done.said
    assert "claims.html" in done.said


def test_a_report_says_how_to_run_the_experiment_alone(cli, results):
    run(cli, "first", "--out", "here", "--set", "steps=2")
    command = results(Path("here/first"))["command"]
    assert command == "lipschitz run first --profile quick --set steps=2 --out here/first"


@pytest.mark.parametrize(("arguments", "code"), [(("second",), 1), (("first",), 0)])
def test_a_false_claim_counts_where_strict(cli, arguments, code):
    assert run(cli, *arguments, "--strict").code == code
    assert run(cli, *arguments).code == 0


def test_names_choose_and_the_page_shows_everything_there(cli):
    assert run(cli, "first").code == 0
    assert "Not run: second." in page()
    assert run(cli, "second").code == 0
    assert "Not run" not in page()
    assert "Of first." in page()


def test_finished_runs_are_not_run_again(cli, monkeypatch):
    run(cli)
    before = {path: path.read_bytes() for path in Path("outputs").rglob("result.json")}
    assert len(before) == 4
    monkeypatch.setattr(jobs, "execute", lambda job: pytest.fail("run again"))
    assert run(cli).code == 0
    assert {path: path.read_bytes() for path in Path("outputs").rglob("result.json")} == before


def test_overwriting_runs_everything_again(cli, results):
    run(cli, "first")
    assert run(cli, "first", "--overwrite", "--set", "steps=2").code == 0
    assert "steps=2" in results(Path("outputs/reproduce/first"))["command"]


def test_interrupted_it_says_how_to_go_on_and_goes_on(cli, monkeypatch):
    executed = []

    def stopped(job):
        executed.append(job.folder)
        return jobs.not_begun() if len(executed) > 3 else whole(job)

    whole = jobs.execute
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "execute", stopped)
        done = run(cli, "--set", "steps=2", "--overwrite")
    assert done.code == 130
    words = shlex.split(done.err.splitlines()[-1])
    assert words == ["lipschitz", "reproduce", "--workers", "1", "--set", "steps=2"]
    finished = list(Path("outputs").rglob("result.json"))
    assert len(finished) == 3
    monkeypatch.setattr(jobs, "execute", lambda job: executed.append(job.folder) or whole(job))
    executed.clear()
    assert cli(*words[1:]).code == 0
    assert len(executed) == 1
    assert "Of second." in page()


def test_overwriting_deletes_everything_before_the_first_run(cli, monkeypatch):
    run(cli)
    monkeypatch.setattr(jobs, "execute", lambda job: jobs.not_begun())
    assert run(cli, "--overwrite").code == 130
    assert list(Path("outputs").rglob("result.json")) == []


def test_overwriting_leaves_a_folder_of_someone_else_alone(cli):
    Path("outputs/reproduce/second").mkdir(parents=True)
    Path("outputs/reproduce/second/thesis.tex").write_text("years of work")
    done = run(cli, "--overwrite")
    assert done.code == 2
    assert "nothing in it is deleted" in done.said
    assert not Path("outputs/reproduce/first").exists()


def test_a_run_that_fails_does_not_stop_the_others(cli, tmp_path):
    (tmp_path / "broken.gz").write_text("no images")
    add(tmp_path / "packaged", "a_broken", dataset="{name: idx, images: broken.gz}")
    VERDICTS["a_broken"] = None
    try:
        done = run(cli)
    finally:
        del VERDICTS["a_broken"]
    assert done.code == 1
    assert "did not finish a_broken: 2 of 2 runs" in done.said
    assert "a_broken</b>: 2 of 2 runs did not finish" in page()
    assert "Of second." in page()


@pytest.mark.parametrize("error", [KeyError("lost"), OSError("disk full")])
def test_an_analysis_that_fails_does_not_stop_the_others(cli, monkeypatch, error):
    def check(study):
        if study.results.experiment == "first":
            raise error
        return [Claim("c", "Of second.", holds=True)]

    monkeypatch.setattr("lipschitz_trainers.analyses.claims.checker", lambda name: check)
    done = run(cli)
    assert done.code == 1
    assert "error: first: " in done.said
    assert "first</b>: " in page()
    assert "Of second." in page()
    assert "1 of 1 claim holds" in done.said


def test_a_folder_of_other_runs_is_reported_as_that(cli):
    run(cli, "first")
    done = run(cli, "--set", "batch_size=4")
    assert done.code == 1
    assert "batch_size was 8, is 4" in done.said
    assert "Of second." in page()


def test_page_only_checks_claims_again_and_runs_nothing(cli, monkeypatch):
    run(cli)
    Path("outputs/reproduce/claims.html").unlink()
    monkeypatch.setattr(jobs, "execute", lambda job: pytest.fail("run again"))
    claims = [Claim("c", "Another claim.", holds=True)]
    monkeypatch.setattr("lipschitz_trainers.analyses.claims.checker", lambda name: lambda study: claims)
    done = cli("reproduce", "--page-only")
    assert done.code == 0, done.err
    assert page().count("Another claim.") == 2
    assert "Of first." not in page()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("frst",), "Did you mean 'first'?"),
        (("first", "--profile", "papr"), "has no profile 'papr'"),
        (("--page-only",), "holds no output folders of experiments"),
        (("--page-only", "first"), "leave out names"),
        (("first", "--set", "stepz=3"), "Did you mean 'steps'?"),
        (("first", "--set", "steps"), "--set"),
    ],
)
def test_a_mistake_ends_in_one_message_before_anything_runs(cli, arguments, said):
    done = run(cli, *arguments)
    assert done.code == 2
    assert said in done.said
    assert "Traceback" not in done.err
    assert not Path("outputs").exists()


def test_what_is_kept_is_small_and_whole(cli):
    run(cli, "--keep", "kept")
    assert sorted(path.name for path in Path("kept").iterdir()) == ["first.json", "second.json"]
    kept = Outcome.load(Path("kept/second.json"))
    assert (kept.experiment, kept.profile, kept.runs, kept.unfinished) == ("second", "quick", 2, 0)
    assert kept.claims[0].holds is False
    assert kept.seconds > 0
    content = json.loads(Path("kept/second.json").read_text())
    assert str(Path.cwd()) not in json.dumps(content)
