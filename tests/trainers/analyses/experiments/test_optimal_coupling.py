"""Claims of proposition 1 from made-up runs."""

import pytest

from lipschitz_trainers.analyses.experiments.optimal_coupling import CLIPPING, PENALTIES, SETS, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

OPTIMAL = {
    **{f"{pairs}_slope_mean": 1.02 for pairs in ("coupled", "known", "random")},
    **{f"{pairs}_slope_std": 0.02 for pairs in ("coupled", "known", "random")},
    **{f"{pairs}_cosine": cosine for pairs, cosine in (("coupled", 0.99), ("known", 0.995), ("random", 0.5))},
    "coupled_increment": 1.01,
    "slope_real_mean": 1.0,
    "slope_fake_mean": 1.03,
}
CLIPPED = OPTIMAL | {"coupled_slope_mean": 0.003, "coupled_cosine": 0.93}


def found(**changes):
    runs = []
    for name in SETS:
        for variant in (*PENALTIES, CLIPPING):
            metrics = (CLIPPED if variant == CLIPPING else OPTIMAL) | changes.get(f"{name}-{variant}", {})
            runs.append(RunResult(f"{name}-{variant}", 0, "", "done", metrics))
    return {claim.id: claim for claim in claims(Study(None, Results("e", "quick", runs=tuple(runs)), {}, ()))}


def test_optimal_critics_fulfil_the_claims():
    checked = found()
    told = checked.pop("where_the_penalty_looks")
    assert told.verdict == "measured"
    assert told.measured.startswith("random: norm 1.02 to 1.02, cosine 0.990 to 0.990; coupled:")
    assert len(checked) == 7
    assert {claim.holds for claim in checked.values()} == {True}


@pytest.mark.parametrize(
    ("variant", "changed", "id_"),
    [
        ("eight_gaussians-one_sided-random", {"coupled_slope_mean": 0.8}, "unit_norm_on_coupled_segments"),
        ("scaled_gaussians-two_sided-coupled", {"coupled_slope_std": 0.3}, "unit_norm_on_coupled_segments"),
        ("eight_gaussians-two_sided-random", {"coupled_cosine": 0.9}, "towards_the_data_on_coupled_segments"),
        (
            "eight_gaussians-two_sided-random",
            {"coupled_increment": 0.5},
            "score_gains_the_length_of_coupled_segments",
        ),
        ("scaled_gaussians-one_sided-random", {"slope_fake_mean": 0.7}, "unit_norm_at_the_samples"),
        ("scaled_gaussians-one_sided-coupled", {"known_cosine": 0.9}, "so_it_is_on_the_known_plan"),
        ("eight_gaussians-one_sided-random", {"random_cosine": 0.95}, "not_on_random_segments"),
        (
            "scaled_gaussians-weight_clipping",
            {"coupled_slope_mean": 1.0},
            "clipped_critics_have_another_norm",
        ),
    ],
)
def test_other_runs_refute_them(variant, changed, id_):
    checked = found(**{variant: changed})
    assert [name for name, claim in checked.items() if claim.holds is False] == [id_]


def test_a_value_the_paper_has_no_number_of_is_marked_as_derived():
    assert "derived" in found()["clipped_critics_have_another_norm"].paper


def test_without_runs_nothing_is_decided():
    assert all(claim.holds is None for claim in claims(Study(None, Results("e", "quick"), {}, ())))
