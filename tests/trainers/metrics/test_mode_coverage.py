"""Covered modes and high-quality samples, counted by hand and by a loop."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import DataError, FieldError
from lipschitz_trainers.data import EightGaussians, Modes, SwissRoll, TwentyFiveGaussians
from lipschitz_trainers.metrics import ModeCoverage
from lipschitz_trainers.metrics.mode_coverage import covered_modes


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 8), st.integers(1, 40), st.floats(0.01, 1), st.floats(0.1, 5), st.integers(0, 2**31))
def test_it_agrees_with_counting_sample_by_sample(count, n, std, radius, seed):
    generator = torch.Generator().manual_seed(seed)
    centres, samples = torch.randn(count, 2, generator=generator), torch.randn(n, 2, generator=generator)
    covered, good = set(), 0
    for sample in samples.double():
        distances = [float((sample - centre).norm()) for centre in centres.double()]
        if min(distances) <= radius * std:
            covered.add(distances.index(min(distances)))
            good += 1
    got = covered_modes(samples, Modes(centres, std), radius)
    assert got == (len(covered), pytest.approx(good / n))


@pytest.mark.parametrize("dataset", [EightGaussians(), TwentyFiveGaussians()])
def test_real_samples_cover_everything_at_the_known_quality(evaluation, dataset):
    source = dataset.open()
    real, other = (source.held_out(5000, torch.Generator().manual_seed(seed)).x for seed in (0, 1))
    values = ModeCoverage().measure(evaluation(real, other, source=source))
    count = len(source.modes.centres)
    assert values["mode_coverage"] == values["mode_coverage_floor"] == values["mode_count"] == count
    # Within 3 standard deviations in the plane: 1 - exp(-4.5).
    assert values["high_quality_share"] == pytest.approx(1 - math.exp(-4.5), abs=0.006)


def test_a_collapsed_generator_covers_one_mode(evaluation):
    source = EightGaussians().open()
    real = source.held_out(100, torch.Generator().manual_seed(0)).x
    values = ModeCoverage().measure(evaluation(real, source.modes.centres[3].expand(100, 2), source=source))
    assert (values["mode_coverage"], values["high_quality_share"]) == (1, 1)
    between = torch.zeros(100, 2)
    values = ModeCoverage().measure(evaluation(real, between, source=source))
    assert (values["mode_coverage"], values["high_quality_share"]) == (0, 0)
    everything = ModeCoverage(radius_in_std=200).measure(evaluation(real, between, source=source))
    assert everything["high_quality_share"] == 1


def test_a_diverged_generator_covers_nan(evaluation):
    source = EightGaussians().open()
    real = source.held_out(100, torch.Generator()).x
    values = ModeCoverage().measure(evaluation(real, real * torch.inf, source=source))
    assert math.isnan(values["mode_coverage"])
    assert math.isnan(values["high_quality_share"])
    assert values["mode_coverage_floor"] == 8


def test_it_applies_to_mixtures_only(evaluation):
    assert ModeCoverage().applies_to(EightGaussians().open())
    roll = SwissRoll().open()
    assert not ModeCoverage().applies_to(roll)
    with pytest.raises(DataError, match="known modes"):
        ModeCoverage().measure(evaluation(torch.zeros(3, 2), torch.zeros(3, 2), source=roll))
    with pytest.raises(FieldError, match="> 0"):
        ModeCoverage(radius_in_std=0)
