"""Claims about batch normalization from made-up runs."""

import json

import pytest

from lipschitz_trainers.analyses.experiments.batch_norm_in_critic import LINEAR, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

FREE = {
    "batch_dependence": 0.0,
    "slope_gap": 1e-8,
    "own_slope": 0.97,
    "seen_slope": 0.97,
    "own_penalty": 0.01,
    "seen_penalty": 0.01,
    "critic_w1": 0.55,
    "critic_w1_error": -0.1,
}
COUPLED = {
    "batch_dependence": 0.2,
    "slope_gap": 0.6,
    "own_slope": 1.9,
    "seen_slope": 1.1,
    "own_penalty": 1.6,
    "seen_penalty": 0.1,
    "critic_w1": -0.4,
    "critic_w1_error": -1.0,
}
AS_EXPECTED = {
    "fixed-none": FREE,
    "fixed-layer": FREE,
    "fixed-batch": COUPLED,
    LINEAR: COUPLED | {"seen_slope": 1e-7, "seen_penalty": 1.0},
    "trained-none": FREE | {"w1": 0.3},
    "trained-layer": FREE | {"w1": 0.25},
    "trained-batch": COUPLED | {"w1": 0.9},
}


def found(folder, penalty=10.0, **changes):
    runs, configs = [], {}
    for variant, metrics in AS_EXPECTED.items():
        directory = f"runs/{variant}"
        (folder / directory).mkdir(parents=True)
        (folder / directory / "metrics.jsonl").write_text(json.dumps({"step": 1, "penalty": penalty}) + "\n")
        changed = changes.get(variant.replace("-", "_"), {})
        runs.append(RunResult(variant, 0, directory, "done", metrics | changed))
        configs[variant, 0] = {"constraint": {"coefficient": 10}}
    study = Study(folder, Results("e", "quick", runs=tuple(runs)), configs, ())
    return {claim.id: claim for claim in claims(study)}


def test_expected_runs_fulfil_them(tmp_path):
    checked = found(tmp_path)
    estimates = {f"estimate_with_{name}" for name in ("none", "layer", "batch")}
    assert {id_ for id_, claim in checked.items() if claim.holds is None} == estimates
    assert {checked[id_].verdict for id_ in estimates} == {"measured"}
    assert all(claim.holds is True for id_, claim in checked.items() if id_ not in estimates)
    assert checked["estimate_with_batch"].measured.endswith("0.667")


@pytest.mark.parametrize(
    ("variant", "changed", "id_"),
    [
        ("fixed_none", {"batch_dependence": 0.1}, "independent_with_none"),
        ("trained_layer", {"slope_gap": 0.1}, "independent_with_layer"),
        ("trained_batch", {"batch_dependence": 0.01}, "coupled_with_batch"),
        ("fixed_batch", {"slope_gap": 0.05}, "coupled_with_batch"),
        ("fixed_none", {"own_slope": 1.2}, "slope_1_with_none"),
        ("fixed_layer", {"own_slope": 0.8}, "slope_1_with_layer"),
        ("fixed_batch", {"own_penalty": 0.2}, "penalty_blind_with_batch"),
        ("fixed_batch_linear", {"seen_slope": 0.3}, "penalty_constant_between_linear_layers"),
        ("trained_layer", {"w1": 0.5}, "generators_with_layer"),
        ("trained_batch", {"w1": 0.3}, "generators_with_batch"),
    ],
)
def test_other_runs_refute_them(tmp_path, variant, changed, id_):
    checked = found(tmp_path, **{variant: changed})
    assert [name for name, claim in checked.items() if claim.holds is False] == [id_]


def test_a_penalty_that_moves_refutes_that_it_is_constant(tmp_path):
    checked = found(tmp_path, penalty=9.9)
    refuted = [name for name, claim in checked.items() if claim.holds is False]
    assert refuted == ["penalty_constant_between_linear_layers"]


def test_what_was_not_measured_is_not_decided(tmp_path):
    checked = found(tmp_path, fixed_none={"slope_gap": float("nan")}, trained_none={"w1": float("nan")})
    undecided = {name for name, claim in checked.items() if claim.holds is None and "estimate" not in name}
    assert undecided == {"independent_with_none", "generators_with_layer", "generators_with_batch"}


def test_one_failing_seed_refutes_and_is_named():
    runs = [
        RunResult(f"trained-{name}", seed, "", "done", {"w1": w1})
        for name, both in (("none", (0.3, 0.3)), ("layer", (0.3, 0.31)), ("batch", (0.3, 0.6)))
        for seed, w1 in enumerate(both)
    ]
    study = Study(None, Results("e", "quick", runs=tuple(runs)), {}, ())
    checked = {claim.id: claim for claim in claims(study)}
    assert checked["generators_with_layer"].holds is True
    assert checked["generators_with_batch"].holds is False
    assert checked["generators_with_batch"].note.startswith("Not so with seed 0. The paper")


def test_without_runs_nothing_is_decided(tmp_path):
    empty = Study(tmp_path, Results("e", "quick"), {}, ())
    assert all((claim.holds, claim.measured) == (None, None) for claim in claims(empty))
