"""Claims about the other weight constraints from made-up runs."""

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
CONTROLS = {NONE: STEEP, "l1_weight_decay_0.1": FLAT, "l2_weight_decay_1": FLAT}
LOST = "training diverged: critic_loss became inf at generator iteration 7."


def made(lost=(), **changes):
    return [
        RunResult(f"{place}-{name}", 0, "", "done", metrics | changes.get(name, {}))
        if f"{place}-{name}" not in lost
        else RunResult(f"{place}-{name}", 0, "", "failed", {}, error=LOST)
        for place in ("eight_gaussians", "deep")
        for name, metrics in (AS_IN_THE_PAPER | CONTROLS).items()
    ]


def found(profile="paper", lost=(), **changes):
    runs = tuple(made(lost, **changes))
    return {claim.id: claim for claim in claims(Study(None, Results("e", profile, runs=runs), {}, ()))}


def test_runs_like_the_papers_fulfil_its_claims():
    checked = found()
    assert {claim.holds for claim in checked.values()} == {True}
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
def test_constraints_without_the_pathologies_refute_them(name, changed, kind):
    checked = found(**{name: changed})
    wanted = [f"{kind}_under_{name}"]
    if kind == "slopes" and name in DECAYS:
        wanted.append(f"{name}_has_no_effect")
    assert [id_ for id_, claim in checked.items() if claim.holds is False] == wanted


def test_what_a_critic_does_without_a_constraint_stands_beside_that_of_the_others():
    checked = found()
    for name in OTHERS:
        assert checked[f"gradients_under_{name}"].measured.endswith("; without any constraint 0.900")
        assert checked[f"surface_under_{name}"].measured.endswith("; without any constraint −90.0")
        assert "deep without any constraint 80.0" in checked[f"slopes_under_{name}"].measured
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
        ({"l1_weight_decay_0.1": {"slope_line_mean": 0.2}}, ["l1_weight_decay_0.1_flattens"]),
        ({"l2_weight_decay_1": {"slope_line_mean": 1.0}}, ["l2_weight_decay_1_flattens"]),
    ],
)
def test_decay_that_does_something_else_beside_the_control_refutes_them(changes, ids):
    assert [id_ for id_, claim in found(**changes).items() if claim.holds is False] == ids


def test_without_the_control_nothing_is_said_of_decay():
    runs = [run for run in made() if not run.variant.endswith(NONE)]
    checked = {
        claim.id: claim for claim in claims(Study(None, Results("e", "paper", runs=tuple(runs)), {}, ()))
    }
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
def test_penalties_with_them_refute_them_too(name, changed, kind):
    checked = found(**{name: changed})
    assert [id_ for id_, claim in checked.items() if claim.holds is False] == [f"{kind}_under_{name}"]


def test_the_short_profile_leaves_the_two_sided_surface_open():
    claim = found("quick", **{TWO: {"mode_scores": 0.0}})[f"surface_under_{TWO}"]
    assert claim.holds is None
    assert claim.note.startswith("The modes score above the centre")
    claim = found("quick", **{TWO: {"mode_over_centre": -1.0}})[f"surface_under_{TWO}"]
    assert "not convex" in claim.note
    assert "4,000" not in claim.note  # which is of another experiment


def test_a_deep_critic_whose_losses_became_infinite_has_exploded():
    checked = found(lost=("deep-l1_weight_decay", f"deep-{ONE}"))
    for kind in ("gradients", "slopes"):
        claim = checked[f"{kind}_under_l1_weight_decay"]
        assert claim.holds is True
        assert "1 run diverged" in claim.measured
        assert checked[f"{kind}_under_{ONE}"].holds is False
    assert checked["surface_under_l1_weight_decay"].holds is True


def test_without_runs_nothing_is_decided():
    assert all(claim.holds is None for claim in claims(Study(None, Results("e", "quick"), {}, ())))
