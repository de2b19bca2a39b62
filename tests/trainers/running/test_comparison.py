"""`lipschitz compare` as an experiment."""

import pytest

from lipschitz import ConfigError, DataError, FieldError, UnknownNameError
from lipschitz_trainers.running.comparison import comparison

TWO = ["weight_clipping", "spectral_norm"]


@pytest.mark.parametrize(("dataset", "network"), [("swiss_roll", "mlp"), ("digits", "conv_critic")])
def test_the_template_fits_the_data(dataset, network):
    experiment = comparison(TWO, dataset, [], recommended=False)
    assert experiment.name == f"compare-{dataset}"
    assert list(experiment.variants) == TWO
    for profile in ("quick", "paper"):
        runs = experiment.resolve(profile)
        assert {run.config.dataset.name for run in runs} == {dataset}
        assert {run.config.critic.network.name for run in runs} == {network}
        assert [run.config.constraint.name for run in runs[::3]] == TWO
    assert experiment.check() == []


def test_one_optimizer_for_all_unless_the_published_ones_are_asked_for():
    def optimizers(recommended):
        runs = comparison(TWO, "swiss_roll", [], recommended=recommended).resolve("quick", (), 1)
        return [run.config.critic.optimizer for run in runs]

    same = optimizers(False)
    assert same[0] == same[1]
    assert (same[0].name, same[0].lr, same[0].betas) == ("adam", 1e-4, (0.0, 0.9))
    clipping, spectral = optimizers(True)
    assert (clipping.name, clipping.lr) == ("rmsprop", 5e-5)
    assert (spectral.name, spectral.lr) == ("adam", 2e-4)


@pytest.mark.parametrize(
    ("names", "error", "said"),
    [
        ([], ConfigError, "two or more constraints, got none"),
        (["spectral_norm"], ConfigError, "two or more constraints, got spectral_norm"),
        (["spectral_norm", "weight_clipping", "spectral_norm"], ConfigError, "spectral_norm is named twice"),
        (["spectral_norm", "wieght_clipping"], UnknownNameError, "Did you mean 'weight_clipping'"),
    ],
)
def test_names_that_make_no_comparison(names, error, said):
    with pytest.raises(error, match=said):
        comparison(names, "swiss_roll", [], recommended=False)


def test_datasets_that_are_none():
    with pytest.raises(UnknownNameError, match="unknown dataset 'swiss_rol'. Did you mean 'swiss_roll'"):
        comparison(TWO, "swiss_rol", [], recommended=False)
    with pytest.raises(FieldError, match="dataset 'swiss_roll' has no field 'nose'"):
        comparison(TWO, "swiss_roll", ["dataset.nose=1"], recommended=False)
    with pytest.raises(DataError, match="/no/such/folder"):
        comparison(TWO, "idx", ["dataset.images=/no/such/folder"], recommended=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("dataset=digits", "the dataset of a comparison is chosen by --on"),
        ("dataset.name=digits", "the dataset of a comparison is chosen by --on"),
        ("constraint=spectral_norm", "the constraints of a comparison are its arguments"),
        ("constraint.name=spectral_norm", "the constraints of a comparison are its arguments"),
    ],
)
def test_what_is_compared_is_chosen_in_one_place(change, said):
    with pytest.raises(ConfigError, match=f"--set {change}: {said}; remove this option"):
        comparison(TWO, "swiss_roll", [change], recommended=False)
