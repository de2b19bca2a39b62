import pytest
from pydantic import TypeAdapter, ValidationError

from lipschitz.schedules import Burst, Constant, Cosine, Linear, Piecewise
from lipschitz_trainers.config.choices import (
    METRIC,
    SCHEDULE,
    CriticNetworkField,
    DatasetField,
    GeneratorNetworkField,
    turning_points,
    values_taken,
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


every_schedule = pytest.mark.parametrize(
    "schedule",
    [
        Constant(value=3),
        Linear(start=1, end=-2, steps=7),
        Cosine(start=0, end=5, steps=7),
        Piecewise(boundaries=(2, 5), values=(1, 9, -4)),
        Burst(usual=2, burst=11, first=3, every=4),
    ],
)


@every_schedule
def test_values_taken_bound_every_value(schedule):
    low, high = min(values_taken(schedule)), max(values_taken(schedule))
    values = [schedule(step) for step in range(30)]
    assert (min(values), max(values)) == pytest.approx((low, high))


@every_schedule
def test_the_extreme_values_are_taken_at_turning_points(schedule):
    values = [schedule(step) for step in range(30)]
    at_points = [schedule(step) for step in turning_points(schedule)]
    assert (min(at_points), max(at_points)) == (min(values), max(values))
