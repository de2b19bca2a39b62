"""Claims on penalized standard GANs from made-up runs."""

import json
import math
from dataclasses import replace

import pytest

from lipschitz_trainers.analyses.experiments.penalty_on_standard_gan import (
    NONE,
    OBJECTIVES,
    PENALTIES,
    claims,
)
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

ONE, TWO = PENALTIES
STABLE = {"w1": [1.0, 0.5, 0.3], "slope_line_mean": 0.9, "mode_coverage": 8.0}
UNSTABLE = {"w1": [1.0, 0.8, 1.2], "slope_line_mean": 20.0, "mode_coverage": 3.0}


def study(folder, changes=None, profile="paper", steps=None):
    runs = []
    for objective in OBJECTIVES:
        for constraint in (NONE, *PENALTIES):
            variant = f"{objective}-{constraint}"
            values = dict(UNSTABLE if constraint == NONE else STABLE) | (changes or {}).get(variant, {})
            w1 = values.pop("w1")
            runs.append(RunResult(variant, 0, f"runs/{variant}", "done", values))
            log = folder / "runs" / variant / "metrics.jsonl"
            log.parent.mkdir(parents=True)
            records = [{"step": i, "evaluation": {"w1": value}} for i, value in enumerate(w1)]
            log.write_text("".join(json.dumps(record) + "\n" for record in records))
    configs = {run.key: {"steps": steps} for run in runs} if steps else {}
    return Study(folder, Results("penalty_on_standard_gan", profile, runs=tuple(runs)), configs, ())


def test_stable_runs_with_penalties_fulfil_all(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path))}
    assert len(found) == 12
    assert {claim.holds for claim in found.values()} == {True}
    assert found[f"closer_minimax_{ONE}"].measured == "minimax: 0.300 against 1.20"
    assert "minimax: 1.00 times against 1.50 times" in found[f"steadier_{TWO}"].measured


@pytest.mark.parametrize(
    ("variant", "changed", "ids"),
    [
        (f"minimax-{TWO}", {"w1": [1.5, 1.3, 1.3]}, [f"closer_minimax_{TWO}"]),
        (f"non_saturating-{ONE}", {"w1": [1.0, 0.2, 0.4]}, [f"steadier_{ONE}"]),
        (f"least_squares-{ONE}", {"slope_line_mean": 1.2}, [f"flatter_{ONE}"]),
        (f"least_squares-{NONE}", {"slope_line_mean": 0.5}, [f"flatter_{ONE}", f"flatter_{TWO}"]),
        (f"minimax-{TWO}", {"mode_coverage": 7.0}, [f"modes_{TWO}"]),
    ],
)
def test_other_runs_refute_them(tmp_path, variant, changed, ids):
    found = claims(study(tmp_path, {variant: changed}))
    assert [claim.id for claim in found if claim.holds is False] == ids


@pytest.mark.parametrize(
    ("steps", "verdict", "note"),
    [(123, None, "took 123 iterations"), (None, None, "not known"), (100_000, False, "")],
)
def test_missing_modes_leave_a_short_run_undecided(tmp_path, steps, verdict, note):
    changes = {f"minimax-{TWO}": {"mode_coverage": 7.0}}
    found = {claim.id: claim for claim in claims(study(tmp_path, changes, "quick", steps))}
    assert found[f"modes_{TWO}"].holds is verdict
    assert note in (found[f"modes_{TWO}"].note or "")
    assert found[f"modes_{ONE}"].holds is True


def test_without_runs_or_numbers_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(Study(tmp_path, Results("e", "paper"), {}, ())))
    empty = {"w1": [], "slope_line_mean": math.nan, "mode_coverage": math.nan}
    changes = {f"{o}-{c}": empty for o in OBJECTIVES for c in (NONE, *PENALTIES)}
    assert all(claim.holds is None for claim in claims(study(tmp_path, changes)))


TWICE = [1.0, 0.8, 1.6, 1.4]
BACK = [1.0, 0.8, 1.6, 1.3, 1.25]


@pytest.mark.parametrize(("w1", "noted"), [([1.5, 1.3, 1.3], False), (TWICE, False), (BACK, True)])
def test_being_driven_off_at_first_is_told_only_of_generators_that_were(tmp_path, w1, noted):
    found = {claim.id: claim for claim in claims(study(tmp_path, {f"minimax-{TWO}": {"w1": w1}}))}
    claim = found[f"closer_minimax_{TWO}"]
    assert claim.holds is False
    assert claim.note.startswith("A two-sided penalty wants slope 1 everywhere")
    assert ("driven far off" in claim.note) is noted
    # What holds, and other objectives and penalties, need no excuse.
    rest = [found[f"closer_{objective}_{TWO}"] for objective in OBJECTIVES if objective != "minimax"]
    assert all((claim.holds, claim.note) == (True, None) for claim in rest)
    assert all(found[id_].note is None for id_ in found if id_.endswith(ONE))


def without(made, variant, **fields):
    """Return a study in which a variant has a second seed that did not finish."""
    run = RunResult(variant, 1, f"runs/{variant}-1", **fields)
    return replace(made, results=replace(made.results, runs=(*made.results.runs, run)))


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_for_each_seed_takes_each_seed(tmp_path, status):
    variant = f"minimax-{ONE}"
    found = {claim.id: claim for claim in claims(without(study(tmp_path), variant, status=status))}
    for kind in ("closer_minimax", "steadier", "flatter", "modes"):
        claim = found[f"{kind}_{ONE}"]
        assert claim.holds is None
        assert f"{variant} seed 1 ({status})" in claim.measured
    assert found[f"closer_least_squares_{ONE}"].holds is True


def test_a_run_that_diverged_is_neither_close_nor_steady(tmp_path):
    error = "training diverged: critic_loss became nan"
    found = {
        c.id: c for c in claims(without(study(tmp_path), f"minimax-{ONE}", status="failed", error=error))
    }
    for kind in ("closer_minimax", "steadier", "modes"):
        assert found[f"{kind}_{ONE}"].holds is False
    assert found[f"flatter_{ONE}"].holds is None
