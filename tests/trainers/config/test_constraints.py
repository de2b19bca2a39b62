import logging
from dataclasses import dataclass
from typing import get_args

import pytest
import torch
from pydantic import ValidationError
from torch import nn

import lipschitz
from lipschitz import Batch
from lipschitz.fields import field_types
from lipschitz.registry import registered
from lipschitz.schedules import Linear
from lipschitz_trainers.config.constraints import parse_constraint
from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.plain import constraint_to_plain
from lipschitz_trainers.config.run_file import load_run, validate_file
from lipschitz_trainers.config.yaml12 import dump_yaml


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


# --- every registered constraint, from a file ---

USED_BY_PREPARE = {
    ("orthogonal", "iterations"),
    ("spectral_norm", "power_iterations"),
    ("true_spectral_norm", "power_iterations"),
}
NEEDS = {("gradient_penalty", "radius"): {"points": "noise"}}
"""What another field must be, for one to mean anything."""


def is_numeric(annotation):
    inside = get_args(annotation) or (annotation,)
    return any(part in (int, float) or (get_args(part) and is_numeric(part)) for part in inside)


BUILT_IN = {
    name: cls
    for name, cls in lipschitz.constraints().items()
    if cls.__module__.startswith("lipschitz_plugins.")
}
NUMERIC = [
    (name, field)
    for name, cls in BUILT_IN.items()
    for field, annotation in field_types(cls).items()
    if is_numeric(annotation)
]


@pytest.fixture
def from_file(tmp_path, minimal):
    """Return a function that reads a constraint's block from the YAML of a whole run."""

    def read(block):
        path = tmp_path / "run.yaml"
        path.write_text(dump_yaml(minimal(constraint=block)))
        return load_run(path).constraint

    return read


def outcome(constraint, step):
    """Return what a constraint does at a step: its penalty, and the weights it leaves."""
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1)).double()
    critic = constraint.prepare(critic)
    # Two samples move apart where one is steep: every field has something to say.
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(2, 6, 2, generator=generator, dtype=torch.float64) * 3
    batch = lipschitz.Batch(real=real, fake=fake, step=step, generator=generator)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.mul_(4)
    penalty = constraint.penalty(critic, batch).detach()
    constraint.project(critic, step)
    return [penalty, *(value.detach().clone() for value in critic.state_dict().values())]


@pytest.mark.parametrize(("name", "field"), sorted({*NUMERIC} - USED_BY_PREPARE))
def test_a_scheduled_field_is_at_each_step_what_it_would_be_plainly(from_file, name, field):
    fixed = NEEDS.get((name, field), {})
    default = getattr(lipschitz.build(name, **fixed), field)
    start = 1 if default is None else default
    end = 3 * start if start else 1
    line = {"name": "linear", "start": start, "end": end, "steps": 2}
    constraint = from_file({"name": name, **fixed, "schedules": {field: line}})
    for step, value in ((0, start), (1, (start + end) / 2), (2, end), (9, end)):
        found = getattr(constraint.at(step), field)
        assert found == pytest.approx(value, rel=1e-14)
        plain = lipschitz.build(name, **fixed, **{field: found})
        assert constraint.at(step) == plain
        for got, want in zip(outcome(constraint, step), outcome(plain, step), strict=True):
            torch.testing.assert_close(got, want, rtol=0, atol=0)


@pytest.mark.parametrize(("name", "field"), sorted(USED_BY_PREPARE))
def test_fields_of_prepare_cannot_follow_a_schedule(name, field):
    ((location, message),) = faults({"name": name, "schedules": {field: LINE}})
    assert location == ("schedules", field)
    assert (
        message == f"{field!r} of {name!r} cannot follow a schedule: prepare() uses it, once, before training"
    )


def test_fields_that_nothing_uses_in_training_cannot_follow_a_schedule():
    ((location, message),) = faults(
        {"name": "orthogonal", "map": "cayley", "schedules": {"iterations": LINE}}
    )
    assert location == ("schedules", "iterations")
    assert "it has neither a penalty nor a projection" in message


def test_fields_that_are_no_numbers_cannot_follow_a_schedule():
    for name, cls in BUILT_IN.items():
        for field in {*field_types(cls)} - {field for owner, field in NUMERIC if owner == name}:
            ((location, _),) = faults({"name": name, "schedules": {field: LINE}})
            assert location == ("schedules", field), (name, field)


WITH_PENALTY = [name for name, cls in BUILT_IN.items() if cls.penalty is not lipschitz.Constraint.penalty]


@pytest.mark.parametrize("name", sorted(WITH_PENALTY))
def test_every_takes_the_penalty_at_each_nth_step_only(from_file, name):
    lazy, plain = from_file({"name": name, "every": 3}), from_file(name)
    assert lazy == lipschitz.every(3, plain)
    for step in range(4):
        taken, usual = outcome(lazy, step), outcome(plain, step)
        want = torch.zeros_like(taken[0]) if step % 3 else 3 * usual[0]
        torch.testing.assert_close(taken[0], want, rtol=0, atol=0)
        if name != "augmented_lagrangian_gradient_penalty":  # its projection follows its penalty
            torch.testing.assert_close(taken[1:], usual[1:], rtol=0, atol=0)


@pytest.mark.parametrize("name", sorted({*BUILT_IN} - {*WITH_PENALTY}))
def test_every_is_refused_where_there_is_no_penalty(name):
    reason = f"{name!r} has no penalty, and what it does to the weights it does at every step"
    ((location, message),) = faults({"name": name, "every": 4})
    assert location == ("every",)
    assert message.startswith(reason)
    both = faults({"name": name, "every": 4, "nonsense": 1})
    assert [location for location, _ in both] == [("nonsense",), ("every",)]
    assert faults({"name": name, "every": 0}) == [(("every",), "must be >= 1, got 0")]


def test_trying_a_schedule_out_says_nothing_about_a_critic_nobody_has(caplog):
    with caplog.at_level(logging.WARNING, logger="lipschitz"):
        parse_constraint({"name": "consistency_term", "schedules": {"margin": LINE}})
    assert not caplog.text


def test_contradictions_are_said_of_the_part_that_contradicts():
    ((location, message),) = faults(["one_sided_gradient_penalty", "spectral_norm", "weight_clipping"])
    assert location == (2,)
    assert "'weight_clipping' projects weights that 'spectral_norm' reparametrizes" in message
    ((location, message),) = faults([])
    assert location == ()
    assert message == "must name at least one constraint, got an empty list; 'none' stands for none"


def test_none_stands_for_no_constraint_and_alone():
    constraint = parse_constraint("none")
    critic = torch.nn.Linear(2, 1)
    before = [p.clone() for p in critic.parameters()]
    batch = Batch(real=torch.ones(3, 2), fake=torch.zeros(3, 2))
    assert constraint.prepare(critic, batch) is critic
    constraint.project(critic)
    assert all(map(torch.equal, before, critic.parameters()))
    assert not constraint.penalty(critic, batch).any()
    assert parse_constraint(constraint_to_plain(constraint)) == constraint
    assert "none" not in lipschitz.constraints()
    assert faults(["none", "spectral_norm"]) == [((0,), "'none' stands alone; leave it out of the list")]
    assert faults({"name": "none", "bound": 3})


def test_contradictions_name_the_constraint_and_not_what_wraps_it():
    clipping = {"name": "weight_clipping", "schedules": {"bound": LINE}}
    ((location, message),) = faults(["spectral_norm", clipping])
    assert location == (1,)
    assert message.startswith("'weight_clipping' projects weights that 'spectral_norm' reparametrizes")
    name = "augmented_lagrangian_gradient_penalty"
    for more in ({"every": 4}, {"every": 2, "schedules": {"target": LINE}}):
        ((location, message),) = faults([name, {"name": name, **more}])
        assert location == (1,)
        assert message.startswith(f"{name!r} and {name!r} contradict each other")


def test_a_contradiction_in_a_file_is_said_with_its_line(tmp_path, minimal):
    path = tmp_path / "run.yaml"
    del (values := minimal())["constraint"]
    path.write_text(
        "constraint:\n  - spectral_norm\n  - name: weight_clipping\n    bound: 1\n" + dump_yaml(values)
    )
    (problem,) = validate_file(path)
    assert str(problem).startswith(f"{path}:3: constraint.1: 'weight_clipping' projects weights that")


def test_a_field_of_the_constraint_wins_over_a_reserved_key():
    @dataclass(frozen=True, kw_only=True)
    class Lazy(lipschitz.Constraint):
        name = "lazy_of_config_tests"
        every: float = 1.0

        def project(self, critic, step=0):
            pass

    with registered(Lazy):
        assert parse_constraint({"name": "lazy_of_config_tests", "every": 0.5}) == Lazy(every=0.5)
