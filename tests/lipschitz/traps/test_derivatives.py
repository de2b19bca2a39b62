"""Reports of penalties that could not be differentiated, or gave NaN: each is handled, or refused by name.

The threads are cited by repository and number; the reports are described in our words.
"""

import gc
import weakref

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import lipschitz
from lipschitz import Batch, gradient_norms, input_gradients, one_sided, two_sided
from lipschitz.zero_free import plain_double_backward


def loop_oracle(critic, points):
    """Return slopes from the textbook double backward, one sample at a time, attention by its formula."""
    rows = []
    for x in points:
        x = x[None].clone().requires_grad_()
        with sdpa_kernel(SDPBackend.MATH):
            (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        rows.append(torch.linalg.vector_norm(g))
    return torch.stack(rows)


def equal_penalties(critic, points, engine="auto"):
    parameters = [p for p in critic.parameters() if p.requires_grad]
    results = []
    for slopes in (gradient_norms(critic, points, engine=engine), loop_oracle(critic, points)):
        found = torch.autograd.grad(two_sided(slopes).mean(), parameters, allow_unused=True)
        results.append([slopes, *(torch.zeros(()) if g is None else g for g in found)])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b.expand_as(a) if b.ndim == 0 else b, rtol=1e-10, atol=1e-12)


class SelfAttention(nn.Module):
    """Tokens of shape (B, 3, 4) to a score."""

    def __init__(self, fused):
        super().__init__()
        self.fused = fused
        self.project = nn.Linear(4, 12)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        if self.fused:
            q, k, v = self.project(x).chunk(3, -1)
            x = F.scaled_dot_product_attention(q, k, v)
        else:
            x = self.attention(x, x, x, need_weights=False)[0]
        return self.score(x.mean(1))


@pytest.mark.parametrize("engine", ["auto", "vmap", "batched", "loop"])
@pytest.mark.parametrize("fused", [True, False])
def test_attention_can_be_penalised(fused, engine):
    """pytorch#116350, pytorch#181177: the fused kernels have no second derivative."""
    critic = SelfAttention(fused).double()
    points = torch.randn(3, 3, 4, dtype=torch.float64)
    for _ in range(2):  # what a critic needs is found out at its first call
        equal_penalties(critic, points, engine)
    with plain_double_backward():
        equal_penalties(critic, points, engine)


def test_a_transformer_layer_can_be_penalised_in_both_modes():
    """pytorch#116350, lucidrains/iTransformer#32."""
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
    critic = nn.Sequential(layer, nn.Flatten(), nn.Linear(12, 1)).double()
    points = torch.randn(3, 3, 4, dtype=torch.float64)
    for training in (True, False):
        equal_penalties(critic.train(training), points)


class Funnel(nn.Module):
    """Distance to the nearest of several centres."""

    def __init__(self):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(4, 3))

    def forward(self, x):
        return (torch.cdist(x, self.centres) * 1.5).min(1).values


@pytest.mark.parametrize("engine", ["auto", "vmap", "batched", "loop"])
def test_distances_can_be_penalised(engine):
    """torch.cdist has no second derivative in some releases; here it is written out."""
    critic = Funnel().double()
    points = torch.randn(5, 3, dtype=torch.float64, requires_grad=False)
    slopes = gradient_norms(critic, points, engine=engine)
    torch.testing.assert_close(slopes, torch.full((5,), 1.5, dtype=torch.float64))
    two_sided(slopes).mean().backward()
    assert critic.centres.grad is None or critic.centres.grad.isfinite().all()


class LastState(nn.Module):
    """Scores a sequence, shape (B, length, 2), by the last output of a recurrent layer."""

    def __init__(self, layer):
        super().__init__()
        self.memory = layer(2, 4, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        return self.score(self.memory(x)[0][:, -1])


@pytest.mark.parametrize("layer", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_recurrent_critics_can_be_penalised(layer, device):
    """pytorch#5261, #25315, #20449; vmap has no rule for some of them (pytorch#134606, functorch#1089).

    cuDNN's kernels have no second derivative: they are switched off around the critic, and on again.
    """
    before = torch.backends.cudnn.enabled
    equal_penalties(
        LastState(layer).double().to(device), torch.randn(3, 5, 2, dtype=torch.float64, device=device)
    )
    assert torch.backends.cudnn.enabled == before


@pytest.mark.parametrize("name", ["one_sided_gradient_penalty", "two_sided_gradient_penalty"])
def test_a_zero_gradient_has_a_finite_penalty_and_derivative(name):
    """keras-io#910, keras-io#624, stylegan2-ada-pytorch#133: the root of a sum of squares gives NaN there."""
    critic = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    nn.init.zeros_(critic[2].weight)
    points = torch.randn(3, 2)
    value = lipschitz.build(name).penalty(critic, Batch(real=points, fake=-points)).mean()
    value.backward()
    assert value == (10 if name.startswith("two") else 0)
    assert all(p.grad is None or p.grad.isfinite().all() for p in critic.parameters())


def test_no_epsilon_biases_the_norm():
    """compare_gan adds 1e-4 inside the root: a gradient of zero would count as 0.01."""
    tiny = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        tiny.weight.copy_(torch.tensor([[3e-9, 4e-9]]))
    torch.testing.assert_close(gradient_norms(tiny, torch.zeros(1, 2)), torch.tensor([5e-9]))
    nn.init.zeros_(tiny.weight)
    assert gradient_norms(tiny, torch.zeros(1, 2)).item() == 0


@pytest.mark.parametrize("engine", ["auto", "vmap"])
def test_a_penalty_compiles_as_one_graph_where_the_classic_one_raises(engine):
    """pytorch#91469, #181581, #183603: create_graph=True inside a compiled region is refused."""
    critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)).double()
    points = torch.randn(4, 2, dtype=torch.float64)
    gradient_norms(critic, points)

    def penalty(x):
        return two_sided(gradient_norms(critic, x, engine=engine)).mean()

    parameters = list(critic.parameters())
    want = torch.autograd.grad(penalty(points), parameters, allow_unused=True)
    compiled = torch.compile(penalty, fullgraph=True, backend="aot_eager")
    got = torch.autograd.grad(compiled(points), parameters, allow_unused=True)
    for a, b in zip(got, want, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_a_compiled_critic_can_be_penalised():
    """A classic penalty through a compiled critic raises; the critic inside has the same parameters."""
    critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)).double()
    points = torch.randn(4, 2, dtype=torch.float64)
    compiled = torch.compile(critic, backend="aot_eager")
    compiled(points)
    torch.testing.assert_close(gradient_norms(compiled, points), gradient_norms(critic, points))
    function = torch.compile(lambda x: critic(x), backend="aot_eager")
    torch.testing.assert_close(gradient_norms(function, points), gradient_norms(critic, points))
    two_sided(gradient_norms(compiled, points)).mean().backward()
    assert critic[0].weight.grad.abs().sum() > 0


def test_a_data_parallel_critic_can_be_penalised():
    """pytorch#2467: the scatter of DataParallel cannot be differentiated twice."""
    critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    points = torch.randn(4, 2)
    two_sided(gradient_norms(nn.DataParallel(critic), points)).mean().backward()
    assert critic[0].weight.grad.abs().sum() > 0


def test_nothing_of_a_penalty_stays_in_memory():
    """backward(create_graph=True) leaves cycles between parameters and their gradients; a penalty leaves none."""
    critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    gradient_norms(critic, torch.randn(4, 2))
    gc.disable()
    try:
        for limit in ({}, {"chunk_size": 2}):
            slopes = gradient_norms(critic, torch.randn(4, 2), **limit)
            ghost = weakref.ref(slopes)
            one_sided(slopes, 0.0).mean().backward()
            del slopes
            assert ghost() is None
    finally:
        gc.enable()


def test_a_condition_made_from_the_points_is_a_constant():
    """The penalised gradient is that of the sample, not of what the critic is told besides."""

    def critic(x, c):
        return (x * c).sum(1)

    points = torch.randn(3, 2, requires_grad=True)
    for engine in ("vmap", "batched", "loop"):
        torch.testing.assert_close(input_gradients(critic, points, 2 * points, engine=engine), 2 * points)
