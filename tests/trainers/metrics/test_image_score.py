"""What image scores share: one look at each image, floors, sample counts, and NaN for what diverged."""

import math

import pytest
import torch

from lipschitz import FieldError
from lipschitz_trainers.data import EightGaussians, from_tensor
from lipschitz_trainers.extractors import opened
from lipschitz_trainers.metrics import (
    DensityCoverage,
    FrechetDistance,
    InceptionScore,
    KernelDistance,
    PrecisionRecall,
)

SCORES = (FrechetDistance, KernelDistance, InceptionScore, PrecisionRecall, DensityCoverage)


@pytest.fixture
def source():
    return from_tensor(torch.zeros(4, 1, 2, 3), labels=[0, 1, 2, 3])


def sets(normal):
    return [normal(40, 1, 2, 3, seed=seed) for seed in range(3)]


@pytest.mark.parametrize("score", SCORES)
def test_every_score_has_a_floor_and_a_count_and_is_nan_for_what_diverged(
    score, evaluation, normal, pixels, source
):
    real, fake, second = sets(normal)
    metric = score(extractor=pixels)
    values = metric.measure(evaluation(real, fake, second, source=source))
    assert values[f"{metric.name}_samples"] == 40
    assert all(type(value) is float and math.isfinite(value) for value in values.values())
    fake[3, 0, 1, 1] = math.inf
    diverged = metric.measure(evaluation(real, fake, second, source=source))
    assert diverged.keys() == values.keys()
    assert math.isnan(diverged[metric.name])
    for key in values:
        floor = "floor" in key or "samples" in key
        assert diverged[key] == values[key] if floor else math.isnan(diverged[key])


@pytest.mark.parametrize("score", [FrechetDistance, KernelDistance, PrecisionRecall, DensityCoverage])
def test_the_floor_is_the_value_of_other_real_images(score, evaluation, normal, pixels, source):
    real, fake, second = sets(normal)
    metric = score(extractor=pixels)
    name = metric.name
    floor = metric.measure(evaluation(real, fake, second, source=source))[f"{name}_floor"]
    assert floor == metric.measure(evaluation(real, second, fake, source=source))[name]
    assert floor != metric.measure(evaluation(real, fake, second, source=source))[name]


def test_all_scores_together_look_once_at_each_image(evaluation, normal, pixels, source):
    real, fake, second = sets(normal)
    seen = opened(pixels, source).extractor
    for step in range(2):
        judged = evaluation(real.clone(), fake + step, second.clone(), source=source)
        for score in SCORES:
            score(extractor=pixels).measure(judged)
        assert seen.seen == 120 + 40 * step, "real images are remembered from one evaluation to the next"


def test_they_apply_to_grey_and_coloured_images(pixels):
    for score in SCORES:
        metric = score(extractor=pixels)
        assert not metric.by_default
        assert metric.applies_to(from_tensor(torch.zeros(4, 1, 2, 2)))
        assert metric.applies_to(from_tensor(torch.zeros(4, 3, 2, 2)))
        assert not metric.applies_to(from_tensor(torch.zeros(4, 2, 2, 2)))
        assert not metric.applies_to(EightGaussians().open())


@pytest.mark.parametrize("wrong", ["classifier", None, 3])
def test_what_is_no_extractor_is_refused(wrong):
    with pytest.raises(FieldError, match=r"FrechetDistance\.extractor must be an extractor"):
        FrechetDistance(extractor=wrong)


def test_metrics_draw_from_the_generator_of_the_evaluation_only(evaluation, normal, pixels, source):
    real, fake, second = sets(normal)
    state = torch.get_rng_state()
    for score in (*SCORES, KernelDistance):
        options = {"subsets": 3, "subset_size": 10} if score is KernelDistance else {}
        judged = [evaluation(real, fake, second, source=source, seed=seed) for seed in (1, 1, 2)]
        one, same, other = [score(extractor=pixels, **options).measure(e) for e in judged]
        assert one == same
        assert (one != other) == (score in (KernelDistance, InceptionScore))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("score", [FrechetDistance, KernelDistance, InceptionScore])
def test_the_documentation_says_what_they_are_not(score):
    assert "NOT, and must not be compared" in " ".join((score.__doc__ or "").split())
