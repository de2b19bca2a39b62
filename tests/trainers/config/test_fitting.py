"""Parts that do not fit each other, reported with everything else; and what is not on this machine."""

import sys

import pytest
from pydantic import ValidationError

from lipschitz_trainers import data, extractors, metrics
from lipschitz_trainers.config.faults import collected
from lipschitz_trainers.config.fitting import absences, misfits
from lipschitz_trainers.config.generators import OtherSide, SecondDataset
from lipschitz_trainers.config.parts import Parts
from lipschitz_trainers.config.problems import ProblemsError
from lipschitz_trainers.config.run_file import load_run
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


@pytest.mark.parametrize(
    "dataset",
    [
        data.Lsun(held_out=40),
        data.Text(path="a.txt", held_out=40),
        data.BillionWord(held_out=40),
        data.ImageFolder(images="a.zip", held_out=40),
        data.Idx(images="a.gz", held_out=40),
    ],
)
def test_more_samples_than_a_dataset_says_it_holds_out(dataset):
    assert misfits(Parts(dataset=dataset, samples=40)) == []
    (fault,) = misfits(Parts(dataset=dataset, samples=41))
    assert fault.location == ("evaluation", "samples")
    assert fault.message == (
        f"asks for 41 held-out samples, and the dataset {dataset.name!r} holds out 40 (dataset.held_out); ask for at "
        f"most as many, or hold out more"
    )


@pytest.mark.parametrize(
    "dataset",
    [
        data.ImageFolder(images="a.zip", held_out=40, held_out_images="b.zip"),
        data.Idx(images="a.gz", held_out=40, held_out_images="b.gz"),
        data.Digits(),
        data.SwissRoll(),
    ],
)
def test_how_many_are_held_out_may_be_known_of_opened_data_alone(dataset):
    assert misfits(Parts(dataset=dataset, samples=10**9)) == []


def test_too_few_samples_are_told_at_their_line(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text(
        "dataset: {name: lsun, held_out: 300}\n"
        "generator: {network: mlp, optimizer: adam}\n"
        "critic: {network: mlp, optimizer: adam}\n"
        "constraint: weight_clipping\n"
        "evaluation:\n"
        "  samples: 301\n"
    )
    with pytest.raises(ProblemsError) as caught:
        load_run(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (6, "evaluation.samples")
    # What is asked for by default is asked for, too.
    path.write_text(path.read_text().partition("evaluation")[0])
    with pytest.raises(ProblemsError, match="evaluation.samples: asks for 1000 held-out samples"):
        load_run(path)


@pytest.mark.parametrize(
    "metric", [metrics.DensityCoverage(neighbours=5), metrics.PrecisionRecall(neighbours=5)]
)
def test_fewer_samples_than_neighbours(metric):
    assert misfits(Parts(metrics={0: metric}, samples=6)) == []
    (fault,) = misfits(Parts(metrics={0: metric}, samples=5))
    assert fault.location == ("evaluation", "metrics", 0)
    assert "needs more than 5 samples for its 5 nearest neighbours, got 5" in fault.message


def test_more_images_of_a_fixed_generator():
    metric = metrics.InceptionScore(images=200)
    second = SecondDataset(dataset=data.Digits())
    assert misfits(Parts(dataset=data.Digits(), metrics={2: metric}, samples=100)) == []
    assert misfits(Parts(dataset=data.Digits(), metrics={2: metric}, samples=200, fixed=second)) == []
    (fault,) = misfits(Parts(dataset=data.Digits(), metrics={2: metric}, samples=100, fixed=second))
    assert fault.location == ("evaluation", "metrics", 2)
    assert "takes a generator that is trained" in fault.message


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
