"""Claims about the other weight constraints from made-up runs."""

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.other_weight_constraints import (
    CLIPPING,
    DECAYS,
    NONE,
    ONE,
    OTHERS,
    PENALTIES,
    TOLD,
    TWO,
    claims,
)
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

FLAT = {"mode_scores": 0.0, "mode_over_centre": -0.01, "slope_line_mean": 0.01, "layer_gradients": -0.8}
STEEP = {"mode_scores": 0.0, "mode_over_centre": -90.0, "slope_line_mean": 80.0, "layer_gradients": 0.9}
GOOD = {"mode_scores": 8.0, "mode_over_centre": 1.2, "slope_line_mean": 1.0, "layer_gradients": 0.02}
AS_IN_THE_PAPER = {
    CLIPPING: FLAT,
    "l2_norm_clipping": FLAT,
    "weight_normalization": STEEP,
    "l1_weight_decay": STEEP,
    "l2_weight_decay": STEEP,
    ONE: GOOD,
    TWO: GOOD,
}
CONTROLS = {NONE: STEEP, "l1_weight_decay_1": FLAT, "l2_weight_decay_1": FLAT}
LOST = "training diverged: critic_loss became inf at generator iteration 7."


X = np.linspace(-1.9, 1.9, 39)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("surfaces")
    radius = np.hypot(X[None, :], X[:, None])
    for name, values in {"centre": -radius, "ring": -((radius - 1) ** 2)}.items():
        (made / name / "artifacts").mkdir(parents=True)
        np.savez(made / name / "artifacts" / "surface.npz", x=X, y=X, values=values)
    return made


def made(lost=(), left=None, error=LOST, **changes):
    return [
        RunResult(
            f"{place}-{name}", 0, (left or {}).get(name, "centre"), "done", metrics | changes.get(name, {})
        )
        if f"{place}-{name}" not in lost
        else RunResult(f"{place}-{name}", 0, "", "failed", {}, error=error)
        for place in ("eight_gaussians", "deep")
        for name, metrics in (AS_IN_THE_PAPER | CONTROLS).items()
    ]


@pytest.fixture
def found(folder):
    def checked(profile="paper", lost=(), without=None, **changes):
        runs = [run for run in made(lost, **changes) if without is None or not run.variant.endswith(without)]
        return {
            claim.id: claim
            for claim in claims(Study(folder, Results("e", profile, runs=tuple(runs)), {}, ()))
        }

    return checked


def verdicts(checked):
    """Return what is decided; the surfaces of the others are told of only."""
    return {id_: claim.holds for id_, claim in checked.items() if claim.criterion}


def test_runs_like_the_papers_fulfil_its_claims(found):
    checked = found()
    assert set(verdicts(checked).values()) == {True}
    assert len(checked) == 3 * len(AS_IN_THE_PAPER) + 2 * len(DECAYS)
    assert all(checked[f"surface_under_{name}"].paper == TOLD for name in OTHERS)
    for kind in ("surface", "gradients"):
        assert all("read off" in checked[f"{kind}_under_{name}"].paper for name in (CLIPPING, TWO))
        assert checked[f"{kind}_under_{ONE}"].paper is None
    assert all("derived" in checked[f"slopes_under_{name}"].paper for name in PENALTIES)


@pytest.mark.parametrize("name", [CLIPPING, *OTHERS])
@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"mode_scores": 8.0, "mode_over_centre": 1.0}, "surface"),
        ({"layer_gradients": 0.05}, "gradients"),
        ({"slope_line_mean": 1.1}, "slopes"),
    ],
)
def test_constraints_without_the_pathologies_refute_them(found, name, changed, kind):
    checked = found(**{name: changed})
    wanted = [f"{kind}_under_{name}"] if kind != "surface" or name == CLIPPING else []
    if kind == "slopes" and name in DECAYS:
        wanted.append(f"{name}_has_no_effect")
    assert [id_ for id_, holds in verdicts(checked).items() if holds is False] == wanted


def test_a_second_maximum_refutes_that_clipping_has_one(found):
    assert found(left={CLIPPING: "ring"})[f"surface_under_{CLIPPING}"].holds is False


@pytest.mark.parametrize("name", OTHERS)
def test_a_surface_that_the_control_has_too_is_no_finding_about_the_constraint(found, name):
    id_ = f"surface_under_{name}"
    alike, unlike = found()[id_], found(left={NONE: "ring"})[id_]
    assert alike.verdict == unlike.verdict == "measured"
    assert alike.note.startswith("The critic without any constraint has one maximum near the mean, too")
    assert unlike.note is None
    assert "; without any constraint 0 of 8 modes; modes minus centre −90.0; 1.00 maximum" in alike.measured


def test_what_a_critic_does_without_a_constraint_stands_beside_that_of_the_others(found):
    checked = found()
    for name in OTHERS:
        assert checked[f"gradients_under_{name}"].measured.endswith("; without any constraint 0.900")
        assert "deep without any constraint 80.0" in checked[f"slopes_under_{name}"].measured
        for kind in ("gradients", "slopes"):
            note = checked[f"{kind}_under_{name}"].note
            assert (note is None) == (AS_IN_THE_PAPER[name] is FLAT)
    assert "without" not in checked[f"slopes_under_{TWO}"].measured


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        (
            {NONE: {"slope_line_mean": 20.0}},
            ["l1_weight_decay_has_no_effect", "l2_weight_decay_has_no_effect"],
        ),
        (
            {NONE: {"slope_line_mean": 300.0}},
            ["l1_weight_decay_has_no_effect", "l2_weight_decay_has_no_effect"],
        ),
        ({"l1_weight_decay": {"slope_line_mean": 9.0}}, ["l1_weight_decay_has_no_effect"]),
        ({"l1_weight_decay_1": {"slope_line_mean": 0.2}}, ["l1_weight_decay_1_flattens"]),
        ({"l2_weight_decay_1": {"slope_line_mean": 1.0}}, ["l2_weight_decay_1_flattens"]),
    ],
)
def test_decay_that_does_something_else_beside_the_control_refutes_them(found, changes, ids):
    assert [id_ for id_, holds in verdicts(found(**changes)).items() if holds is False] == ids


def test_without_the_control_nothing_is_said_of_decay(found):
    checked = found(without=NONE)
    for id_ in ("l1_weight_decay_has_no_effect", "l2_weight_decay_1_flattens"):
        assert checked[id_].holds is None
    assert "without" not in checked["gradients_under_l1_weight_decay"].measured


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"mode_scores": 5.0}, "surface"),
        ({"layer_gradients": -0.5}, "gradients"),
        ({"slope_line_mean": 3.0}, "slopes"),
    ],
)
def test_penalties_with_them_refute_them_too(found, name, changed, kind):
    checked = found(**{name: changed})
    assert [id_ for id_, claim in checked.items() if claim.holds is False] == [f"{kind}_under_{name}"]


def test_the_short_profile_leaves_the_two_sided_surface_open(found):
    claim = found("quick", **{TWO: {"mode_scores": 0.0}})[f"surface_under_{TWO}"]
    assert claim.holds is None
    assert claim.note.startswith("The modes score above the centre")
    claim = found("quick", **{TWO: {"mode_over_centre": -1.0}})[f"surface_under_{TWO}"]
    assert "not convex" in claim.note
    assert "4,000" not in claim.note  # which is of another experiment


def test_a_deep_critic_whose_losses_became_infinite_has_exploded(found):
    checked = found(lost=("deep-l1_weight_decay", f"deep-{ONE}"))
    for kind in ("gradients", "slopes"):
        claim = checked[f"{kind}_under_l1_weight_decay"]
        assert claim.holds is True
        assert "1 run diverged" in claim.measured
        assert checked[f"{kind}_under_{ONE}"].holds is False
    assert "diverged" not in checked["surface_under_l1_weight_decay"].measured
    assert checked[f"surface_under_{ONE}"].holds is True


@pytest.mark.parametrize("name", [CLIPPING, TWO, "l2_weight_decay"])
def test_runs_that_failed_for_another_reason_leave_their_claims_open(found, name):
    checked = found(lost=(f"deep-{name}", f"eight_gaussians-{name}"), error="out of memory")
    for kind in ("surface", "gradients", "slopes"):
        assert checked[f"{kind}_under_{name}"].holds is None
        assert f"-{name} (failed)" in checked[f"{kind}_under_{name}"].measured
    assert checked["l2_weight_decay_has_no_effect"].holds is (None if name in DECAYS else True)


def test_the_settings_are_those_of_the_figures_in_the_papers_profile():
    """Beside what is measured: eight_gaussians as in figure 1a, deep as in figure 1b."""
    own = {run.variant: run.plain for run in load_experiment("other_weight_constraints").resolve("paper")}
    for name, others in (
        (
            "fig1a_value_surfaces",
            {f"eight_gaussians-{c}": f"eight_gaussians-{c}" for c in (CLIPPING, ONE, TWO)},
        ),
        ("fig1b_gradient_norms", {f"deep-{CLIPPING}": "clipping_0.01", f"deep-{TWO}": TWO}),
    ):
        figure = {run.variant: run.plain for run in load_experiment(name).resolve("paper")}
        for variant, like in others.items():
            assert own[variant] | {"evaluation": None} == figure[like] | {"evaluation": None}
            assert own[variant]["evaluation"]["samples"] == figure[like]["evaluation"]["samples"]


def test_without_runs_nothing_is_decided():
    assert all(claim.holds is None for claim in claims(Study(None, Results("e", "quick"), {}, ())))
