"""Claims are computed from the runs, written down, and shown."""

import json

import pytest

from lipschitz import UnknownNameError
from lipschitz_trainers.analyses import Claim
from lipschitz_trainers.analyses.claims import analysis_of, check_claims
from lipschitz_trainers.analyses.experiments import analysis_names, checker
from lipschitz_trainers.analyses.study import load_study
from lipschitz_trainers.config.experiment import experiment_names, load_experiment


def with_analysis(synthetic, folder, analysis, claims=()):
    synthetic.build(folder, seeds=1, lines=2, analysis=analysis, claims=list(claims))
    return folder


def test_a_comparison_claims_nothing_and_old_claims_do_not_stay(synthetic, tmp_path):
    old = {"id": "old", "statement": "", "paper": None, "measured": 1, "holds": True, "note": None}
    folder = with_analysis(synthetic, tmp_path, {"name": "comparison"}, [old])
    assert check_claims(folder).claims == ()
    assert json.loads((folder / "results.json").read_text())["claims"] == []


def test_results_without_an_analysis_are_a_comparison(synthetic, tmp_path):
    assert analysis_of(load_study(synthetic.build(tmp_path, seeds=1, lines=2))) == {"name": "comparison"}


def test_what_an_analysis_finds_is_written_beside_the_runs(synthetic, tmp_path, monkeypatch):
    found = Claim("some_id", "Some statement.", paper=1.0, measured=2.0, holds=False, note="so")
    monkeypatch.setattr("lipschitz_trainers.analyses.claims.checker", lambda name: lambda study: [found])
    folder = with_analysis(synthetic, tmp_path, {"name": "anything"})
    runs = json.loads((folder / "results.json").read_text())["runs"]
    check_claims(folder)
    written = json.loads((folder / "results.json").read_text())
    assert written["claims"] == [vars(found)]
    assert written["runs"] == runs
    assert written["analysis"] == {"name": "anything"}
    assert load_study(folder).results.claims == (found,)


def test_an_unknown_analysis_is_refused_with_the_closest_name():
    with pytest.raises(
        UnknownNameError, match="Did you mean 'comparison'.*Registered analyses: .*comparison"
    ):
        checker("comparisson")


def test_every_experiment_has_its_analysis_and_every_analysis_its_experiment():
    used = {load_experiment(name).analysis["name"] for name in experiment_names()}
    assert used <= set(analysis_names())
    assert set(analysis_names()) - {"comparison"} <= used
