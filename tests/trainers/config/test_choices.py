import pytest
from pydantic import TypeAdapter, ValidationError

from lipschitz.schedules import Burst
from lipschitz_trainers.config.choices import (
    METRIC,
    SCHEDULE,
    CriticNetworkField,
    DatasetField,
    GeneratorNetworkField,
)
from lipschitz_trainers.config.faults import collected


def faults(field, value):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(field).validate_python(value)
    return [(fault.location, fault.message) for fault in collected(caught.value)]


def test_registered_things(fakes):
    assert TypeAdapter(DatasetField).validate_python("fake_points") == fakes.FakePoints()
    assert METRIC({"name": "fake_distance", "projections": 3}) == fakes.FakeDistance(projections=3)
    assert SCHEDULE("burst") == Burst()


def test_unknown_names_suggest_the_closest():
    ((location, message),) = faults(DatasetField, {"name": "fake_pionts"})
    assert location == ("name",)
    assert message.startswith("unknown dataset 'fake_pionts'. Did you mean 'fake_points'?")


def test_networks_serve_in_their_role():
    assert TypeAdapter(GeneratorNetworkField).validate_python("fake_generator").name == "fake_generator"
    ((location, message),) = faults(CriticNetworkField, "fake_generator")
    assert location == ()
    assert message.startswith("'fake_generator' is a generator and cannot serve as a critic; these can: ")
    assert "'fake_critic'" in message
    assert "'fake_generator'" not in message.partition(";")[2]
