"""The names of `lipschitz.gradients`."""

import lipschitz
from lipschitz import gradients


def test_public_names():
    for name in ("input_gradients", "gradient_norms", "choose_engine"):
        assert getattr(gradients, name).__doc__
    assert lipschitz.input_gradients is gradients.input_gradients
    assert lipschitz.gradient_norms is gradients.gradient_norms
