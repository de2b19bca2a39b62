"""One training for all who need it, keyed by everything it depends on."""

import pytest
import torch

from lipschitz import DataError
from lipschitz_trainers.data import Digits, Idx, ImageFolder, SwissRoll, from_tensor
from lipschitz_trainers.extractors import Classifier, classifier
from lipschitz_trainers.extractors.classifier import digest

QUICK = Classifier(seen=800)


@pytest.fixture
def trained(monkeypatch):
    """Return the list of trainings so far."""
    calls = []
    train = classifier.train_classifier

    def counted(*arguments):
        calls.append(arguments)
        return train(*arguments)

    monkeypatch.setattr(classifier, "train_classifier", counted)
    return calls


def test_the_second_opening_reads_what_the_first_has_kept(halves, trained, folder):
    source = halves()
    images = source.held_out(20, torch.Generator()).x
    state = torch.get_rng_state()
    first, second = QUICK.open(source), QUICK.open(halves())
    assert torch.equal(torch.get_rng_state(), state)
    assert len(trained) == 1
    for a, b in zip(first.outputs(images), second.outputs(images), strict=True):
        assert torch.equal(a, b)
    assert first.features(images).shape == (20, 128)
    torch.testing.assert_close(first.probabilities(images).sum(dim=1), torch.ones(20))
    (kept,) = (folder / "extractors").glob("*.pt")
    kept.write_bytes(kept.read_bytes()[:1000])
    third = QUICK.open(source)
    assert len(trained) == 2
    assert torch.equal(third.features(images), first.features(images))


def test_other_data_settings_and_code_are_trained_anew(halves, monkeypatch, tmp_path):
    (train, _), (other, _) = halves().labelled(), halves(seed=1).labelled()
    relabelled = train._replace(condition=(1 - train.condition[0],))
    keys = {digest(train, 2, 5), digest(other, 2, 5), digest(relabelled, 2, 5), digest(train, 3, 5)}
    keys |= {digest(train, 2, 6)}
    code = tmp_path / "code.py"
    code.write_text("changed")
    monkeypatch.setattr(classifier.classifier_training, "__file__", str(code))
    assert len(keys | {digest(train, 2, 5)}) == 6
    assert len(digest(train, 2, 5)) == 16


def test_data_it_cannot_learn_from_are_refused():
    with pytest.raises(DataError, match="looks at images, and this data holds points"):
        QUICK.open(SwissRoll().open())
    with pytest.raises(DataError) as caught:
        QUICK.open(from_tensor(torch.zeros(10, 1, 8, 8)))
    for part in ("extractor 'classifier'", "no labels", "one subfolder a class", "'efficientnet_lite0'"):
        assert part in str(caught.value)
    with pytest.raises(DataError, match="at least 2 classes"):
        QUICK.open(from_tensor(torch.zeros(10, 1, 8, 8), labels=[1] * 10))


def accuracy(extractor, source):
    _, held_out = source.labelled()
    found = extractor.open(source).probabilities(held_out.x).argmax(dim=1)
    return (found == held_out.condition[0]).double().mean().item()


@pytest.mark.large
def test_digits_are_told_apart():
    assert accuracy(Classifier(), Digits().open()) >= 0.98


@pytest.mark.large
def test_mnist_is_told_apart(shared_data):
    found = shared_data / "mnist-10k"
    images, labels = (str(next(found.glob(f"*{what}*"))) for what in ("images", "labels"))
    assert accuracy(Classifier(), Idx(images=images, labels=labels, held_out=2000).open()) >= 0.98


@pytest.mark.large
def test_photographs_are_told_apart(shared_data):
    train, test = (str(shared_data / f"cifar10-{part}.zip") for part in ("train", "test"))
    assert accuracy(Classifier(), ImageFolder(images=train, held_out_images=test).open()) >= 0.65
