"""The names of `lipschitz.testing.identify`."""

from lipschitz import testing
from lipschitz.testing import identify


def test_public_names():
    for name in ("Verdict", "identify_penalty"):
        assert getattr(identify, name).__doc__
        assert getattr(testing, name) is getattr(identify, name)
