import pytest
from pydantic import ValidationError

from lipschitz import UnknownNameError
from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.generators import (
    DataPlusNoise,
    FixedGeneratorConfig,
    GeneratorConfig,
    OtherSide,
    SecondDataset,
    fixed_generator_class,
    parse_generator,
)

TRAINED = {"network": "fake_network", "optimizer": "adam"}


def faults(value):
    with pytest.raises(ValidationError) as caught:
        parse_generator(value)
    return {fault.location: fault.message for fault in collected(caught.value)}


def test_told_apart_by_the_key_fixed(fakes):
    trained = parse_generator(TRAINED)
    assert isinstance(trained, GeneratorConfig)
    assert (trained.latent, trained.batch_size, trained.ema) == (128, None, None)
    assert parse_generator({"fixed": "data_plus_noise"}) == FixedGeneratorConfig(fixed=DataPlusNoise(std=1.0))
    second = parse_generator({"fixed": {"name": "second_dataset", "dataset": {"name": "fake_points"}}})
    assert second.fixed == SecondDataset(dataset=fakes.FakePoints())
    assert parse_generator(second) is second
    assert parse_generator({"fixed": "other_side"}).fixed == OtherSide()


@pytest.mark.parametrize(
    ("value", "location", "part"),
    [
        (3, (), "must be a mapping with either 'fixed' alone, or 'network'"),
        ({}, ("network",), "is missing"),
        ({"fixd": {}}, ("fixd",), "unknown key. Did you mean 'fixed'?"),
        ({"zzz": {}}, ("zzz",), "unknown key. Did you mean 'fixed'?"),
        ({"netwrok": "mlp"}, ("netwrok",), "unknown key. Did you mean 'network'?"),
        ({"fixed": {"name": "data_plus_nose"}}, ("fixed", "name"), "Did you mean 'data_plus_noise'?"),
        ({"fixed": {"name": "data_plus_noise", "std": 0}}, ("fixed", "std"), "must be > 0, got 0"),
        ({"fixed": {"name": "second_dataset", "dataset": "nope"}}, ("fixed", "dataset"), "unknown dataset"),
        ({"fixed": "second_dataset"}, ("fixed", "dataset"), "is missing"),
        ({"fixed": "data_plus_noise", "latent": 3}, ("latent",), "unknown key"),
        ({**TRAINED, "ema": 1}, ("ema",), "must be < 1, got 1"),
        ({**TRAINED, "ema": 10**400}, ("ema",), "must be"),
        ({**TRAINED, "latent": True}, ("latent",), "must be a whole number, got true"),
        ({**TRAINED, "network": "fake_critic"}, ("network",), "'fake_critic' is a critic and cannot serve"),
    ],
)
def test_faults(value, location, part):
    assert part in faults(value)[location]


def test_one_wrong_key_is_one_fault():
    assert len(faults({"fixd": {}})) == 1


def test_unknown_fixed_generator():
    with pytest.raises(UnknownNameError, match="unknown fixed generator 'x'"):
        fixed_generator_class("x")
