"""Copies of real images show their labels; other labels, and other images, do not."""

import math
from dataclasses import replace

import pytest
import torch

from lipschitz import DataError
from lipschitz_trainers.data import Digits, EightGaussians
from lipschitz_trainers.data.places import FOLDER_VARIABLE
from lipschitz_trainers.extractors import Classifier
from lipschitz_trainers.metrics import LabelAccuracy

METRIC = LabelAccuracy(extractor=Classifier(seen=12_000))


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("data")))
        yield Digits(conditional=True).open()


@pytest.fixture
def judged(digits, evaluation):
    """Return an evaluation of a generator that copies real images."""
    real = digits.held_out(300, torch.Generator().manual_seed(0))
    copies = digits.held_out(300, torch.Generator().manual_seed(1))
    return replace(
        evaluation(real.x, copies.x, source=digits),
        real_condition=real.condition,
        fake_condition=copies.condition,
    )


def test_a_generator_that_copies_real_images_is_as_good_as_they_are(judged):
    values = METRIC.measure(judged)
    assert values["label_accuracy_floor"] > 0.95
    assert values["label_accuracy"] == pytest.approx(values["label_accuracy_floor"], abs=0.03)
    assert values["label_accuracy_chance"] == 0.1
    assert values["label_accuracy_samples"] == 300


def test_a_generator_that_does_not_listen_is_near_chance(judged):
    told = judged.fake_condition[0]
    shuffled = told[torch.randperm(len(told), generator=torch.Generator().manual_seed(0))]
    values = METRIC.measure(replace(judged, fake_condition=(shuffled,)))
    assert values["label_accuracy"] == pytest.approx(0.1, abs=0.06)
    wrong = METRIC.measure(replace(judged, fake_condition=((told + 1) % 10,)))
    assert wrong["label_accuracy"] < 0.03


def test_a_diverged_generator_and_one_without_labels_get_nan(judged):
    floor = METRIC.measure(judged)["label_accuracy_floor"]
    for worse in (replace(judged, fake=judged.fake * math.nan), replace(judged, fake_condition=())):
        values = METRIC.measure(worse)
        assert math.isnan(values["label_accuracy"])
        assert values["label_accuracy_floor"] == floor


def test_it_applies_where_networks_are_told_labels(digits, judged, pixels):
    assert METRIC.applies_to(digits)
    assert not METRIC.applies_to(Digits().open())
    assert not METRIC.applies_to(EightGaussians().open())
    with pytest.raises(DataError, match="conditional: true"):
        METRIC.measure(replace(judged, real_condition=()))
    with pytest.raises(DataError, match="the 10 classes of the data, and the extractor 'pixels' knows 4"):
        LabelAccuracy(extractor=pixels).measure(judged)


def test_another_number_of_classes_shows_before_training(digits, pixels):
    METRIC.get_ready(digits)
    with pytest.raises(
        DataError, match="the 10 classes of the data, and the extractor 'pixels' knows 4 of its own"
    ):
        LabelAccuracy(extractor=pixels).get_ready(digits)
