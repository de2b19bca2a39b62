"""Every rewritten operation can be compiled as part of a whole penalty, and equals eager code."""

import pytest
import torch
from torch import nn

from lipschitz import gradient_norms, two_sided

LAYERS = {
    "rectifiers": nn.Sequential(nn.ReLU(), nn.LeakyReLU(0.2), nn.PReLU(), nn.RReLU().eval(), nn.ReLU6()),
    "in place": nn.Sequential(nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(3, 3, 1), nn.Hardtanh(inplace=True)),
    "shrinks": nn.Sequential(nn.Hardshrink(0.1), nn.Softshrink(0.1), nn.Threshold(0.1, 0.2)),
    "average pooling": nn.Sequential(nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(2)),
    "overlapping average pooling": nn.AvgPool2d(3, 2, 1),
    "max pooling": nn.Sequential(nn.MaxPool2d(2), nn.AdaptiveMaxPool2d(1)),
    "padding": nn.Sequential(nn.ReflectionPad2d(1), nn.ReplicationPad2d((0, 2, 1, 0))),
    "resizing": nn.Upsample(size=3, mode="area"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_penalty_through_it_compiles_as_one_graph(name):
    critic = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), LAYERS[name], nn.Flatten(), nn.LazyLinear(1))
    points = torch.randn(3, 2, 8, 8, dtype=torch.float64)
    critic(points.float())
    critic.double()
    gradient_norms(critic, points)  # probed

    def penalty(x):
        return two_sided(gradient_norms(critic, x)).mean()

    parameters = list(critic.parameters())
    want = torch.autograd.grad(penalty(points), parameters, allow_unused=True)
    compiled = torch.compile(penalty, fullgraph=True, backend="aot_eager")
    got = torch.autograd.grad(compiled(points), parameters, allow_unused=True)
    for a, b in zip(got, want, strict=True):
        assert (a is None) == (b is None) or name in ("padding", "shrinks"), "compiled code hides some calls"
        if a is not None:
            expected = torch.zeros_like(a) if b is None else b
            torch.testing.assert_close(a, expected, rtol=1e-12, atol=1e-13)
