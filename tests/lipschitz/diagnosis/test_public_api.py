"""What the package offers."""

import lipschitz
from lipschitz import diagnosis


def test_the_same_names_are_at_the_top():
    for name in ("diagnose", "Diagnosis", "Finding"):
        assert getattr(lipschitz, name) is getattr(diagnosis, name)
        assert getattr(lipschitz, name).__doc__
