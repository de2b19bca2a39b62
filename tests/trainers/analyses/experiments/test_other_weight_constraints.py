"""Claims about the other weight constraints from made-up runs."""

import pytest

from lipschitz_trainers.analyses.experiments.other_weight_constraints import (
    CLIPPING,
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
LOST = "training diverged: critic_loss became inf at generator iteration 7."


def found(profile="paper", lost=(), **changes):
    runs = [
        RunResult(f"{place}-{name}", 0, "", "done", metrics | changes.get(name, {}))
        if f"{place}-{name}" not in lost
        else RunResult(f"{place}-{name}", 0, "", "failed", {}, error=LOST)
        for place in ("eight_gaussians", "deep")
        for name, metrics in AS_IN_THE_PAPER.items()
    ]
    return {claim.id: claim for claim in claims(Study(None, Results("e", profile, runs=tuple(runs)), {}, ()))}


def test_runs_like_the_papers_fulfil_its_claims():
    checked = found()
    assert {claim.holds for claim in checked.values()} == {True}
    assert len(checked) == 3 * len(AS_IN_THE_PAPER)
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
    assert [id_ for id_, claim in checked.items() if claim.holds is False] == [f"{kind}_under_{name}"]


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
