"""Several fields of a constraint that follow schedules together."""

import pytest
from pydantic import ValidationError

import lipschitz
from lipschitz.schedules import Linear
from lipschitz_trainers.config.constraints import parse_constraint
from lipschitz_trainers.config.faults import collected


def faults(value):
    with pytest.raises(ValidationError) as caught:
        parse_constraint(value)
    return [(fault.location, fault.message) for fault in collected(caught.value)]


def line(start, end):
    return {"name": "linear", "start": start, "end": end, "steps": 5}


def test_schedules_need_fit_each_other_only_and_not_the_defaults():
    # Half-way through, the shortest is longer than the default of the longest.
    name = "adversarial_lipschitz_regularization"
    block = {"name": name, "schedules": {"shortest": line(0.1, 20), "longest": line(10, 30)}}
    lengths = {"shortest": Linear(start=0.1, end=20, steps=5), "longest": Linear(start=10, end=30, steps=5)}
    assert parse_constraint(block) == lipschitz.scheduled(lipschitz.build(name), **lengths)
    ((location, message),) = faults({"name": name, "schedules": {"shortest": line(0.1, 20)}})
    assert location == ("schedules", "shortest")
    assert message.startswith("at step 5, longest must be at least shortest (20.0), got 10.0")


def test_each_field_that_leaves_its_own_range_is_named():
    schedules = {"shortest": line(1, -1), "longest": line(0, 30), "iterations": line(1, -3)}
    found = faults({"name": "adversarial_lipschitz_regularization", "schedules": schedules})
    assert found == [
        (("schedules", "shortest"), "must be > 0, got -1.0"),
        (("schedules", "longest"), "must be > 0, got 0.0"),
        (("schedules", "iterations"), "must be >= 0, got -3"),
    ]


def test_schedules_that_contradict_each_other_later_on():
    block = {
        "name": "adversarial_lipschitz_regularization",
        "schedules": {
            "shortest": {"name": "linear", "start": 0.1, "end": 5, "steps": 3},
            "longest": {"name": "piecewise", "boundaries": [7], "values": [10, 1]},
        },
    }
    ((location, message),) = faults(block)
    assert location == ("schedules",)
    assert message.startswith("at step 7, longest must be at least shortest (5.0), got 1.0")
