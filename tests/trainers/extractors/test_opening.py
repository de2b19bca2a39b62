"""Opened once for each data, forgotten with them; real images are looked at once."""

import gc
from dataclasses import dataclass

import pytest
import torch

from lipschitz_trainers.extractors import Extractor, OpenedExtractor, Outputs, opened, opening


class Counting(OpenedExtractor):
    def __init__(self):
        self.looks = 0

    def look(self, images):
        self.looks += 1
        features = images.flatten(1)
        return Outputs(features, features.softmax(dim=1))


@dataclass(frozen=True, kw_only=True)
class Counted(Extractor):
    name = "counted"
    size: int = 1

    def open(self, source):
        return Counting()


def test_equal_extractors_are_opened_once_for_each_data(halves):
    source, other = halves(), halves()
    first = opened(Counted(), source)
    assert opened(Counted(), source) is first
    assert opened(Counted(size=2), source) is not first
    assert opened(Counted(), other) is not first
    before = len(opening._OPENED)
    del source, first
    gc.collect()
    assert len(opening._OPENED) == before - 1


def test_real_images_are_remembered_by_what_they_are(halves):
    one = opened(Counted(), halves())
    images = torch.rand(4, 1, 3, 3)
    first = one.of_real(images)
    again = one.of_real(images.clone())
    assert one.extractor.looks == 1
    assert again is first
    changed = images.clone()
    changed[0, 0, 0, 0] += 0.1
    assert not torch.equal(one.of_real(changed).features, first.features)
    assert one.extractor.looks == 2
    one.of_real(images.reshape(4, 1, 9, 1))
    assert one.extractor.looks == 3, "the same bytes in another shape are other images"


@pytest.mark.parametrize("sets", [2, 3])
def test_only_the_latest_are_kept(halves, sets):
    one = opened(Counted(), halves())
    for _ in range(2):
        for i in range(sets):
            one.of_real(torch.full((2, 1, 3, 3), float(i)))
    assert one.extractor.looks == (sets if sets <= opening.REMEMBERED else 2 * sets)
    assert len(one._remembered) == opening.REMEMBERED
