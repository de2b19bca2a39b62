"""Schedules: endpoints, monotonicity, bounds, names."""

import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import FieldError, UnknownNameError
from lipschitz.schedules import (
    SCHEDULES,
    Burst,
    Constant,
    Cosine,
    Linear,
    Piecewise,
    Schedule,
    WarmUpCosine,
    schedule_class,
)

values = st.floats(-100, 100)
lengths = st.integers(1, 1000)
steps = st.integers(0, 3000)


@given(values, steps)
def test_constant_is_constant(value, step):
    assert Constant(value=value)(step) == value


@pytest.mark.parametrize("cls", [Linear, Cosine])
@given(values, values, lengths, steps, steps)
def test_ramps_start_and_end_where_they_say_and_never_turn(cls, start, end, length, a, b):
    schedule = cls(start=start, end=end, steps=length)
    assert schedule(0) == pytest.approx(start)
    assert schedule(length) == pytest.approx(end)
    assert schedule(length + a) == schedule(length)
    low, high = sorted((schedule(min(a, b)), schedule(max(a, b))))
    forward = schedule(min(a, b)) <= schedule(max(a, b)) + 1e-9
    assert forward or start >= end, "a rising ramp fell"
    assert min(start, end) - 1e-9 <= low <= high <= max(start, end) + 1e-9


@given(values, values, lengths)
def test_ramps_pass_the_middle_halfway(start, end, length):
    for cls in (Linear, Cosine):
        assert cls(start=start, end=end, steps=2 * length)(length) == pytest.approx((start + end) / 2)


@given(values, values, values, lengths, st.floats(0, 0.99), steps, steps)
def test_warm_up_rises_to_the_peak_and_the_cosine_falls_from_it(start, peak, end, length, warm_up, a, b):
    schedule = WarmUpCosine(steps=length, warm_up=warm_up, start=start, peak=peak, end=end)
    rising = int(warm_up * length)
    assert schedule(rising) == pytest.approx(peak)
    assert schedule(length + a) == pytest.approx(end)
    if rising:
        assert schedule(rising - 1) == pytest.approx(peak)
        assert schedule(0) == pytest.approx(start + (peak - start) / rising)
    cosine = Cosine(start=peak, end=end, steps=length - rising)
    assert schedule(rising + b) == pytest.approx(cosine(b))
    low, high = min(schedule.range_ends()), max(schedule.range_ends())
    assert low - 1e-9 <= schedule(b) <= high + 1e-9


@given(lengths)
def test_without_a_warm_up_it_is_the_cosine(length):
    schedule, cosine = WarmUpCosine(steps=length, warm_up=0), Cosine(start=1, end=0, steps=length)
    assert [schedule(step) for step in range(length + 2)] == [cosine(step) for step in range(length + 2)]


def test_linear_is_linear_and_cosine_starts_flat():
    linear, cosine = (cls(start=0, end=1, steps=100) for cls in (Linear, Cosine))
    assert [linear(step) for step in (25, 50, 75)] == [0.25, 0.5, 0.75]
    assert cosine(10) < 0.03
    assert cosine(90) > 0.97


@given(st.lists(st.integers(0, 100), min_size=1, max_size=5, unique=True).map(sorted), steps)
def test_piecewise_takes_the_value_of_its_interval(boundaries, step):
    schedule = Piecewise(boundaries=tuple(boundaries), values=tuple(range(len(boundaries) + 1)))
    assert schedule(step) == len([b for b in boundaries if b <= step])


@pytest.mark.parametrize(
    ("boundaries", "found", "message"),
    [
        ((3, 2), (1, 2, 3), r"Piecewise.boundaries must increase, got \(3, 2\)"),
        ((2, 2), (1, 2, 3), "Piecewise.boundaries must increase"),
        ((2,), (1,), "one value more than boundaries, got 1 values for 1 boundaries"),
        ((), (1,), "Piecewise.boundaries must be at least 1 long"),
    ],
)
def test_piecewise_refuses_what_does_not_fit(boundaries, found, message):
    with pytest.raises(FieldError, match=message):
        Piecewise(boundaries=boundaries, values=found)


@given(st.integers(0, 50), st.integers(1, 50), steps)
def test_burst_is_at_the_start_and_at_every_nth_step(first, every, step):
    schedule = Burst(usual=1, burst=2, first=first, every=every)
    assert schedule(step) == (2 if step < first or step % every == 0 else 1)


def test_schedules_by_name():
    assert set(SCHEDULES) == {"constant", "linear", "cosine", "warm_up_cosine", "piecewise", "burst"}
    assert schedule_class("linear") is Linear
    with pytest.raises(UnknownNameError, match="unknown schedule 'linaer'. Did you mean 'linear'"):
        schedule_class("linaer")


@pytest.mark.parametrize(
    "schedule",
    [Constant(value=1), Linear(start=0, end=1, steps=2), Piecewise(boundaries=(1,), values=(0, 1)), Burst()],
)
def test_schedules_are_values(schedule):
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert hash(dataclasses.replace(schedule)) == hash(schedule)


def test_fields_are_checked():
    with pytest.raises(FieldError, match="Linear.steps must be >= 1, got 0"):
        Linear(start=0, end=1, steps=0)


def test_a_schedule_without_a_rule_says_so():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Empty(Schedule):
        name = "empty"

    with pytest.raises(NotImplementedError, match="Empty must define __call__"):
        Empty()(0)


every_schedule = pytest.mark.parametrize(
    "schedule",
    [
        Constant(value=3),
        Linear(start=1, end=-2, steps=7),
        Cosine(start=0, end=5, steps=7),
        Piecewise(boundaries=(2, 5), values=(1, 9, -4)),
        WarmUpCosine(steps=7, warm_up=0.5, peak=5),
        Burst(usual=2, burst=11, first=3, every=4),
    ],
)


@every_schedule
def test_the_range_ends_are_the_extreme_values(schedule):
    low, high = min(schedule.range_ends()), max(schedule.range_ends())
    values = [schedule(step) for step in range(30)]
    assert (min(values), max(values)) == pytest.approx((low, high))


@every_schedule
def test_the_extreme_values_are_taken_at_turning_points(schedule):
    values = [schedule(step) for step in range(30)]
    at_points = [schedule(step) for step in schedule.turning_points()]
    assert (min(at_points), max(at_points)) == (min(values), max(values))
