"""Claims on penalized standard GANs from made-up runs."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.experiments.penalty_on_standard_gan import (
    NONE,
    OBJECTIVES,
    PENALTIES,
    claims,
    setback,
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


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20))
def test_a_setback_is_the_worst_ratio_of_a_value_to_one_before_it(values):
    worst = max(later / values[j] for i, later in enumerate(values) for j in range(i + 1))
    assert setback(np.array(values)) == worst
