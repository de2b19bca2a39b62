import pytest
from pydantic import ValidationError

from lipschitz import ConfigError
from lipschitz_trainers import registry
from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.pairing import opposite
from lipschitz_trainers.config.schema import RunConfig
from lipschitz_trainers.data.known_pairs import KnownPair

PAIRS = [name for name, cls in registry.registered("dataset").items() if issubclass(cls, KnownPair)]


@pytest.mark.parametrize("name", PAIRS)
def test_every_pair_has_two_sides(name):
    dataset = registry.build("dataset", name)
    other = opposite(dataset)
    assert type(other) is type(dataset)
    assert {dataset.side, other.side} == {"p", "q"}
    assert opposite(other) == dataset


def test_other_data_have_none():
    with pytest.raises(
        ConfigError, match=r"'other_side' needs data .* got 'swiss_roll'. Use one of 'min_funnels'"
    ):
        opposite(registry.build("dataset", "swiss_roll"))


def test_a_run_that_asks_for_it_in_vain_is_refused_at_the_generator(minimal):
    values = minimal() | {"dataset": "swiss_roll", "generator": {"fixed": "other_side"}}
    with pytest.raises(ValidationError) as caught:
        RunConfig.model_validate(values)
    ((fault),) = collected(caught.value)
    assert fault.location == ("generator", "fixed")
    RunConfig.model_validate(values | {"dataset": {"name": "min_funnels"}})
