"""Claims of figure 1a from made-up runs."""

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.fig1a_value_surfaces import ALL, NOISE, SETS, claims
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

X = np.linspace(-1.9, 1.9, 39)
TURNS = 2 * np.pi * np.arange(8) / 8
RING = np.sqrt(2) * np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1)


def cones(*tops):
    """Return a surface with a maximum at each place."""
    return -np.min([np.hypot(X[None, :] - x, X[:, None] - y) for x, y in tops], axis=0)


SURFACES = {
    "centre": cones((0.1, 0.0)),
    "modes": cones(*RING),
    "elsewhere": cones((1.0, 0.0)),
    "two": cones((0.1, 0.0), (-1.5, 0.0)),
}
LEFT = {"weight_clipping": "centre", "spectral_norm": "centre"}
"""What surface each constraint leaves, if not one with a maximum at every mode."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("surfaces")
    for name, values in SURFACES.items():
        (made / name / "artifacts").mkdir(parents=True)
        np.savez(made / name / "artifacts" / "surface.npz", x=X, y=X, values=values)
    return made


@pytest.fixture
def found(folder):
    """The claims by id, of runs as in the paper with changes to what a constraint measured, left or came to."""

    def checked(profile="paper", steps=None, left=None, lost=(), error=None, only=SETS, **changes):
        runs = []
        for dataset in only:
            for constraint, metrics in AS_IN_THE_PAPER.items():
                variant, changed = f"{dataset}-{constraint}", changes.get(constraint, {})
                place = (LEFT | (left or {})).get(constraint, "modes")
                runs.append(
                    RunResult(variant, 0, place, "failed", error=error)
                    if variant in lost
                    else RunResult(variant, 0, place, "done", {**metrics, **COMMON, **changed})
                )
        configs = {run.key: {"steps": steps} for run in runs} if steps else {}
        study = Study(folder, Results("fig1a_value_surfaces", profile, runs=tuple(runs)), configs, ())
        return {claim.id: claim for claim in claims(study)}

    return checked


def test_runs_like_the_papers_fulfil_its_claims(found):
    checked = found()
    estimates = {id_ for id_ in checked if id_.startswith("estimate_under_")}
    assert len(estimates) == len(ALL)
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
        ("two_sided_coefficient_1", {"critic_w1": NOISE + 0.01}, "estimates_stay_below_the_noise"),
    ],
)
def test_other_runs_refute_them(found, constraint, changed, id_):
    checked = found(**{constraint: changed})
    assert [name for name, claim in checked.items() if claim.holds is False] == [id_]


def test_the_short_profile_does_not_refute_the_two_sided_penalty_and_says_why(found):
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


def test_only_what_the_figure_shows_is_read_off_it_and_slopes_are_derived(found):
    checked = found()
    assert "read off" in checked["clipping_ignores_the_modes"].paper
    assert "read off" in checked["two_sided_penalty_sees_the_modes"].paper
    assert checked["one_sided_penalty_sees_the_modes"].paper is None
    for id_ in ("clipped_critics_are_flat", "penalized_critics_have_slope_1"):
        assert "derived" in checked[id_].paper


def test_it_is_said_which_bound_is_a_theorem_and_whose_estimate_is_largest(found):
    checked = found(one_sided_gradient_penalty={"critic_w1": 0.9})
    raw, certified = (checked[f"{kind}estimates_stay_below_the_noise"] for kind in ("", "certified_"))
    assert raw.measured == "largest 0.900 (twenty_five_gaussians, one_sided_gradient_penalty)"
    assert "it is a finding" in raw.note
    assert certified.note.startswith("A theorem, whatever the critic")


def test_without_runs_nothing_is_decided():
    empty = Study(None, Results("e", "quick"), {}, ())
    assert all(claim.holds is None for claim in claims(empty))


@pytest.mark.parametrize("surface", ["two", "elsewhere", "modes"])
def test_a_maximum_anywhere_but_near_the_mean_refutes_that_there_is_one_near_it(found, surface):
    claim = found(left={"weight_clipping": surface})["clipping_ignores_the_modes"]
    assert claim.holds is False
    assert f"{2 if surface == 'two' else 1 if surface == 'elsewhere' else 8}.00 maxim" in claim.measured


def test_without_a_surface_it_is_open_whether_there_is_one_maximum(found):
    claim = found(left={"weight_clipping": "nowhere"})["clipping_ignores_the_modes"]
    assert claim.holds is None
    assert claim.measured == "0 of 8 modes; modes minus centre −0.0100"


def test_other_critics_with_one_maximum_near_the_mean_are_named(found):
    assert "under spectral_norm:" in found()["clipping_ignores_the_modes"].note
    flat = {"mode_scores": 0.0, "mode_over_centre": -1.0}
    both = found(left={"two_sided_gradient_penalty": "centre"}, two_sided_gradient_penalty=flat)
    assert "under two_sided_gradient_penalty and spectral_norm:" in both["clipping_ignores_the_modes"].note
    none = found(left={"spectral_norm": "two"})["clipping_ignores_the_modes"]
    assert (none.holds, none.note) == (True, None)


def test_an_estimate_above_the_exact_distance_is_shown_set_by_set(found):
    over = {"critic_w1": 1.157, "critic_w1_error": 0.344}
    checked = found(two_sided_coefficient_1=over)
    assert "1.16" in checked["estimates_stay_below_the_noise"].measured
    share = checked["estimate_under_two_sided_coefficient_1"]
    assert share.measured.startswith("1.42")
    assert "swiss_roll 1.42" in share.measured
    assert "1 + d / (2 coefficient)" in share.note
    assert "coefficient" not in checked["estimate_under_weight_clipping"].note


def test_on_all_sets_takes_all_sets(found):
    lost = found(lost=["swiss_roll-weight_clipping"], error="out of memory")
    partial = found(only=SETS[:1])
    for checked, why in ((lost, "swiss_roll-weight_clipping (failed)"), (partial, "(not run)")):
        claim = checked["clipped_critics_are_flat"]
        assert claim.holds is None
        assert why in claim.measured
        for kind in ("", "certified_"):
            assert checked[f"{kind}estimates_stay_below_the_noise"].holds is None
        assert why in checked["estimate_under_weight_clipping"].measured
    assert lost["clipping_ignores_the_modes"].holds is True
