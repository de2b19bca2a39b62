"""The bottleneck block against the same computation written out."""

import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz_trainers.networks.layers.bottleneck import bottleneck_block


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from([2, 4]),
    st.sampled_from([2, 4]),
    st.sampled_from(["up", "down", None]),
    st.sampled_from(["none", "layer"]),
    st.integers(0, 1000),
)
def test_a_block_is_its_shortcut_and_three_tenths_of_its_branch(inputs, outputs, resample, name, seed):
    torch.manual_seed(seed)
    block = bottleneck_block(inputs, outputs, 4, name, resample).double()
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    x = torch.randn(2, inputs, 4, 4, dtype=torch.float64)
    kinds = torch.nn.Conv2d | torch.nn.ConvTranspose2d
    first, middle, last = (m for m in block.branch.modules() if isinstance(m, kinds))
    assert (first.out_channels, middle.out_channels) == (inputs // 2, outputs // 2)
    assert last.bias is None
    h = F.relu(F.conv2d(F.relu(x), first.weight, first.bias))
    if resample == "up":  # the whole transpose, without its last row and column
        h = F.conv_transpose2d(h, middle.weight, middle.bias, stride=2)[..., :8, :8]
    elif resample == "down":
        h = F.conv2d(F.pad(h, (0, 1, 0, 1)), middle.weight, middle.bias, stride=2)
    else:
        h = F.conv2d(h, middle.weight, middle.bias, padding=1)
    h = F.conv2d(F.relu(h), last.weight)
    for norm in (m for m in block.branch.modules() if isinstance(m, torch.nn.GroupNorm)):
        h = norm(h)
    points = [m for m in block.shortcut.modules() if isinstance(m, torch.nn.Conv2d)]
    passed = x
    if resample == "up":  # every channel of the output is made of four, one for each place of its 2x2 pixels
        four = F.conv2d(x, points[0].weight, points[0].bias).unflatten(1, (outputs, 2, 2))
        passed = four.permute(0, 1, 4, 2, 5, 3).reshape(2, outputs, 8, 8)
    elif points:
        passed = F.conv2d(x[..., ::2, ::2] if resample == "down" else x, points[0].weight, points[0].bias)
    torch.testing.assert_close(block(x), passed + 0.3 * h)
    assert bool(points) == (resample is not None or inputs != outputs)
