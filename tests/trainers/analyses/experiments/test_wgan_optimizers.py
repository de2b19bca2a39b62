"""Claims on the critic's optimizer from made-up logs."""

import json

import pytest

from lipschitz_trainers.analyses.experiments.wgan_optimizers import FIVE, ONE, WITH, WITHOUT, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

CALM = {"w1": [2.0, 1.0, 0.4, 0.4], "update_cosine": [0.2, 0.1, 0.1, 0.1]}
WILD = {"w1": [2.0, 5.0, 1.6, 1.4], "update_cosine": [0.2, -0.1, 0.1, -0.1]}


def steady(w1):
    return CALM | {"w1": [2.0, 1.0, w1, w1]}


AS_IN_THE_PAPER = {
    **dict.fromkeys((*WITHOUT, *WITH), CALM),
    "rmsprop_fast-1_critic_step": steady(0.8),
    "rmsprop-1_critic_step": steady(0.4),
    "rmsprop_fast-5_critic_steps": steady(0.8),
    "adam_0.9-1_critic_step": WILD,
    "adam_0.9-5_critic_steps": steady(0.7),
    "adam_0.5_fast-1_critic_step": steady(0.7),
    "adam_0.9_fast-1_critic_step": WILD,
}


def study(folder, changes=None, broken=None):
    runs = []
    for variant, values in (AS_IN_THE_PAPER | (changes or {})).items():
        if error := (broken or {}).get(variant):
            runs.append(RunResult(variant, 0, f"runs/{variant}", "failed", error=error))
            continue
        runs.append(RunResult(variant, 0, f"runs/{variant}", "done"))
        log = folder / "runs" / variant / "metrics.jsonl"
        log.parent.mkdir(parents=True)
        records = [
            {"step": i, "evaluation": {"w1": w1, "update_cosine": cosine}}
            for i, (w1, cosine) in enumerate(zip(values["w1"], values["update_cosine"], strict=True))
        ]
        log.write_text("".join(json.dumps(record) + "\n" for record in records))
    return Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ())


def test_runs_as_the_paper_tells_fulfil_its_claims(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path))}
    assert len(found) == 9
    assert {claim.holds for claim in found.values()} == {True}
    assert found["the_more_momentum_the_worse"].measured == "0.400, 0.700, 1.50"
    assert found["cosine_turns_negative"].measured == "at 50.0 % of the evaluations"


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        (
            {"rmsprop-100_critic_steps": steady(0.5), "adam_0_fast-5_critic_steps": steady(0.9)},
            ["stable_without_momentum"],
        ),
        (
            {f"adam_0.9-{ONE}": {"w1": [2.0, 5.0, 0.75, 0.75], "update_cosine": [0.1] * 4}},
            ["unstable_with_momentum"],
        ),
        # What ends well may have been far off before.
        (
            {f"rmsprop-{ONE}": CALM | {"w1": [2.0, 5.5, 0.4, 0.4]}},
            ["no_blow_up_without_momentum", "blow_up_with_momentum"],
        ),
        ({f"adam_0_fast-{FIVE}": CALM | {"w1": [2.0, 4.5, 0.4, 0.4]}}, ["no_blow_up_without_momentum"]),
        ({f"adam_0.9-{ONE}": WILD | {"w1": [2.0, 3.9, 1.6, 1.4]}}, ["blow_up_with_momentum"]),
        ({f"adam_0.5_fast-{ONE}": WILD | {"w1": [2.0, 5.0, 1.7, 1.7]}}, ["the_more_momentum_the_worse"]),
        ({"rmsprop_fast-5_critic_steps": steady(0.5)}, ["unstable_with_high_rates"]),
        ({"adam_0.9-5_critic_steps": steady(1.6)}, ["critic_steps_make_up_for_momentum"]),
        ({"adam_0.9-100_critic_steps": steady(0.65)}, ["critic_steps_make_up_for_momentum"]),
        (
            {f"adam_0.9_fast-{ONE}": WILD | {"update_cosine": [0.1, 0.1, 0.1, 0.0]}},
            ["cosine_turns_negative"],
        ),
        (
            {"adam_0.9-100_critic_steps": CALM | {"update_cosine": [0.1, -0.1, 0.1, 0.1]}},
            ["cosine_is_negative_only_then"],
        ),
    ],
)
def test_other_runs_refute_them(tmp_path, changes, ids):
    found = claims(study(tmp_path, changes))
    assert [claim.id for claim in found if claim.holds is False] == ids


def test_without_runs_or_logs_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick"), {}, ())))
    empty = {variant: {"w1": [], "update_cosine": []} for variant in AS_IN_THE_PAPER}
    assert all(claim.holds is None for claim in claims(study(tmp_path, empty)))


def test_a_run_with_momentum_that_blew_up_on_the_way_is_not_a_stable_one(tmp_path):
    late = {"w1": [2.0, 4.5, 0.4, 0.4], "update_cosine": [0.1, -0.1, 0.1, 0.1]}
    found = {claim.id: claim for claim in claims(study(tmp_path, {"adam_0.9-100_critic_steps": late}))}
    assert found["cosine_is_negative_only_then"].holds is True


@pytest.mark.parametrize(
    ("error", "verdict"), [("training diverged: critic_loss became nan", False), ("killed", None)]
)
def test_a_run_without_momentum_that_diverged_is_unstable_and_one_that_failed_leaves_it_open(
    tmp_path, error, verdict
):
    made = study(tmp_path, broken={f"rmsprop-{FIVE}": error})
    found = {claim.id: claim for claim in claims(made)}
    for id_ in ("stable_without_momentum", "no_blow_up_without_momentum"):
        assert found[id_].holds is verdict
        assert f"rmsprop-{FIVE} (" in found[id_].measured
    assert found["unstable_with_high_rates"].holds is None
    assert found["unstable_with_momentum"].holds is True
