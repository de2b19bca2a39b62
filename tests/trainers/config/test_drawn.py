"""Variants drawn at random: reproducible, fair, and checked at their line."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import ConfigError
from lipschitz_trainers.config.drawn import Draw
from lipschitz_trainers.config.experiment import load_experiment, make_experiment

BASE = {
    "dataset": "swiss_roll",
    "generator": {"network": {"name": "mlp"}, "latent": 2, "optimizer": {"name": "adam", "lr": 1e-4}},
    "critic": {"network": {"name": "mlp"}, "optimizer": {"name": "adam", "lr": 1e-4}},
    "constraint": "one_sided_gradient_penalty",
    "steps": 10,
}
CHOICES = {
    "critic.network.depth": [1, 2, 3],
    "critic.network.activation": ["relu", "tanh"],
    "batch_size": [8, 16],
}


def experiment(variants):
    return make_experiment(
        {"description": "x", "base": BASE, "variants": variants, "profiles": {"quick": {}}}, "x"
    )


@given(st.integers(1, 40), st.integers(-5, 5))
def test_draws_are_reproducible_and_come_once_while_there_are_others(count, seed):
    drawn = Draw(count, seed, CHOICES).variants()
    assert drawn == Draw(count, seed, CHOICES).variants()
    assert len(drawn) == count
    combinations = Counter(repr(override) for override in drawn.values())
    assert len(combinations) == min(count, 12)


def test_every_value_is_as_likely_as_any_other():
    space = {"a": list(range(4)), "b.c": list(range(1000))}
    drawn = Draw(2000, 0, space).variants().values()
    counts = Counter(override["a"] for override in drawn)
    assert all(400 < counts[value] < 600 for value in range(4))


def test_keys_may_be_chosen_together_and_others_below_them():
    together = [{"network": {"depth": 1}, "steps": 1}, {"network": {"depth": 2}, "steps": 2}]
    drawn = Draw(6, 0, {"critic": together, "critic.network.width": [4, 8, 16]}).variants().values()
    found = sorted((one["critic"]["network"]["width"], one["critic"]["steps"]) for one in drawn)
    assert found == [(width, steps) for width in (4, 8, 16) for steps in (1, 2)]
    assert all(one["critic"]["network"]["depth"] == one["critic"]["steps"] for one in drawn)
    assert together[0] == {"network": {"depth": 1}, "steps": 1}


def test_an_axis_may_be_drawn_beside_others():
    runs = experiment(
        [{"draw": {"count": 3, "seed": 1, "choices": CHOICES}}, {"a": {}, "b": {"steps": 20}}]
    ).resolve()
    assert [run.variant for run in runs] == ["draw0-a", "draw0-b", "draw1-a", "draw1-b", "draw2-a", "draw2-b"]
    pairs = list(zip(runs[::2], runs[1::2], strict=True))
    assert all(a.config.critic.network == b.config.critic.network for a, b in pairs)
    assert all((a.config.steps, b.config.steps) == (10, 20) for a, b in pairs)
    assert {run.config.critic.network.depth for run in runs} <= {1, 2, 3}


def test_a_single_axis_may_be_drawn_and_a_variant_may_still_be_called_draw():
    assert len(experiment({"draw": {"count": 2, "choices": CHOICES}}).resolve()) == 2
    (run,) = experiment({"draw": {"steps": 7}}).resolve()
    assert (run.variant, run.config.steps) == ("draw", 7)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        ({"count": 0, "choices": CHOICES}, "variants.draw.count: must be a whole number from 1"),
        ({"choices": CHOICES}, "variants.draw.count: must be a whole number"),
        ({"count": 2, "seed": "a", "choices": CHOICES}, "variants.draw.seed: must be a whole number"),
        ({"count": 2, "choices": {}}, "variants.draw.choices: must be a mapping"),
        ({"count": 2, "choices": {"steps": 3}}, "variants.draw.choices.steps: must be a list"),
        ({"count": 2, "number": 3, "choices": CHOICES}, "variants.draw.number: is no key of a draw"),
    ],
)
def test_what_is_wrong_with_a_draw_is_said(draw, message):
    with pytest.raises(ConfigError) as caught:
        experiment({"draw": draw})
    assert message in str(caught.value)


def test_a_choice_that_does_not_fit_is_reported_at_its_line(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "description: x\nbase:\n  dataset: swiss_roll\n"
        "  generator: {network: mlp, latent: 2, optimizer: {name: adam, lr: 1e-4}}\n"
        "  critic: {network: mlp, optimizer: {name: adam, lr: 1e-4}}\n  constraint: spectral_norm\n  steps: 10\n"
        "variants:\n  draw:\n    count: 3\n    choices:\n      critic.network: [{name: mlp, depth: -1}]\n"
        "profiles: {quick: {}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_experiment(path).resolve()
    assert "mine.yaml:9" in str(caught.value)
    assert "depth" in str(caught.value)
