"""Generated lines against all training lines, beside held-out ones."""

import gc
import math
import weakref
from pathlib import Path

import pytest
import torch

from lipschitz import DataError, FieldError
from lipschitz_trainers.data import Digits, Text, TextSource
from lipschitz_trainers.metrics import NgramJensenShannon
from lipschitz_trainers.metrics import ngram_jensen_shannon as module
from lipschitz_trainers.metrics.ngrams import jensen_shannon, ngram_distribution

VOCABULARY = ("?", "a", "b", "`")
BROWN = Path(__file__).parents[4] / "shared" / "data" / "brown-sentences.txt.gz"


@pytest.fixture
def source():
    train = torch.randint(3, (40, 6), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    held_out = torch.randint(3, (20, 6), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return TextSource(train, held_out, VOCABULARY)


def test_every_n_has_its_value_and_its_floor_of_held_out_lines(evaluation, source):
    real = source.held_out(20, torch.Generator()).x
    soft = (
        0.4 * source.one_hot(torch.full((20, 6), 2)) + 0.15
    )  # at every place the third character is likeliest
    values = NgramJensenShannon(largest=3).measure(evaluation(real, soft, source=source))
    name = "ngram_jensen_shannon"
    assert values.keys() == {name, f"{name}_floor"} | {
        f"{name}{floor}_{n}" for n in (1, 2, 3) for floor in ("", "_floor")
    }
    for n in (1, 2, 3):
        train = ngram_distribution(source.train_lines.numpy(), n, 4)
        for key, lines in (("", torch.full((20, 6), 2)), ("_floor", source.held_out_lines)):
            want = jensen_shannon(train, ngram_distribution(lines.numpy(), n, 4))
            assert values[f"{name}{key}_{n}"] == pytest.approx(want, abs=1e-12)
    assert values[name] == values[f"{name}_3"] > values[f"{name}_floor"] == values[f"{name}_floor_3"] > 0


def test_the_training_lines_themselves_are_at_no_distance_and_foreign_ones_one_bit_away(evaluation, source):
    train = source.one_hot(source.train_lines)
    foreign = source.one_hot(torch.full((40, 6), 3))
    values = NgramJensenShannon().measure(evaluation(train, foreign, source=source))
    assert [values[f"ngram_jensen_shannon_{n}"] for n in range(1, 5)] == pytest.approx([1.0] * 4)
    assert [values[f"ngram_jensen_shannon_floor_{n}"] for n in range(1, 5)] == pytest.approx(
        [0] * 4, abs=1e-12
    )


def test_a_diverged_generator_gets_nan_and_keeps_the_floor(evaluation, source):
    real = source.held_out(20, torch.Generator()).x
    good = NgramJensenShannon().measure(evaluation(real, real, source=source))
    values = NgramJensenShannon().measure(evaluation(real, real * torch.nan, source=source))
    assert values.keys() == good.keys()
    for key, value in values.items():
        assert value == good[key] if "floor" in key else math.isnan(value)


def test_training_lines_are_counted_once_and_forgotten_with_their_source(evaluation, source, monkeypatch):
    sizes = []

    def count(lines, n, vocabulary):
        sizes.append(len(lines))
        return ngram_distribution(lines, n, vocabulary)

    monkeypatch.setattr(module, "ngram_distribution", count)
    real = source.held_out(20, torch.Generator()).x
    for _ in range(3):
        NgramJensenShannon().measure(evaluation(real, real, source=source))
    assert sizes.count(40) == 4
    opened = TextSource(source.train_lines, source.held_out_lines, VOCABULARY)
    NgramJensenShannon().measure(evaluation(real, real, source=opened))
    alive = weakref.ref(opened)
    del opened
    gc.collect()
    assert alive() is None


def test_it_applies_to_text_with_lines_long_enough(source):
    assert NgramJensenShannon(largest=6).applies_to(source)
    assert not NgramJensenShannon(largest=7).applies_to(source)
    assert not NgramJensenShannon().applies_to(Digits().open())
    with pytest.raises(FieldError, match=">= 1"):
        NgramJensenShannon(largest=0)
    with pytest.raises(DataError, match="ArraySource holds images"):
        module.divergence(Digits().open(), source.one_hot(source.train_lines), 1)


@pytest.mark.skipif(not BROWN.exists(), reason=f"the Brown sentences are not at {BROWN}")
def test_real_english_stays_far_below_shuffled_characters(evaluation):
    source = Text(path=str(BROWN), limit=20_000).open()
    real = source.held_out(640, torch.Generator().manual_seed(0)).x
    order = torch.randperm(640 * 32, generator=torch.Generator().manual_seed(1))
    shuffled = real.flatten(0, 1)[order].reshape(real.shape)
    values = NgramJensenShannon().measure(evaluation(real, shuffled, source=source))
    floors = [values[f"ngram_jensen_shannon_floor_{n}"] for n in range(1, 5)]
    found = [values[f"ngram_jensen_shannon_{n}"] for n in range(1, 5)]
    assert floors == sorted(floors)
    assert floors[3] < 0.5 < found[3]
    assert found[0] == pytest.approx(floors[0], abs=1e-9)  # the same characters, in another order
    assert all(value > 2 * floor for value, floor in zip(found[1:3], floors[1:3], strict=True))
