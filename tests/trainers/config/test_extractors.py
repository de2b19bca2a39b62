"""A metric's extractor is chosen by name within the metric's block."""

import pytest
from pydantic import ValidationError

from lipschitz_trainers.config.choices import METRIC
from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.plain import _plain
from lipschitz_trainers.config.yaml12 import load_yaml
from lipschitz_trainers.config.yaml_dump import dump_yaml
from lipschitz_trainers.extractors import Classifier, EfficientNetLite0, Inception
from lipschitz_trainers.metrics import FrechetDistance, InceptionScore


def parsed(text):
    return METRIC(load_yaml(text, "metrics.yaml").data)


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("frechet_distance", FrechetDistance(extractor=Classifier())),
        (
            "{name: frechet_distance, extractor: efficientnet_lite0}",
            FrechetDistance(extractor=EfficientNetLite0()),
        ),
        (
            "{name: inception_score, splits: 5, extractor: {name: inception, weights: /path}}",
            InceptionScore(splits=5, extractor=Inception(weights="/path")),
        ),
        (
            "{name: frechet_distance, extractor: {name: efficientnet_lite0, side: 224}}",
            FrechetDistance(extractor=EfficientNetLite0(side=224)),
        ),
    ],
)
def test_names_and_blocks_both_do(text, metric):
    assert parsed(text) == metric
    assert METRIC(load_yaml(dump_yaml(_plain(metric)), "x.yaml").data) == metric


def test_an_object_is_taken_as_it_is():
    assert METRIC({"name": "frechet_distance", "extractor": Classifier(seen=5)}).extractor.seen == 5


@pytest.mark.parametrize(
    ("text", "location", "message"),
    [
        ("{name: frechet_distance, extractor: inceptoin}", ("extractor",), "Did you mean 'inception'?"),
        (
            "{name: frechet_distance, extractor: {name: efficientnet_lite0, side: 8}}",
            ("extractor", "side"),
            "must be >= 32",
        ),
        (
            "{name: frechet_distance, extractor: {name: classifier, sene: 8}}",
            ("extractor", "sene"),
            "Did you mean 'seen'?",
        ),
        ("{name: frechet_distance, extractor: {side: 8}}", ("extractor",), "needs the key 'name'"),
        ("{name: frechet_distance, extractor: 3}", ("extractor",), "must be the name of a extractor"),
        ("{name: frechet_distance, extractr: classifier}", ("extractr",), "Did you mean 'extractor'?"),
    ],
)
def test_faults_are_found_at_their_place(text, location, message):
    with pytest.raises(ValidationError) as caught:
        parsed(text)
    (fault,) = collected(caught.value)
    assert fault.location == location
    assert message in fault.message


def test_all_faults_come_at_once():
    with pytest.raises(ValidationError) as caught:
        parsed("{name: inception_score, splits: 0, extractor: {name: efficientnet_lite0, side: x}}")
    assert {fault.location for fault in collected(caught.value)} == {("splits",), ("extractor", "side")}
