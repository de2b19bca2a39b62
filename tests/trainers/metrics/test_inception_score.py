"""The score at its extremes, and split by split against the plain formula."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import DataError
from lipschitz.seeding import fixed_seed
from lipschitz_trainers.metrics import InceptionScore, inception_score_formula
from lipschitz_trainers.metrics.inception_score import inception_score


def random_probabilities(n, classes, seed, sharpness=3.0):
    logits = torch.randn(n, classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (sharpness * logits).softmax(dim=1)


@given(st.integers(1, 4), st.integers(5, 30), st.integers(2, 9), st.integers(0, 2**31))
def test_it_is_the_formula_on_every_split(splits, n, classes, seed):
    n = n * splits
    p = random_probabilities(n, classes, seed)
    with fixed_seed(seed):
        order = torch.randperm(n)
    each = torch.tensor([inception_score_formula(part) for part in p[order].chunk(splits)])
    mean, std = inception_score(p, splits=splits, seed=seed)
    assert mean == pytest.approx(float(each.mean()), rel=1e-5)
    assert std == pytest.approx(float(each.std(unbiased=False)), rel=1e-4, abs=1e-5)


@given(st.integers(2, 9), st.integers(1, 5), st.integers(0, 2**31))
def test_one_when_all_are_alike_and_the_number_of_classes_when_certain_and_balanced(classes, times, seed):
    alike = random_probabilities(1, classes, seed).expand(20, classes)
    assert inception_score(alike, splits=2) == pytest.approx((1, 0), abs=1e-6)
    certain = torch.eye(classes).repeat(times, 1)
    assert inception_score(certain, splits=1) == pytest.approx((classes, 0), rel=1e-6)
    assert inception_score(certain, splits=len(certain))[0] == pytest.approx(1)


def test_splits_are_equally_large():
    p = random_probabilities(23, 5, 0)
    assert inception_score(p, splits=5) == inception_score(p[:20], splits=5)


def test_fewer_images_than_splits_are_refused(evaluation, pixels, normal):
    with pytest.raises(DataError, match="ask for fewer splits"):
        inception_score(torch.full((9, 2), 0.5), splits=10)
    real = normal(9, 1, 2, 2)
    with pytest.raises(DataError, match="evaluate on more samples"):
        InceptionScore(extractor=pixels).measure(evaluation(real, real))


def test_more_generated_images_than_there_are_real_ones(evaluation, pixels, normal):
    from dataclasses import replace

    real, many = normal(12, 1, 2, 2), normal(60, 1, 2, 2, seed=1)
    seen = replace(evaluation(real, real), more_fakes=lambda n: iter(many[:n].split(25)))
    values = InceptionScore(extractor=pixels, splits=3, images=60).measure(seen)
    alone = InceptionScore(extractor=pixels, splits=3).measure(evaluation(many[:60], many[:60]))
    assert values["inception_score"] == pytest.approx(alone["inception_score"], rel=1e-6)
    assert values["inception_score_samples"] == 60
    assert values["inception_score_floor_samples"] == 12, (
        "the floor is of the held-out images, which are fewer"
    )
    assert (alone["inception_score_samples"], alone["inception_score_floor_samples"]) == (60, 60)
    assert (
        values["inception_score_floor"]
        == InceptionScore(extractor=pixels, splits=3).measure(evaluation(real, real))["inception_score_floor"]
    )
    broken = replace(seen, more_fakes=lambda n: iter((many[:30], many[30:60] / 0)))
    assert (
        str(InceptionScore(extractor=pixels, splits=3, images=60).measure(broken)["inception_score"]) == "nan"
    )
    with pytest.raises(DataError, match="needs a generator that is trained"):
        InceptionScore(extractor=pixels, images=60).measure(evaluation(real, real))
