"""Claims on language models from made-up results."""

import json

import pytest

from lipschitz_trainers.analyses.experiments.table4_language_model import KEY, OTHERS, PENALTIES, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

FLOOR = (0.001, 0.013, 0.057, 0.141)
FIRST = (0.6, 0.8, 0.95, 0.99)
GOOD = (0.06, 0.17, 0.37, 0.62)
BAD = (0.5, 0.7, 0.8, 0.9)


def study(folder, **changes):
    ends = dict.fromkeys(PENALTIES, GOOD) | dict.fromkeys(OTHERS, BAD) | changes
    runs = []
    for variant, values in ends.items():
        logged = [{f"{KEY}_{n}": v for n, v in enumerate(some, 1)} for some in (FIRST, values)]
        floors = {f"{KEY}_floor_{n}": value for n, value in enumerate(FLOOR, 1)}
        runs.append(RunResult(variant, 0, f"runs/{variant}", "done", metrics=logged[-1] | floors))
        log = folder / "runs" / variant / "metrics.jsonl"
        log.parent.mkdir(parents=True)
        log.write_text(
            "".join(json.dumps({"step": i, "evaluation": entry}) + "\n" for i, entry in enumerate(logged))
        )
    return Study(folder, Results("e", "paper", runs=tuple(runs)), {}, ())


def test_a_model_that_learns_beside_two_that_do_not(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path))}
    assert len(found) == 5
    assert {claim.holds for claim in found.values()} == {True}
    assert found[f"falls_under_{PENALTIES[0]}"].measured == (
        "from 0.600, 0.800, 0.950, 0.990 to 0.0600, 0.170, 0.370, 0.620 (real text 0.00100, 0.0130, 0.0570, 0.141)"
    )


@pytest.mark.parametrize(
    ("changes", "refuted"),
    [
        ({PENALTIES[1]: BAD}, {f"falls_under_{PENALTIES[1]}"}),
        (
            {PENALTIES[0]: (0.06, 0.17, 0.96, 0.98)},
            {f"falls_under_{PENALTIES[0]}", "penalty_below_the_others"},
        ),
        ({"standard_gan": (0.07, 0.18, 0.38, 0.63)}, {"stays_high_standard_gan"}),
        ({"weight_clipping": (0.5, 0.16, 0.8, 0.9)}, {"penalty_below_the_others"}),
        ({"weight_clipping": (0.05, 0.7, 0.8, 0.9)}, set()),  # single characters do not count
    ],
)
def test_what_refutes_a_claim(tmp_path, changes, refuted):
    found = {claim.id: claim.holds for claim in claims(study(tmp_path, **changes))}
    assert {name for name, holds in found.items() if holds is False} == refuted


def test_without_runs_nothing_is_decided(tmp_path):
    empty = Study(tmp_path, Results("e", "quick", runs=()), {}, ())
    assert {claim.holds for claim in claims(empty)} == {None}


def test_the_experiment_has_the_variants_that_are_asked_for():
    assert set(load_experiment("table4_language_model").variants) == {*PENALTIES, *OTHERS}
