"""Differences of configurations, against flat dictionaries of the same."""

from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.differences import completed, differences
from lipschitz_trainers.config import parse_run
from lipschitz_trainers.config.plain import to_plain

leaves = st.one_of(st.none(), st.integers(0, 2), st.lists(st.integers(0, 1), max_size=2))
configs = st.recursive(
    st.dictionaries(st.sampled_from("abc"), leaves),
    lambda inner: st.dictionaries(st.sampled_from("abc"), st.one_of(leaves, inner)),
)


def flat(config, path=""):
    """Return every leaf that is not null by its path; blocks count as leaves too, so that none is lost."""
    found = {}
    for key, value in config.items():
        if isinstance(value, dict):
            found |= {f"{path}{key}": "block"} | flat(value, f"{path}{key}.")
        elif value is not None:
            found[f"{path}{key}"] = value
    return found


@given(configs, configs)
def test_there_is_one_where_and_only_where_flat_settings_differ(first, second):
    found = list(differences(first, second))
    one, other = flat(first), flat(second)
    differing = {key for key in one | other if one.get(key) != other.get(key)}
    keys = {difference.key for difference in found}
    assert keys <= differing
    # Below a block that the other side lacks, nothing more is told.
    assert all(key in keys or any(key.startswith(f"{told}.") for told in keys) for key in differing)
    assert len(found) == len(keys)


@given(configs, configs)
def test_the_sides_can_be_exchanged(first, second):
    there = {(key, a, b) for key, a, b in map(repr_sides, differences(first, second))}
    assert there == {(key, b, a) for key, a, b in map(repr_sides, differences(second, first))}
    assert not list(differences(first, first))


def repr_sides(difference):
    return difference.key, repr(difference.first), repr(difference.second)


def test_of_blocks_with_other_names_the_shared_keys_are_compared():
    first = {"network": {"name": "mlp", "width": 8, "depth": 2, "activation": "relu"}}
    second = {"network": {"name": "silu_mlp", "width": 16, "depth": 2, "residual": True}}
    assert [tuple(found) for found in differences(first, second)] == [
        ("network.name", "mlp", "silu_mlp"),
        ("network.width", 8, 16),
    ]


def test_keys_can_be_ignored():
    first, second = {"a": {"b": 1, "c": 1}, "d": 1}, {"a": {"b": 2, "c": 2}}
    assert [found.key for found in differences(first, second, ("a.b", "d"))] == ["a.c"]


PLAYER = {"network": {"name": "mlp", "width": 8}, "optimizer": "adam"}
RUN = {
    "dataset": "swiss_roll",
    "generator": {**PLAYER, "latent": 2},
    "critic": PLAYER,
    "constraint": "weight_clipping",
    "steps": 3,
}


def test_defaults_are_filled_in_and_what_is_no_configuration_stays():
    assert completed(RUN) == to_plain(parse_run(RUN))
    strange = {**RUN, "momentum": 3}
    assert completed(strange) == strange
