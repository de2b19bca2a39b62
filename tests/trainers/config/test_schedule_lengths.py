import pytest

from lipschitz_trainers.config import parse_run
from lipschitz_trainers.config.schedule_lengths import with_lengths


def run(schedule, player="critic", **changes):
    return {player: {"optimizer": {"name": "adam", "schedule": schedule}}, **changes}


@pytest.mark.parametrize("player", ["critic", "generator"])
@pytest.mark.parametrize("name", ["linear", "cosine", "warm_up_cosine"])
def test_a_schedule_without_a_length_gets_that_of_the_run(name, player):
    def length(values):
        return values[player]["optimizer"]["schedule"]["steps"]

    schedule = {"name": name}
    assert length(with_lengths(run(schedule, player, steps=7), 1000)) == 7
    assert length(with_lengths(run(schedule, player), 1000)) == 1000
    assert length(with_lengths(run({**schedule, "steps": 3}, player, steps=7), 1000)) == 3
    assert "steps" not in schedule, "what was given stays as it is"


@pytest.mark.parametrize(
    "values",
    [
        None,
        3,
        {},
        {"critic": None},
        {"critic": {"optimizer": "adam"}},
        run("cosine"),
        run({"name": "piecewise", "boundaries": [3], "values": [1, 0]}),
        run({"name": "nope"}),
        run({"start": 1}),
    ],
)
def test_everything_else_is_left_as_it_is(values):
    assert with_lengths(values, 1000) == values


def test_in_a_run(minimal):
    values = minimal() | {"steps": 40}
    values["critic"] = {
        **values["critic"],
        "optimizer": {"name": "adam", "schedule": {"name": "warm_up_cosine"}},
    }
    schedule = parse_run(values).critic.optimizer.schedule
    assert schedule.steps == 40
    assert [schedule(0), schedule(1), schedule(40)] == [0.5, 1.0, 0.0]
