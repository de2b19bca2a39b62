"""The names of `lipschitz.testing`."""

import lipschitz
from lipschitz import testing


def test_public_names():
    for name in ("ExampleCritic", "Report", "check_constraint"):
        assert getattr(testing, name).__doc__


def test_the_package_need_not_be_imported_by_those_who_only_train():
    assert "testing" not in lipschitz.__dict__.get("__all__", [])
