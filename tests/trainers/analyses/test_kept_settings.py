"""Settings that are kept: nothing is lost, and every change of an experiment is noticed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses.kept_settings import (
    configurations,
    merged,
    settings_of,
    shared_by,
    staleness,
    without,
)
from lipschitz_trainers.analyses.results import Results
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.config.experiment import make_experiment

leaves = st.one_of(st.none(), st.integers(0, 2), st.lists(st.integers(0, 1), max_size=2))
configs = st.recursive(
    st.dictionaries(st.sampled_from("abc"), leaves),
    lambda inner: st.dictionaries(st.sampled_from("abc"), st.one_of(leaves, inner)),
)


@given(st.lists(configs, min_size=1, max_size=4))
def test_what_is_shared_and_what_is_not_make_up_the_whole(given_configs):
    shared = shared_by(given_configs)
    for config in given_configs:
        own = without(config, shared)
        assert merged(shared, own) == config
        assert (own == {}) == (config == shared)


@given(configs, st.integers(1, 3))
def test_of_equal_configurations_everything_is_shared(config, times):
    assert shared_by([config] * times) == config


PLAYER = {"network": {"name": "mlp", "width": 8, "depth": 1}, "optimizer": "adam"}
VALUES = {
    "description": "d",
    "base": {
        "dataset": "swiss_roll",
        "generator": {**PLAYER, "latent": 2},
        "critic": PLAYER,
        "constraint": "weight_clipping",
        "steps": 20,
    },
    "variants": {"plain": {}, "short": {"steps": 5}},
    "seeds": 2,
    "profiles": {"quick": None},
}


def kept_of(values):
    """Return what is kept of the runs of an experiment, after a way through JSON."""
    runs = make_experiment(values, "x").resolve("quick")
    study = study_of(Results("x", "quick"), {(run.variant, run.seed): run.plain for run in runs})
    return json.loads(json.dumps(settings_of(study)))


def stale(values, settings):
    return staleness(settings, "quick", make_experiment(values, "x"))


def test_an_experiment_that_has_not_changed_is_not_stale():
    kept = kept_of(VALUES)
    assert kept["shared"]["batch_size"] == 64
    assert set(kept["runs"]) == {"plain-seed0", "plain-seed1", "short-seed0", "short-seed1"}
    assert configurations(kept)["short-seed1"]["steps"] == 5
    assert stale(VALUES, kept) is None


BASE = VALUES["base"]
SCHEDULED = {**PLAYER, "optimizer": {"name": "adam", "schedule": {"name": "warm_up_cosine", "steps": 9}}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"base": {**BASE, "steps": 30}}, "steps was 20, is 30"),
        (
            {"base": {**BASE, "critic": SCHEDULED}},
            "critic.optimizer.schedule was None, is warm_up_cosine (steps 9",
        ),
        ({"variants": {"plain": {}, "short": {"steps": 6}}}, "steps was 5, is 6"),
        ({"variants": {"plain": {}}}, "2 runs no longer planned (short-seed0, short-seed1)"),
        ({"seeds": 3}, "2 runs not made (plain-seed2, short-seed2)"),
        ({"base": {**BASE, "evaluation": {"metrics": ["w1"]}}}, "evaluation.metrics was None, is [w1]"),
        ({"base": {**BASE, "checkpoint": {"every": 3}}}, None),
    ],
)
def test_changes_of_the_experiment_are_named(change, reason):
    found = stale({**VALUES, **change}, kept_of(VALUES))
    assert found is None if reason is None else found.startswith(reason)


def test_a_field_that_is_younger_than_the_runs_has_its_default():
    kept = kept_of(VALUES)
    del kept["shared"]["critic"]["network"]["normalization"], kept["shared"]["precision"]
    assert stale(VALUES, kept) is None
    changed = {**VALUES, "base": {**BASE, "precision": "bf16-mixed"}}
    assert stale(changed, kept) == "precision was 32-true, is bf16-mixed"


def test_what_is_not_known_is_stale():
    assert stale(VALUES, None) == "its settings were not kept"
    found = staleness(kept_of(VALUES), "slow", make_experiment(VALUES, "x"))
    assert found == "there is no profile slow any more"


def test_many_changes_are_cut_short():
    changed = {**BASE, "steps": 7, "batch_size": 3, "precision": "bf16-mixed", "constraint": "spectral_norm"}
    found = stale({**VALUES, "base": changed}, kept_of(VALUES))
    assert found.endswith("more settings")
    assert found.count("was") == 3
