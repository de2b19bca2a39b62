"""Samples that make a penalty show where it looks."""

import pytest
import torch

from lipschitz.testing.identify.forms import COMMON, RANKS, Form
from lipschitz.testing.identify.samples import apart, numbered, signs, uneven

FORMS = [Form(shape) for shape in (*RANKS, *COMMON)]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_all_samples_are_in_the_unit_cube_and_differ_everywhere(form):
    for samples in (apart(form), numbered(form)[0]):
        for x in (samples.real, samples.fake):
            assert x.shape == form.full
            assert x.dtype == form.dtype
            assert 0 <= x.min() <= x.max() <= 1
    samples = apart(form)
    assert (samples.real - samples.fake).min() > 0.05
    assert len(torch.unique(torch.cat([samples.real, samples.fake]).flatten(1), dim=0)) == 2 * form.size


def test_seeds_of_real_and_fake_are_independent():
    form = Form((3, 4))
    first, other = apart(form, 0, 0), apart(form, 0, 1)
    assert torch.equal(first.real, other.real)
    assert not torch.equal(first.fake, other.fake)
    assert not torch.equal(first.real, apart(form, 1, 0).real)


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
def test_the_first_coordinate_is_the_number_of_the_pair(form):
    samples, numbers = numbered(form)
    for x in (samples.real, samples.fake):
        assert torch.equal(x.flatten(1)[:, 0], numbers)
    # Half a standard deviation of the batch leads to no other pair.
    assert samples.real.std() / 2 < (numbers[1] - numbers[0]) / 2


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_even_gradients_have_one_size_and_uneven_ones_many(form):
    assert torch.equal(signs(form).abs(), torch.ones(form.features, dtype=form.dtype))
    rows = uneven(form, 0)
    assert rows.shape == (form.size, form.features)
    norms = rows.norm(dim=1)
    assert norms.max() > 1.5 * norms.min()
    assert not torch.equal(rows, uneven(form, 1))
