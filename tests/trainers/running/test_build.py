"""From configuration to trainer; equal terms across constraints."""

import pytest
import torch

import lipschitz
from lipschitz_trainers.running.build import build_trainer, fingerprint, left_out, metrics_of
from lipschitz_trainers.running.comparison import comparison

SMALL = ["batch_size=16", "critic.network.width=8", "generator.network.width=8"]


@pytest.fixture
def prepared(monkeypatch):
    """Return the list of the weights that critics had when they were handed to their constraint's `prepare`."""
    found = []
    for cls in {type(lipschitz.build(name)) for name in lipschitz.constraints()}:

        def prepare(self, critic, example=None, original=cls.prepare):
            found.append({name: value.detach().clone() for name, value in critic.named_parameters()})
            return original(self, critic, example)

        monkeypatch.setattr(cls, "prepare", prepare)
    return found


@pytest.mark.parametrize("dataset", ["swiss_roll", "digits"])
@pytest.mark.parametrize("recommended", [False, True])
def test_constraints_are_compared_on_equal_terms(dataset, recommended, prepared):
    names = [name for name in lipschitz.constraints() if name != "weight_clipping"]
    runs = comparison(["weight_clipping", *names], dataset, [], recommended=recommended).resolve(
        "quick", SMALL, [3]
    )
    trainers = [build_trainer(run.config, None) for run in runs]
    first = trainers[0].game
    assert len(prepared) == len(trainers)
    for weights in prepared[1:]:
        assert weights.keys() == prepared[0].keys()
        for name, value in weights.items():
            assert torch.equal(prepared[0][name], value), name
    batch, fakes = first.data.next(16).x, first.generator(())
    for trainer in trainers[1:]:
        game = trainer.game
        for a, b in zip(first.generator.module.parameters(), game.generator.module.parameters(), strict=True):
            assert torch.equal(a, b)
        for stream in ("penalty", "noise", "conditions"):
            assert torch.equal(game.random[stream].get_state(), first.random[stream].get_state())
        assert torch.equal(game.data.next(16).x, batch)
        assert torch.equal(game.generator(()), fakes)
    assert len({run.config.steps for run in runs}) == 1
    optimizers = {repr(run.config.critic.optimizer) for run in runs}
    assert (len(optimizers) > 1) == recommended


def test_another_seed_gives_other_weights_and_data(make_config):
    a, b = (build_trainer(make_config(seed=seed), None).game for seed in (0, 1))
    assert not torch.equal(next(a.critic.parameters()), next(b.critic.parameters()))
    assert not torch.equal(a.data.next(4).x, b.data.next(4).x)


def test_the_fingerprint_is_of_what_training_depends_on(make_config):
    one = fingerprint(make_config())
    for same in (
        {"steps": 99},
        {"evaluation": {"samples": 64}},
        {"checkpoint": {"every": None}},
        {"devices": 2},
    ):
        assert fingerprint(make_config(**same)) == one
    for other in ({"seed": 1}, {"batch_size": 8}, {"constraint": "spectral_norm"}, {"precision": "64-true"}):
        assert fingerprint(make_config(**other)) != one


@pytest.mark.parametrize(
    "fixed",
    [{"name": "data_plus_noise", "std": 0.5}, {"name": "second_dataset", "dataset": "eight_gaussians"}],
)
def test_fixed_generators(make_config, fixed):
    trainer = build_trainer(make_config(generator={"fixed": fixed}), None)
    trainer.fit(1)
    assert trainer.game.generator is None
    assert trainer.game.fake(trainer.game.real(16)).shape == (16, 2)


def test_every_metric_that_needs_no_settings_is_measured_by_default(make_config):
    names = {metric.name for metric in metrics_of(make_config(evaluation={}))}
    assert {"w1", "slopes", "lipschitz_interval", "critic_w1", "sliced_w1"} <= names


def test_named_metrics_that_do_not_apply_are_known_by_name(make_config):
    named = {"samples": 32, "metrics": ["mode_coverage", "w1", "true_w1"]}
    for dataset, expected in (
        ("swiss_roll", ["mode_coverage", "true_w1"]),
        ("eight_gaussians", ["true_w1"]),
        ("min_funnels", ["mode_coverage"]),
    ):
        config = make_config(dataset=dataset, evaluation=named)
        assert left_out(config, config.dataset.open()) == expected
    assert left_out(make_config(evaluation={"metrics": None}), config.dataset.open()) == []
