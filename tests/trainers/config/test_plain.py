from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipschitz
from lipschitz import ConfigError
from lipschitz.fields import Checked
from lipschitz.registry import registered
from lipschitz.schedules import Constant
from lipschitz_trainers import registry
from lipschitz_trainers.config.constraints import parse_constraint
from lipschitz_trainers.config.named import build_fields
from lipschitz_trainers.config.plain import constraint_to_plain, to_plain
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.config.yaml12 import dump_yaml, load_yaml


@given(st.data())
def test_round_trip(configs, data):
    config = data.draw(configs)
    text = dump_yaml(to_plain(config))
    read = RunConfig.model_validate(load_yaml(text, "run.yaml").data)
    assert read == config
    assert to_plain(read) == to_plain(config)


def test_every_default_is_spelled_out(minimal):
    plain = to_plain(RunConfig.model_validate(minimal()))
    assert list(plain) == list(RunConfig.model_fields)
    assert plain["evaluation"] == {"every": None, "samples": 1000, "metrics": None}
    assert plain["critic"]["optimizer"] == {
        "name": "adam",
        "schedule": None,
        "lr": 1e-4,
        "betas": [0.0, 0.9],
        "eps": 1e-8,
        "weight_decay": 0.0,
    }
    assert plain["generator"]["batch_size"] is None


def test_composed_constraints():
    penalty = lipschitz.build("two_sided_gradient_penalty")
    lazy = lipschitz.every(4, lipschitz.scheduled(penalty, coefficient=Constant(value=3)))
    blocks = constraint_to_plain(lipschitz.compose(lipschitz.build("spectral_norm"), lazy))
    assert [block["name"] for block in blocks] == ["spectral_norm", "two_sided_gradient_penalty"]
    assert blocks[1]["every"] == 4
    assert blocks[1]["schedules"] == {"coefficient": {"name": "constant", "value": 3.0}}


@pytest.mark.parametrize(
    "combine",
    [
        lambda penalty: lipschitz.every(2, lipschitz.compose(penalty, penalty)),
        lambda penalty: lipschitz.every(2, lipschitz.every(3, penalty)),
        lambda penalty: lipschitz.scheduled(lipschitz.every(2, penalty), n=lambda step: 2),
    ],
)
def test_what_yaml_cannot_spell_is_refused(combine):
    with pytest.raises(ConfigError, match="cannot be written as YAML"):
        constraint_to_plain(combine(lipschitz.build("two_sided_gradient_penalty")))


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Brush(Checked):
    width: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Painted(lipschitz.Constraint):
    name = "painted_of_config_tests"
    colour: Colour = Colour.RED
    tin: Path = Path("a/b")
    brushes: tuple[Brush, ...] = (Brush(),)

    def project(self, critic, step=0):
        pass


def test_fields_of_other_types():
    painted = Painted(tin=Path("c"), brushes=(Brush(width=2), Brush()))
    plain = constraint_to_plain(painted)
    assert plain["brushes"] == [{"width": 2.0}, {"width": 1.0}]
    with registered(Painted):
        assert parse_constraint(load_yaml(dump_yaml(plain), "x.yaml").data) == painted


@pytest.mark.parametrize("kind", ["constraint", "dataset", "network", "objective", "metric", "extractor"])
def test_everything_registered_comes_back_from_its_fields(kind):
    for cls in registry.registered(kind).values():
        try:
            item = cls()
        except TypeError:
            continue  # It has required fields.
        plain = load_yaml(dump_yaml(to_plain_block(item)), "x.yaml").data
        assert build_fields(cls, plain) == item


def to_plain_block(item):
    from lipschitz_trainers.config.plain import _fields

    return _fields(item)
