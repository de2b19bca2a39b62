"""The formula at its extremes, and a judge worth trusting."""

import gc
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz_trainers.data import Digits, SwissRoll, from_tensor
from lipschitz_trainers.metrics import ClassifierScore, classifier_score, inception_score_formula
from lipschitz_trainers.metrics.judge import train_judge


@pytest.fixture(scope="module")
def digits():
    return Digits().open()


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(2, 12), st.integers(0, 2**31))
def test_the_formula_is_one_when_all_are_alike_and_k_when_certain_and_balanced(n, classes, seed):
    row = torch.rand(classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    assert inception_score_formula((row / row.sum()).expand(n, classes)) == pytest.approx(1)
    assert inception_score_formula(torch.eye(classes).repeat(n, 1)) == pytest.approx(classes)


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(2, 12), st.floats(0.1, 20), st.integers(0, 2**31))
def test_the_formula_lies_between_one_and_the_number_of_classes(n, classes, sharpness, seed):
    logits = sharpness * torch.randn(n, classes, generator=torch.Generator().manual_seed(seed)).double()
    p = logits.softmax(dim=1)
    score = inception_score_formula(p)
    assert 1 - 1e-9 <= score <= classes + 1e-9
    marginal = p.mean(dim=0)
    by_hand = sum(float((row * (row / marginal).log()).sum()) for row in p) / n
    assert score == pytest.approx(math.exp(by_hand))
    assert inception_score_formula(p[torch.randperm(n)]) == pytest.approx(score)


@pytest.mark.parametrize(
    "rows", [torch.zeros(2, 3), torch.tensor([[1.5, -0.5]]), torch.ones(3), torch.ones(0, 3)]
)
def test_rows_that_are_no_distributions_are_refused(rows):
    with pytest.raises(DataError, match="probabilities"):
        inception_score_formula(rows)


def test_the_judge_of_digits_is_accurate_and_deterministic(digits):
    judge = train_judge(digits, 5000)
    assert judge.accuracy > 0.97
    images = digits.held_out(50, torch.Generator()).x
    assert torch.equal(judge.probabilities(images), train_judge(digits, 5000).probabilities(images))
    assert judge.probabilities(images).shape == (50, 10)


def test_real_digits_score_high_and_noise_and_a_single_image_score_low(digits, evaluation, normal):
    real = digits.held_out(250, torch.Generator().manual_seed(0)).x
    other = digits.train(torch.Generator().manual_seed(0)).next(250).x
    noise = normal(250, 1, 8, 8).tanh()
    collapsed = other[:1].expand(250, 1, 8, 8)
    scores = {}
    for name, fake in {"real": other, "noise": noise, "collapsed": collapsed}.items():
        values = ClassifierScore().measure(evaluation(real, fake, source=digits))
        assert values["classifier_score_floor"] > 8
        assert values["classifier_accuracy"] > 0.97
        assert values["classifier_score_samples"] == 250
        scores[name] = values["classifier_score"]
    assert scores["real"] > 8
    assert scores["noise"] < 2
    assert scores["collapsed"] == pytest.approx(1, abs=1e-6)


def test_the_judge_is_trained_once_for_each_opened_dataset(digits, evaluation, monkeypatch):
    trained = []
    monkeypatch.setattr(classifier_score, "train_judge", lambda *a: trained.append(a[1]) or train_judge(*a))
    monkeypatch.setattr(classifier_score, "_JUDGES", type(classifier_score._JUDGES)())
    real = digits.held_out(20, torch.Generator()).x
    source = Digits().open()
    for judged, size in ((digits, 300), (digits, 300), (digits, 200), (source, 200), (source, 200)):
        ClassifierScore(train_size=size).measure(evaluation(real, real, source=judged))
    assert trained == [300, 200, 200]
    del source, judged
    gc.collect()
    assert len(classifier_score._JUDGES) == 1, "a judge must not outlive its data"


def test_a_diverged_generator_gets_nan_and_the_rest_stays(digits, evaluation):
    real = digits.held_out(20, torch.Generator()).x
    values = ClassifierScore().measure(evaluation(real, real * torch.nan, source=digits))
    assert math.isnan(values["classifier_score"])
    assert values["classifier_score_floor"] > 1
    assert values["classifier_accuracy"] > 0.9


def test_it_applies_to_labelled_images_only(digits, evaluation):
    assert ClassifierScore().applies_to(digits)
    assert not ClassifierScore().applies_to(SwissRoll().open())
    assert not ClassifierScore().applies_to(from_tensor(torch.zeros(4, 1, 2, 2)))
    assert not ClassifierScore().applies_to(from_tensor(torch.zeros(4, 2), labels=[0, 1, 0, 1]))
    roll = SwissRoll().open()
    with pytest.raises(DataError, match="no labels"):
        ClassifierScore().measure(evaluation(torch.zeros(3, 2), torch.zeros(3, 2), source=roll))
    with pytest.raises(DataError, match="at least 2 classes"):
        train_judge(from_tensor(torch.zeros(10, 1, 2, 2), labels=[3] * 10), 100)


def test_the_docstring_warns_that_it_is_not_the_inception_score():
    assert "NOT the Inception score" in (ClassifierScore.__doc__ or "")
