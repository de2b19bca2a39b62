"""`lipschitz describe`."""

import dataclasses
import re
from typing import Annotated, ClassVar, Literal

import pytest
from annotated_types import Ge, Gt, Lt, MinLen

from lipschitz.registry import registered
from lipschitz_trainers import registry
from lipschitz_trainers.cli.describe import spell
from lipschitz_trainers.cli.docstrings import docstring_of
from lipschitz_trainers.config import experiment_names
from lipschitz_trainers.config.constraints import parse_constraint
from lipschitz_trainers.config.yaml12 import load_yaml

NAMES = [(kind, name) for kind in registry.AXES for name in registry.registered(kind)]


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_every_name_is_described(cli, kind, name):
    done = cli("describe", name)
    assert done.code == 0, done.err
    assert f"{name}  ({kind})" in done.out
    (origin,) = (line for line in done.out.splitlines() if line.startswith("from: "))
    assert "(plugin " in origin
    for field in dataclasses.fields(registry.class_of(kind, name)):
        assert field.name in done.out


@pytest.mark.parametrize("name", experiment_names())
def test_every_experiment_is_described(cli, name):
    done = cli("describe", name)
    assert done.code == 0, done.err
    assert f"lipschitz run {name}" in done.said
    for word in ("profile quick: ", "profile paper: ", "variants"):
        assert word in done.out


def test_an_unknown_name(cli):
    done = cli("describe", "spectral_nrom")
    assert done.code == 2
    assert "unknown name 'spectral_nrom'. Did you mean 'spectral_norm'?" in done.said


@pytest.mark.parametrize(
    ("begun", "meant"), [("r1_gradient", "'r1_gradient_penalty'"), ("l1_w", "'l1_weight_decay'")]
)
def test_the_beginning_of_a_name(cli, begun, meant):
    done = cli("describe", begun)
    assert done.code == 2
    assert f"unknown name {begun!r}. Did you mean {meant}?" in done.said


@pytest.mark.parametrize(
    ("name", "python", "yaml"),
    [
        ("every", "lipschitz.every(", "every: 16}"),
        ("scheduled", "lipschitz.scheduled(", "schedules: {coefficient:"),
        ("schedules", "lipschitz.scheduled(", "schedules: {coefficient:"),
        ("compose", "lipschitz.compose(", "[spectral_norm, {name: r1_gradient_penalty}]"),
        ("composition", "lipschitz.compose(", "[spectral_norm, {name: r1_gradient_penalty}]"),
    ],
)
def test_what_acts_on_constraints_is_described(cli, name, python, yaml):
    done = cli("describe", name)
    assert done.code == 0, done.err
    assert python in done.said
    assert yaml in done.said
    block = re.search(r"`constraint: (.*?)`", done.said)[1]
    assert parse_constraint(load_yaml(block, "run.yaml").data).guarantee in ("soft", "hard")


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Annotated[float, Gt(0)], "float > 0"),
        (Annotated[float, Ge(0), Lt(1)], "float >= 0 and < 1"),
        (Annotated[int, Ge(1)] | None, "int >= 1 | null"),
        (float, "float"),
        (bool, "bool"),
        (Literal["a", "b"], "a | b"),
        (tuple[float, float], "tuple[float, float]"),
        (Annotated[str, MinLen(2)], "str length >= 2"),
        (str | None, "str | null"),
        (list[int], "list[int]"),
    ],
)
def test_types_are_spelled_for_people(annotation, said):
    assert spell(annotation) == said


def test_defaults_are_shown(cli):
    import lipschitz

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Shown(lipschitz.Constraint):
        """Shows its fields."""

        name: ClassVar[str] = "shown"
        needed: Annotated[float, Gt(0)]
        usual: float = 2.5
        text: str = "[red]"
        several: tuple[int, ...] = dataclasses.field(default_factory=lambda: (1, 2))

        def penalty(self, critic, batch):
            return lipschitz.no_penalty(batch)

    with registered(Shown):
        out = cli("describe", "shown").out
    rows = {line.split()[0]: " ".join(line.split()) for line in out.splitlines() if line.strip()}
    assert rows["guarantee:"] == "guarantee: none: nothing is said about slopes"
    assert rows["cost:"] == "cost: unknown: its class does not say"
    assert "looks" in rows
    assert rows["needed"] == "needed float > 0 required"
    assert rows["usual"] == "usual float 2.5"
    assert rows["text"] == "text str '[red]'"
    assert rows["several"] == "several tuple[int, ...] (1, 2)"


FACTS = {
    "one_sided_gradient_penalty": [
        "max(0, |grad D(point)| - target)^2",
        "family: gradient penalty",
        "guarantee: soft: steep slopes cost, where the penalty looks",
        "looks at: each sample alone",
        "coefficient float > 0 10.0 the penalty coefficient",
        "source Petzka, Fischer, Lukovnikov: On the regularization of Wasserstein GANs, 2018, arXiv 1709.08894",
    ],
    "weight_clipping": [
        "w <- min(max(w, -bound), bound)",
        "guarantee: hard: a bound on the slope follows from the parameters, at every step",
        "changes: weights",
        "bound float > 0 0.01 the largest absolute value of a parameter",
    ],
}


@pytest.mark.parametrize("name", FACTS)
def test_formula_guarantee_fields_and_source_are_shown(cli, name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    said = " ".join(cli("describe", name).out.split())
    for fact in FACTS[name]:
        assert fact in said


def test_every_constraint_has_a_formula_and_a_source():
    for name, cls in registry.registered("constraint").items():
        parts = docstring_of(cls)
        assert parts.formula, name
        assert parts.sections["References"], name


def test_cost_and_samples_are_explained_and_inherited_fields_too(cli, monkeypatch):
    import lipschitz

    monkeypatch.setenv("COLUMNS", "200")

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Base(lipschitz.Constraint):
        """Has a field.

        Attributes:
            radius: how far.
        """

        radius: float = 1.0

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Derived(Base):
        """Has that field too."""

        name: ClassVar[str] = "derived"
        cost: ClassVar[str] = "double backward"
        per_sample: ClassVar[bool] = False

        def penalty(self, critic, batch):
            return lipschitz.no_penalty(batch)

    with registered(Derived):
        said = " ".join(cli("describe", "derived").out.split())
    assert "cost: double backward: gradients by input, differentiated again" in said
    assert "looks at: the batch as a whole" in said
    assert "radius float 1.0 how far." in said


def test_what_has_no_penalty_looks_at_no_samples(cli):
    assert "looks at" not in cli("describe", "weight_clipping").out
    assert "looks at" not in cli("describe", "l1_weight_decay").out, "a penalty, but of the weights"


def test_of_many_variants_some_are_named(cli):
    done = cli("describe", "table2_random_architectures")
    assert "  200: draw000, draw001, draw002, draw003, draw004, ..., draw199\n" in done.out
    assert max(map(len, done.out.splitlines())) < 120
    assert "eight_gaussians, twenty_five_gaussians, swiss_roll" in cli("describe", "toy_gan").out
