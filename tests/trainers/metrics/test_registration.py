"""What holds for every built-in metric."""

import pytest
import torch

from lipschitz_trainers import metrics
from lipschitz_trainers.data import Digits, EightGaussians
from lipschitz_trainers.registry import build, registered

NAMES = ["classifier_score", "critic_w1", "mode_coverage", "sliced_w1", "slopes", "w1"]
BETTER = {
    "w1": "lower",
    "sliced_w1": "lower",
    "mode_coverage": "higher",
    "classifier_score": "higher",
    "critic_w1": "none",
    "calibrated_w1": "none",
    "slopes": "none",
    "layer_gradients": "none",
    "lipschitz_interval": "none",
    "cosine": "higher",
    "l2": "lower",
    "true_w1": "none",
    "mode_scores": "none",
    "jensen_shannon": "none",
    "coupled_slopes": "none",
    "batch_dependence": "none",
    "update_cosine": "none",
    "dirac_gan": "lower",
    "f_divergence_bound": "none",
    "translation_gradient": "none",
    "ngram_jensen_shannon": "lower",
    "negative_critic_loss": "none",
    "inception_score": "higher",
    "frechet_distance": "lower",
    "kernel_distance": "lower",
    "precision_recall": "higher",
    "density_coverage": "higher",
    "label_accuracy": "higher",
}


def test_the_hook_registers_every_metric():
    classes = []
    metrics.register_metrics(classes.append)
    assert {cls.name: cls.better for cls in classes} == BETTER


def test_they_are_found_by_name():
    assert set(NAMES) <= set(registered("metric"))
    assert build("metric", "sliced_w1", projections=7) == metrics.SlicedW1(projections=7)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dataset", [EightGaussians(), Digits()], ids=lambda dataset: dataset.name)
def test_every_metric_returns_plain_finite_numbers_with_the_main_one_under_its_name(
    evaluation, name, dataset
):
    source, metric = dataset.open(), build("metric", name)
    if not metric.applies_to(source):
        pytest.skip(f"{name} does not apply to {dataset.name}")
    both = source.held_out(120, torch.Generator().manual_seed(0)).x
    fake = torch.randn(60, *source.shape, generator=torch.Generator().manual_seed(1))
    values = metric.measure(evaluation(both[:60], fake, both[60:], source=source))
    assert name in values
    assert all(type(value) is float and torch.isfinite(torch.tensor(value)) for value in values.values())
    diverged = metric.measure(evaluation(both[:60], fake * torch.nan, both[60:], source=source))
    assert diverged.keys() == values.keys()
    assert torch.isnan(torch.tensor(diverged[name]))
