"""The names of `lipschitz.zero_free`."""

from lipschitz import zero_free


def test_public_names():
    assert zero_free.zero_free.__doc__
    assert zero_free.plain_double_backward.__doc__
    assert zero_free.REWRITES
