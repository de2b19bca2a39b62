"""Counting n-grams against a plain count of strings, and the divergence against its closed forms."""

import collections
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import distance

from lipschitz import DataError
from lipschitz_trainers.metrics import ngrams
from lipschitz_trainers.metrics.ngrams import jensen_shannon, ngram_distribution

LINES = st.integers(1, 6).flatmap(
    lambda length: st.lists(st.text("abcde", min_size=length, max_size=length), min_size=1, max_size=12)
)
VOCABULARY = "abcde"


def indices(lines, kind=np.uint8):
    return np.array([[VOCABULARY.index(character) for character in line] for line in lines], dtype=kind)


def counted(lines, n):
    """Return the shares of all n-grams by string."""
    counts = collections.Counter(line[i : i + n] for line in lines for i in range(len(line) - n + 1))
    return {gram: count / counts.total() for gram, count in counts.items()}


def distribution(lines, n):
    return ngram_distribution(indices(lines), n, len(VOCABULARY))


@settings(deadline=None)
@given(LINES, st.data(), st.sampled_from([1, 3, 200_000]), st.sampled_from([1, 2**22]))
def test_the_shares_are_those_of_a_plain_count(lines, data, chunk, dense):
    n = data.draw(st.integers(1, len(lines[0])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngrams, "CHUNK", chunk)
        patch.setattr(ngrams, "DENSE", dense)
        found = distribution(lines, n)
    want = counted(lines, n)
    numbered = {
        sum(VOCABULARY.index(character) * 5 ** (n - 1 - i) for i, character in enumerate(gram)): share
        for gram, share in want.items()
    }
    assert found.codes.tolist() == sorted(numbered)
    assert found.shares.tolist() == pytest.approx([numbered[code] for code in sorted(numbered)])
    assert found.shares.sum() == pytest.approx(1)


@settings(deadline=None)
@given(LINES, LINES, st.data())
def test_the_divergence_is_the_square_of_scipys_distance(a, b, data):
    n = data.draw(st.integers(1, min(len(a[0]), len(b[0]))))
    p, q = counted(a, n), counted(b, n)
    grams = sorted({*p, *q})
    want = distance.jensenshannon([p.get(g, 0) for g in grams], [q.get(g, 0) for g in grams], base=2) ** 2
    got = jensen_shannon(distribution(a, n), distribution(b, n))
    assert 0 <= got <= 1
    assert got == pytest.approx(want, abs=1e-12)
    assert got == pytest.approx(jensen_shannon(distribution(b, n), distribution(a, n)), abs=1e-12)


@settings(deadline=None)
@given(LINES, st.data())
def test_nothing_between_equal_distributions_and_one_bit_between_disjoint_ones(lines, data):
    n = data.draw(st.integers(1, len(lines[0])))
    assert jensen_shannon(distribution(lines, n), distribution(lines * 3, n)) == pytest.approx(0, abs=1e-12)
    mine = [line.replace("e", "d") for line in lines]
    others = ["e" * len(line) for line in lines]
    assert jensen_shannon(distribution(mine, n), distribution(others, n)) == pytest.approx(1, abs=1e-12)


def test_a_value_by_hand():
    # p = (1/2, 1/2, 0), q = (1/2, 0, 1/2): halves of p and of q are shared, the rest of each is alone.
    got = jensen_shannon(distribution(["ab"], 1), distribution(["ac"], 1))
    assert got == pytest.approx(0.5)
    # p = (3/4, 1/4), q = (1/4, 3/4), m = 1/2 each: 1 minus the entropy of a quarter.
    entropy = -(0.25 * math.log2(0.25) + 0.75 * math.log2(0.75))
    assert jensen_shannon(distribution(["aaab"], 1), distribution(["abbb"], 1)) == pytest.approx(1 - entropy)


def test_large_vocabularies_are_numbered_without_overflow():
    lines = np.array([[32766, 32766, 32766, 32766], [0, 0, 0, 32766]], dtype=np.int16)
    assert ngram_distribution(lines, 4, 32767).codes.tolist() == [32766, 32767**4 - 1]


@pytest.mark.parametrize(
    ("shape", "n", "vocabulary", "message"),
    [
        ((2, 3), 4, 5, "with at least 4 characters, got \\(2, 3\\)"),
        ((0, 3), 2, 5, "got \\(0, 3\\)"),
        ((3,), 1, 5, "got \\(3,\\)"),
        ((2, 9), 5, 32767, "5-grams of 32767 characters cannot be numbered"),
    ],
)
def test_what_cannot_be_counted_is_refused(shape, n, vocabulary, message):
    with pytest.raises(DataError, match=message):
        ngram_distribution(np.zeros(shape, np.uint8), n, vocabulary)
