"""One penalty on one form of samples: what every measurement adds."""

import torch

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.examination import examine
from lipschitz.testing.identify.forms import Form


def examined(template, *faults, form=None, points="between", meant=None, kind="two_sided"):
    return examine(Penalty(template(kind, faults), form or Form((3, 4, 4))), points, meant)


def test_a_right_penalty(template):
    found = examined(template)
    assert (found.kind, found.faults, found.notes) == ("two_sided", {}, [])
    assert abs(found.coefficient - 10) < 1e-9
    assert abs(found.target - 1) < 1e-9


def test_sentences_carry_the_numbers(template):
    assert "norm 0.01" in examined(template, "biased_epsilon").faults["biased_epsilon"]
    axes = examined(template, "wrong_axis").faults["wrong_axis"]
    assert "(B, 3, 4, 4)" in axes
    assert "axes (1,) instead of (1, 2, 3)" in axes
    outside = examined(template, "epsilon_outside_unit_interval").faults
    assert "lie outside [0, 1]" in outside["epsilon_outside_unit_interval"]
    assert "at the real samples" in examined(template, "points_not_between").faults["points_not_between"]
    share = examine(
        Penalty(lambda c, r, f: 0.25 * (v := template()(c, r, f)) + 0.75 * v.detach(), Form((3,))),
        "between",
        None,
    )
    assert "0.25 times" in share.faults["detached"]


def test_one_sample_has_no_norm_over_the_batch(template):
    found = examined(template, form=Form((5,), size=2))
    assert found.faults == {}


def test_the_kind_meant_is_compared(template):
    assert "not_the_kind_meant" in examined(template, meant="one_sided").faults
    assert examined(template, meant="one_sided", kind="one_sided").faults == {}


def test_what_is_not_understood_is_shown_by_values():
    def cubic(critic, real, fake):
        return critic.slopes.abs().max() ** 3

    found = examine(Penalty(cubic, Form((3,))), "between", None)
    assert found.kind == "unknown"
    assert "0, 0.001, 1, 1000, 1e+06" in found.faults["unrecognized"]


def test_a_penalty_on_weights_looks_nowhere():
    def weights(critic, real, fake):
        return 3 * critic.slopes[0].square().sum() + 0 * torch.rand(())

    found = examine(Penalty(weights, Form((3,))), "real", None)
    assert found.kind in ("unknown", "zero_centered")
    assert found.faults
