from dataclasses import dataclass

import pytest
from pydantic import ValidationError

import lipschitz
from lipschitz.registry import registered
from lipschitz.schedules import Linear
from lipschitz_trainers.config.constraints import parse_constraint
from lipschitz_trainers.config.faults import collected


def faults(value):
    with pytest.raises(ValidationError) as caught:
        parse_constraint(value)
    return [(fault.location, fault.message) for fault in collected(caught.value)]


LINE = {"name": "linear", "start": 1, "end": 10, "steps": 5}


def test_name_block_and_list():
    clipping = lipschitz.build("weight_clipping")
    assert parse_constraint("weight_clipping") == clipping
    assert parse_constraint({"name": "weight_clipping", "bound": 0.5}) == lipschitz.build(
        "weight_clipping", bound=0.5
    )
    assert parse_constraint(["weight_clipping"]) == clipping
    penalty = lipschitz.build("two_sided_gradient_penalty")
    both = parse_constraint(["weight_clipping", {"name": "two_sided_gradient_penalty"}])
    assert both == lipschitz.compose(clipping, penalty)
    assert parse_constraint(both) is both


def test_every_and_schedules():
    penalty = lipschitz.build("two_sided_gradient_penalty", target=2)
    block = {
        "name": "two_sided_gradient_penalty",
        "target": 2,
        "every": 4,
        "schedules": {"coefficient": LINE},
    }
    expected = lipschitz.every(4, lipschitz.scheduled(penalty, coefficient=Linear(start=1, end=10, steps=5)))
    assert parse_constraint(block) == expected
    assert parse_constraint({**block, "schedules": {}}) == lipschitz.every(4, penalty)


def test_all_faults_of_a_block():
    block = {
        "name": "two_sided_gradient_penalty",
        "coefficient": "10",
        "coeficient": 1,
        "every": 0,
        "schedules": {"coefficent": LINE, "target": {"name": "linear", "start": 1, "end": 1}},
    }
    assert faults(block) == [
        (("coeficient",), "unknown key. Did you mean 'coefficient'?"),
        (("coefficient",), "must be a number, got '10' (write it without quotes)"),
        (("schedules", "coefficent"), "unknown key. Did you mean 'coefficient'?"),
        (("schedules", "target", "steps"), "is missing"),
        (("every",), "must be >= 1, got 0"),
    ]


def test_all_faults_of_a_list():
    assert [location for location, _ in faults(["nope", {"name": "weight_clipping", "bound": 0}, 3])] == [
        (0,),
        (1, "bound"),
        (2,),
    ]


def test_reserved_keys_are_suggested():
    assert faults({"name": "weight_clipping", "evrey": 3}) == [
        (("evrey",), "unknown key. Did you mean 'every'?")
    ]


@pytest.mark.parametrize(
    ("schedules", "location", "part"),
    [
        (3, ("schedules",), "must be a mapping from field to schedule, got 3"),
        ({"coefficient": 3}, ("schedules", "coefficient"), "must be the name of a schedule"),
        (
            {"coefficient": {"name": "linear", "start": -1, "end": 1, "steps": 5}},
            ("schedules", "coefficient"),
            "must be",
        ),
        (
            {"coefficient": {"name": "linear", "start": 1, "end": -1, "steps": 5}},
            ("schedules", "coefficient"),
            "must be",
        ),
    ],
)
def test_faults_of_schedules(schedules, location, part):
    ((found, message),) = faults({"name": "two_sided_gradient_penalty", "schedules": schedules})
    assert found == location
    assert part in message
    assert "Penalty." not in message


def test_fields_of_prepare_cannot_follow_a_schedule():
    line = {"name": "linear", "start": 1, "end": 3, "steps": 2}
    ((location, _),) = faults({"name": "spectral_norm", "schedules": {"power_iterations": line}})
    assert location == ("schedules", "power_iterations")


def test_contradictions():
    ((location, message),) = faults(["spectral_norm", "weight_clipping"])
    assert location == ()
    assert "'weight_clipping' projects weights that 'spectral_norm' reparametrizes" in message
    assert faults([]) == [((), "must name at least one constraint, got an empty list")]


def test_a_field_of_the_constraint_wins_over_a_reserved_key():
    @dataclass(frozen=True, kw_only=True)
    class Lazy(lipschitz.Constraint):
        name = "lazy_of_config_tests"
        every: float = 1.0

        def project(self, critic, step=0):
            pass

    with registered(Lazy):
        assert parse_constraint({"name": "lazy_of_config_tests", "every": 0.5}) == Lazy(every=0.5)
