"""Samples by the class they were made for."""

from collections import Counter

import numpy as np
import pytest

from lipschitz import LipschitzError
from lipschitz_trainers.analyses.labelled_samples import read_by_class
from lipschitz_trainers.config.experiment import load_experiment
from lipschitz_trainers.running.artifacts import save_artifacts
from lipschitz_trainers.running.build import build_trainer
from lipschitz_trainers.training.evaluation_fakes import fixed_fakes

SMALL = ("evaluation.samples=32", "device=cpu")


def saved(folder, **arrays):
    (folder / "artifacts").mkdir()
    np.savez(folder / "artifacts" / "samples.npz", **arrays)
    return folder


def test_each_class_has_its_own(tmp_path):
    fake = np.arange(5, dtype=np.float32).reshape(5, 1, 1, 1)
    found = read_by_class(saved(tmp_path, real=fake, fake=fake, fake_labels=np.array([3, 0, 3, 7, 0])))
    assert {label: samples.ravel().tolist() for label, samples in found.items()} == {
        0: [1, 4],
        3: [0, 2],
        7: [3],
    }
    assert list(found) == [0, 3, 7]


def test_samples_without_labels_have_no_classes(tmp_path):
    assert read_by_class(tmp_path) is None
    assert read_by_class(saved(tmp_path, real=np.zeros((2, 1)), fake=np.zeros((2, 1)))) is None


def test_a_missing_label_is_an_error(tmp_path):
    folder = saved(tmp_path, fake=np.zeros((3, 1, 2, 2)), fake_labels=np.zeros(2))
    with pytest.raises(LipschitzError, match="expected one label for each of the 3 samples"):
        read_by_class(folder)


def test_a_run_with_labels_leaves_them_beside_its_samples(tmp_path):
    run = load_experiment("table3_cifar10_resnet").resolve("quick", SMALL, only=["ac_gan"])[0]
    trainer = build_trainer(run.config, tmp_path)
    save_artifacts(trainer, tmp_path / "artifacts")
    trainer.close()
    found = read_by_class(tmp_path)
    assert sum(map(len, found.values())) == 32
    assert {samples.shape[1:] for samples in found.values()} == {trainer.source.shape}
    _, (labels,) = fixed_fakes(trainer.game, trainer.source, 32)
    assert {label: len(samples) for label, samples in found.items()} == Counter(labels.tolist())
