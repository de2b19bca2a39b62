"""What `lipschitz.bounds` offers."""

import lipschitz
from lipschitz import bounds


def test_public_names_are_there_and_documented():
    for name in ("operator_norm", "product_bound", "reshaped_spectral_norm", "rule_for", "tight_bound"):
        assert getattr(bounds, name).__doc__, name
    assert lipschitz.product_bound is bounds.product_bound
