"""Forms of samples: sizes that cannot be mixed up, and the order in which they are tried."""

import math

import torch
from hypothesis import given

from lipschitz.testing.identify.forms import COMMON_SIZES, RANKS, SIZE, Form, enlarged, variations
from lipschitz.testing.strategies import shapes


def test_no_axis_is_as_long_as_the_batch_or_twice_as_long():
    assert COMMON_SIZES[0] == SIZE
    for shape in RANKS:
        assert not {SIZE, 2 * SIZE} & {*shape, math.prod(shape)}


def test_images_vectors_and_sequences_are_tried():
    assert [len(shape) for shape in RANKS] == [3, 1, 2]


@given(shapes())
def test_numbers_in_a_sample_and_in_a_batch(shape):
    form = Form(shape, 3)
    assert form.features == torch.zeros(shape).numel()
    assert torch.zeros(form.full).shape == (3, *shape)


@given(shapes())
def test_enlarged_samples_have_at_least_twice_as_many_numbers_and_as_many_axes(shape):
    assert math.prod(enlarged(shape)) >= 2 * math.prod(shape)
    assert len(enlarged(shape)) == len(shape)


def test_double_precision_and_columns_of_scores_come_first():
    tried = [(form.dtype, form.column) for form in variations((2,), 4)]
    assert tried[0] == (torch.float64, True)
    assert len(set(tried)) == 4
