"""One rule for each name."""

import pytest

from lipschitz.bounds.rules import registry


def test_a_name_has_one_rule(monkeypatch):
    monkeypatch.setattr(registry, "RULES", {})
    made = registry.rule("first", "second")(lambda call: [])
    assert {"first": made, "second": made} == registry.RULES
    with pytest.raises(AssertionError, match="second"):
        registry.rule("second")(lambda call: [])
