"""Padding by any amount has the values and first derivatives of PyTorch's own."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.zero_free import zero_free


@pytest.mark.parametrize("mode", ["reflect", "replicate", "constant", "circular"])
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
def test_padding_by_any_amount(same_as_pytorch, mode, axes, data):
    x = torch.randn(*data.draw(st.sampled_from([(2, 2), (1, 3)])), *[4] * axes, dtype=torch.float64)
    pad = tuple(data.draw(st.integers(0, 3)) for _ in range(2 * axes))
    same_as_pytorch(lambda t: F.pad(t, pad, mode=mode), x)


@pytest.mark.parametrize("pad", [(4, 0), (1, 1, 1, 1, 1, 1, 1, 1)])
def test_impossible_padding_has_the_error_of_pytorch(pad):
    x = torch.randn(1, 1, 4)
    with pytest.raises((RuntimeError, NotImplementedError)) as want:
        F.pad(x, pad, mode="reflect")
    with zero_free(F.pad), pytest.raises(want.type) as got:
        F.pad(x, pad, mode="reflect")
    assert str(got.value) == str(want.value)
