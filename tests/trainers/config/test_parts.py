"""What is known of a run of which something is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.config.parts import Parts, parts_of
from lipschitz_trainers.config.schema import RunConfig, well_formed_parts

EMPTY = Parts(samples=7)


def parts(run):
    return parts_of(run, objective="none such", samples=7)


@given(st.data())
def test_a_checked_run_and_its_plain_values_have_the_same_parts(runs, data):
    plain = data.draw(runs)
    config = RunConfig.model_validate(plain)
    assert well_formed_parts(plain) == well_formed_parts(config)
    assert well_formed_parts(config).dataset == config.dataset


def test_each_part_stands_without_the_others(minimal):
    whole = minimal(evaluation={"samples": 5, "metrics": ["fake_distance", "fake_score"]})
    found = parts(whole)
    assert (found.dataset.name, found.objective.name, found.samples) == ("fake_points", "fake_objective", 5)
    assert (found.critic.name, found.generator.name) == ("fake_network", "fake_network")
    assert {place: metric.name for place, metric in found.metrics.items()} == {0: "fake_distance"}
    for key in ("dataset", "objective", "critic", "generator"):
        broken = parts(whole | {key: {"name": "nothing"}})
        assert getattr(broken, key) is None
        assert broken.samples == 5
        assert (
            sum(getattr(broken, other) is None for other in ("dataset", "objective", "critic", "generator"))
            == 1
        )


@pytest.mark.parametrize(
    "nonsense", [None, 3, "text", [], {}, {"generator": 3, "critic": [], "evaluation": "x"}]
)
def test_nothing_is_known_of_nonsense(nonsense):
    assert parts(nonsense) == EMPTY


def test_a_fixed_generator_is_no_network(minimal):
    found = parts(minimal(generator={"fixed": {"name": "data_plus_noise", "std": 2.0}}))
    assert (found.fixed.std, found.generator) == (2.0, None)
    assert parts(minimal(generator={"fixed": "nothing"})).fixed is None
    assert parts(minimal(evaluation={"samples": "many"})).samples is None
