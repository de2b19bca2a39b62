"""Norms in a file: infinity as a number or as a word."""

import pytest
from pydantic import ValidationError

import lipschitz
from lipschitz_trainers.config.constraints import parse_constraint
from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.plain import constraint_to_plain
from lipschitz_trainers.config.run_file import load_run
from lipschitz_trainers.config.yaml12 import dump_yaml


def faults(value):
    with pytest.raises(ValidationError) as caught:
        parse_constraint(value)
    return [(fault.location, fault.message) for fault in collected(caught.value)]


@pytest.mark.parametrize("written", [".inf", "inf", "+.INF", '"inf"'])
def test_infinity_is_a_norm_in_a_file_too(tmp_path, minimal, written):
    path = tmp_path / "run.yaml"
    del (values := minimal())["constraint"]
    path.write_text(f"constraint: {{name: gradient_penalty, norm: {written}}}\n" + dump_yaml(values))
    constraint = load_run(path).constraint
    assert constraint == lipschitz.build("gradient_penalty", norm="inf")
    assert constraint_to_plain(constraint)["norm"] == "inf"
    assert parse_constraint(constraint_to_plain(constraint)) == constraint


@pytest.mark.parametrize("value", [float("nan"), -float("inf"), 0.5])
def test_other_numbers_are_no_norm(value):
    ((location, _),) = faults({"name": "gradient_penalty", "norm": value})
    assert location == ("norm",)


def test_infinity_is_no_coefficient():
    ((location, message),) = faults({"name": "gradient_penalty", "coefficient": float("inf")})
    assert (location, message) == (("coefficient",), "must be a finite number, got inf")
