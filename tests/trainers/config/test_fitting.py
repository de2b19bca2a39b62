"""Parts that do not fit each other, reported with everything else; and what is not on this machine."""

import sys

import pytest
from pydantic import ValidationError

from lipschitz_trainers import data, extractors, metrics
from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.fitting import absences, misfits
from lipschitz_trainers.config.generators import OtherSide, SecondDataset
from lipschitz_trainers.config.parts import Parts
from lipschitz_trainers.config.schema import RunConfig


def places(faults):
    return [".".join(map(str, fault.location)) for fault in faults]


def test_what_does_not_fit_is_reported_beside_what_is_not_well_formed(minimal):
    values = minimal(
        dataset="swiss_roll",
        generator={"fixed": "other_side"},
        objective="wasserstein_ac_gan",
        evaluation={"samples": 5, "metrics": ["w1", "ngram_jensen_shannon", "nothing"]},
        steps=0,
    )
    with pytest.raises(ValidationError) as caught:
        RunConfig.model_validate(values)
    assert sorted(places(collected(caught.value))) == [
        "evaluation.metrics.1",
        "evaluation.metrics.2",
        "generator.fixed",
        "objective",
        "steps",
    ]


@pytest.mark.parametrize(
    ("dataset", "metric", "fits"),
    [
        (data.SwissRoll(), metrics.InceptionScore(), False),
        (data.Digits(), metrics.InceptionScore(), True),
        (data.Digits(), metrics.NgramJensenShannon(), False),
        (data.PydocTopics(), metrics.NgramJensenShannon(), True),
        (data.Digits(), metrics.ModeCoverage(), False),
        (data.SwissRoll(), metrics.LabelAccuracy(), False),
        (data.Digits(), metrics.W1(), True),
    ],
)
def test_a_metric_of_another_kind_of_data(dataset, metric, fits):
    found = misfits(Parts(dataset=dataset, metrics={3: metric}))
    assert places(found) == ([] if fits else ["evaluation.metrics.3"])
    if not fits:
        assert f"{metric.name!r} measures" in found[0].message
        assert f"the dataset {dataset.name!r} holds {dataset.kind}; leave it out" in found[0].message


def test_fewer_images_than_splits():
    few = {0: metrics.InceptionScore(splits=10, images=9), 1: metrics.InceptionScore(splits=10)}
    assert places(misfits(Parts(metrics=few, samples=10))) == ["evaluation.metrics.0"]
    found = misfits(Parts(metrics=few, samples=9))
    assert places(found) == ["evaluation.metrics.0", "evaluation.metrics.1"]
    assert "at least one image for each of its 10 splits, got 9 images" in found[1].message
    assert misfits(Parts(metrics=few)) == []  # how many samples there are is not known


def test_the_other_side_of_data_that_have_none():
    assert places(misfits(Parts(dataset=data.SwissRoll(), fixed=OtherSide()))) == ["generator.fixed"]
    assert misfits(Parts(dataset=data.MinFunnels(), fixed=OtherSide())) == []


def test_files_that_are_not_there(tmp_path):
    here, gone = str(tmp_path), str(tmp_path / "gone")
    found = absences(
        Parts(
            dataset=data.ImageFolder(images=here, held_out_images=gone),
            fixed=SecondDataset(dataset=data.Text(path=gone)),
        )
    )
    assert places(found) == ["dataset", "generator.fixed.dataset"]
    assert found[0].message.startswith(f"{gone}: expected a folder or a zip file of images, got no such file")
    assert found[1].message.startswith(f"{gone}: expected a text file or a folder of them, got no such file")
    assert absences(Parts(dataset=data.ImageFolder(images=here))) == []
    labels = data.Idx(images=gone, labels=gone, held_out_images=here, held_out_labels=gone)
    assert len(absences(Parts(dataset=labels))) == 3
    assert len(absences(Parts(dataset=data.Mnist(folder=gone)))) == 1


def test_an_extractor_that_cannot_be_opened_is_named_once(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    inception = extractors.Inception(weights="/no/such/file")
    several = {
        1: metrics.InceptionScore(extractor=inception),
        2: metrics.FrechetDistance(extractor=inception),
        3: metrics.FrechetDistance(),
    }
    found = absences(Parts(metrics=several))
    assert places(found) == ["evaluation.metrics.1.extractor"] * 2
    assert "pip install 'torch-lipschitz[fidelity]'" in found[0].message
    assert found[1].message.startswith("/no/such/file: expected the weights")
