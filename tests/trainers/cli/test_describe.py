"""`lipschitz describe`."""

import dataclasses
from typing import Annotated, ClassVar, Literal

import pytest
from annotated_types import Ge, Gt, Lt, MinLen

from lipschitz.registry import registered
from lipschitz_trainers import registry
from lipschitz_trainers.cli.describe import spell
from lipschitz_trainers.config import experiment_names

NAMES = [(kind, name) for kind in registry.AXES for name in registry.registered(kind)]


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_every_name_is_described(cli, kind, name):
    done = cli("describe", name)
    assert done.code == 0, done.err
    assert f"{name}  ({kind})" in done.out
    assert "from: " in done.out
    assert "unknown" not in done.out.splitlines()[1]
    for field in dataclasses.fields(registry.class_of(kind, name)):
        assert field.name in done.out


@pytest.mark.parametrize("name", experiment_names())
def test_every_experiment_is_described(cli, name):
    done = cli("describe", name)
    assert done.code == 0, done.err
    assert f"lipschitz run {name}" in done.said
    for word in ("profiles: ", "variants: "):
        assert word in done.out


def test_an_unknown_name(cli):
    done = cli("describe", "spectral_nrom")
    assert done.code == 2
    assert "unknown name 'spectral_nrom'. Did you mean 'spectral_norm'?" in done.said


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
    assert rows["needed"] == "needed float > 0 required"
    assert rows["usual"] == "usual float 2.5"
    assert rows["text"] == "text str '[red]'"
    assert rows["several"] == "several tuple[int, ...] (1, 2)"
