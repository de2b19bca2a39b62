"""The figures of residual networks, from made-up runs."""

import numpy as np
import pytest

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import study_of
from lipschitz_trainers.config.experiment import load_experiment
from lipschitz_trainers.reports.experiments.table3_cifar10_resnet import by_class, published
from lipschitz_trainers.reports.scene import Overview


def overview(folder, samples=50_000, value=7.5):
    block = {"name": "inception_score", "splits": 10, "extractor": {"name": "inception"}}
    metrics = {"inception_score": value, "inception_score_floor": 11.0}
    runs = [
        RunResult(variant, 0, variant, "done", metrics)
        for variant in (["unsupervised", "ac_gan"] if value else [])
    ]
    configs = {
        run.key: {"dataset": "cifar10", "evaluation": {"samples": samples, "metrics": [block]}}
        for run in runs
    }
    return Overview(study_of(Results("e", "quick", runs=tuple(runs)), configs, folder), {})


@pytest.mark.parametrize(("samples", "bars"), [(50_000, 8), (10_000, 7)])
def test_only_what_is_made_as_in_papers_stands_among_published_scores(tmp_path, samples, bars):
    axes = published(overview(tmp_path, samples)).figure.axes
    assert [len(axis.patches) for axis in axes] == [bars, bars]
    told = " ".join(text.get_text() for text in axes[0].texts).replace("\n", " ")
    assert "This study: 7.50 (" in told
    assert f"Inception-v3, {samples:,} images" in told
    assert f"{samples:,} real images: 11.0)." in told
    assert ("not the Inception score" in told) == (samples != 50_000)


def test_runs_of_the_paper_profile_stand_among_published_scores(tmp_path):
    study = overview(tmp_path).study
    resolved = load_experiment("table3_cifar10_resnet").resolve("paper")
    configs = {(run.variant, run.seed): run.plain for run in resolved}
    axes = published(Overview(study_of(study.results, configs, tmp_path), {})).figure.axes
    assert [len(axis.patches) for axis in axes] == [8, 8]
    told = " ".join(text.get_text() for text in axes[0].texts).replace("\n", " ")
    assert "7.50 (Inception score: Inception-v3, 50,000 images; 10,000 real images: 11.0)." in told


def test_a_row_of_samples_for_each_class(tmp_path):
    folder = tmp_path / "ac_gan" / "artifacts"
    folder.mkdir(parents=True)
    images = np.linspace(-1, 1, 5 * 64).reshape(5, 1, 8, 8).astype(np.float32)
    np.savez(folder / "samples.npz", real=images, fake=images, fake_labels=np.array([2, 0, 2, 2, 0]))
    figure = by_class(overview(tmp_path)).figure
    shown = [len(axis.images) for axis in figure.axes]
    assert shown == [1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0]
    assert [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()] == ["class 0", "class 2"]


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert by_class(overview(tmp_path)) is None
    assert published(overview(tmp_path, value=None)) is None
