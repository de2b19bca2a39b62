"""Claims of figure 1a from made-up runs."""

import pytest

from lipschitz_trainers.analyses.experiments.fig1a_value_surfaces import NOISE, SETS, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

AS_IN_THE_PAPER = {
    "weight_clipping": {"mode_scores": 0.0, "mode_over_centre": -0.01, "slope_line_mean": 0.02},
    "two_sided_gradient_penalty": {"mode_scores": 8.0, "mode_over_centre": 1.2, "slope_line_mean": 1.0},
    "two_sided_coefficient_1": {"mode_scores": 8.0, "mode_over_centre": 1.2, "slope_line_mean": 1.3},
    "one_sided_gradient_penalty": {"mode_scores": 8.0, "mode_over_centre": 1.1, "slope_line_mean": 0.9},
    "spectral_norm": {"mode_scores": 0.0, "mode_over_centre": -0.1, "slope_line_mean": 0.4},
}
COMMON = {"calibrated_w1_by_upper": 0.1, "critic_w1": 0.6, "critic_w1_error": -0.2}


def found(profile="paper", steps=None, **changes):
    runs = []
    for dataset in SETS:
        for constraint, metrics in AS_IN_THE_PAPER.items():
            changed = changes.get(constraint, {})
            runs.append(RunResult(f"{dataset}-{constraint}", 0, "", "done", {**metrics, **COMMON, **changed}))
    configs = {run.key: {"steps": steps} for run in runs} if steps else {}
    study = Study(None, Results("fig1a_value_surfaces", profile, runs=tuple(runs)), configs, ())
    return {claim.id: claim for claim in claims(study)}


def test_runs_like_the_papers_fulfil_its_claims():
    checked = found()
    estimates = {id_ for id_ in checked if id_.startswith("estimate_under_")}
    assert len(estimates) == 4
    assert all(
        checked[id_].verdict == "measured" and checked[id_].measured.startswith("0.75") for id_ in estimates
    )
    assert all(claim.holds is True for id_, claim in checked.items() if id_ not in estimates)


@pytest.mark.parametrize(
    ("constraint", "changed", "id_"),
    [
        ("weight_clipping", {"mode_over_centre": 0.1}, "clipping_ignores_the_modes"),
        ("weight_clipping", {"mode_scores": 1.0}, "clipping_ignores_the_modes"),
        ("two_sided_gradient_penalty", {"mode_scores": 7.0}, "two_sided_penalty_sees_the_modes"),
        ("two_sided_gradient_penalty", {"mode_over_centre": -1.0}, "two_sided_penalty_sees_the_modes"),
        ("two_sided_coefficient_1", {"mode_scores": 7.0}, "lighter_two_sided_penalty_sees_the_modes"),
        ("weight_clipping", {"slope_line_mean": 0.5}, "clipped_critics_are_flat"),
        ("two_sided_gradient_penalty", {"slope_line_mean": 1.3}, "penalized_critics_have_slope_1"),
        (
            "spectral_norm",
            {"calibrated_w1_by_upper": NOISE + 0.01},
            "certified_estimates_stay_below_the_noise",
        ),
        ("two_sided_gradient_penalty", {"critic_w1": NOISE + 0.01}, "estimates_stay_below_the_noise"),
    ],
)
def test_other_runs_refute_them(constraint, changed, id_):
    checked = found(**{constraint: changed})
    assert [name for name, claim in checked.items() if claim.holds is False] == [id_]


def test_the_short_profile_does_not_refute_the_two_sided_penalty_and_says_why():
    wrong = {"mode_over_centre": -1.0}
    two = found("quick", 400, two_sided_gradient_penalty=wrong)["two_sided_penalty_sees_the_modes"]
    assert two.holds is None
    assert "took 400 iterations, those of the paper profile take 10,000" in two.note
    assert "started the wrong way" in two.note
    full = found("quick", 10_000, two_sided_gradient_penalty=wrong)["two_sided_penalty_sees_the_modes"]
    assert (full.holds, full.note) == (False, None)
    one = found("quick", one_sided_gradient_penalty=wrong)["one_sided_penalty_sees_the_modes"]
    assert (one.holds, one.note) == (False, None)
    assert found("quick")["two_sided_penalty_sees_the_modes"].holds is True


def test_only_what_the_figure_shows_is_read_off_it_and_slopes_are_derived():
    checked = found()
    assert "read off" in checked["clipping_ignores_the_modes"].paper
    assert "read off" in checked["two_sided_penalty_sees_the_modes"].paper
    assert checked["one_sided_penalty_sees_the_modes"].paper is None
    for id_ in ("clipped_critics_are_flat", "penalized_critics_have_slope_1"):
        assert "derived" in checked[id_].paper


def test_it_is_said_which_bound_is_a_theorem_and_whose_estimate_is_largest():
    checked = found(one_sided_gradient_penalty={"critic_w1": 0.9})
    raw, certified = (checked[f"{kind}estimates_stay_below_the_noise"] for kind in ("", "certified_"))
    assert raw.measured == "largest 0.900 (twenty_five_gaussians, one_sided_gradient_penalty)"
    assert "it is a finding" in raw.note
    assert certified.note.startswith("A theorem, whatever the critic")


def test_without_runs_nothing_is_decided():
    empty = Study(None, Results("e", "quick"), {}, ())
    assert all(claim.holds is None for claim in claims(empty))
