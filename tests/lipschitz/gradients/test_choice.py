"""Which engine is chosen for a critic, and which critics are refused."""

import gc
import weakref

import pytest
import torch
from torch import nn

import lipschitz
from lipschitz import (
    Batch,
    CoupledSamplesError,
    CriticError,
    diagnose,
    gradient_norms,
    input_gradients,
    two_sided,
)
from lipschitz.gradients import choose_engine
from lipschitz.testing.critics import RECURRENT


def oracle(critic, points, *condition):
    """Return gradients by a Python loop of autograd, one sample at a time, with a graph."""
    rows = []
    for i in range(points.shape[0]):
        x = points[i : i + 1].detach().clone().requires_grad_()
        (row,) = torch.autograd.grad(
            critic(x, *(c[i : i + 1] for c in condition)).sum(), x, create_graph=True
        )
        rows.append(row)
    return torch.cat(rows)


ENGINES = ["auto", "vmap", "batched", "loop"]


class Gated(nn.Module):
    """A GRU, which vmap cannot evaluate."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 4, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        return self.score(self.gru(x)[0][:, -1])


@pytest.mark.parametrize("build", [Gated, RECURRENT.build])
def test_layers_without_a_rule_for_vmap_take_the_batch_as_a_whole_once_probed(build):
    critic = build().double()
    points = torch.randn(3, 5, 2, dtype=torch.float64)
    for _ in range(2):
        torch.testing.assert_close(input_gradients(critic, points), oracle(critic, points))
    assert choose_engine(critic, points) == "batched"
    with pytest.raises(CriticError, match=r"sample by sample.*\n.*engine='batched'"):
        input_gradients(critic, points, engine="vmap")


def test_what_cannot_be_probed_is_looped_over_and_says_so(caplog):
    critic = Gated().double()
    points = torch.randn(3, 5, 2, dtype=torch.float64)

    def score(x):
        return critic(x)

    with caplog.at_level("WARNING", "lipschitz"):
        torch.testing.assert_close(input_gradients(score, points), oracle(critic, points))
    assert "one sample at a time" in caplog.text
    assert choose_engine(score, points) == "loop"
    assert choose_engine(lambda x: x.sum(1), torch.zeros(2, 2)) == "vmap"


def test_the_loop_is_no_way_around_coupled_samples():
    layers = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    images = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(4, 1))
    with pytest.raises(CriticError):
        input_gradients(lambda x: layers(x), torch.randn(4, 2))
    with pytest.raises(CriticError):
        input_gradients(lambda x: images(x), torch.randn(4, 1, 2, 2))
    for critic, points in ((layers, torch.randn(4, 2)), (images, torch.randn(4, 1, 2, 2))):
        with pytest.raises(CoupledSamplesError, match="BatchNorm"):
            input_gradients(critic, points, engine="loop")


def test_what_is_remembered_does_not_keep_the_critic_alive():
    critic = Gated()
    input_gradients(critic, torch.randn(3, 5, 2), memory_budget=1)
    ghost = weakref.ref(critic)
    del critic
    gc.collect()
    assert ghost() is None


def test_layer_normalization_works_under_autocast():
    critic = nn.Sequential(nn.Linear(2, 16), nn.LayerNorm(16), nn.ReLU(), nn.Linear(16, 1))
    points = torch.randn(6, 2)
    want = gradient_norms(critic, points)
    with torch.autocast("cpu", torch.bfloat16):
        got = gradient_norms(critic, points)
        with pytest.raises(CriticError, match="sample by sample"):
            gradient_norms(critic, points, engine="vmap")
    assert got.dtype is torch.float32
    torch.testing.assert_close(got, want, rtol=0.05, atol=0.02)


class SpreadOfTheBatch(nn.Module):
    """Tells every sample how much the batch varies, as minibatch discrimination does."""

    def __init__(self):
        super().__init__()
        self.score = nn.Linear(3, 1)

    def forward(self, x):
        spread = x.std(0, keepdim=True).mean().expand(len(x), 1)
        return self.score(torch.cat([x, spread], 1))


@pytest.mark.parametrize("engine", ["auto", "vmap", "loop"])
def test_statistics_of_the_batch_are_refused_where_vmap_would_give_nan(engine):
    critic = SpreadOfTheBatch()
    points = torch.randn(4, 2)
    if engine != "auto":
        with pytest.raises(CoupledSamplesError):
            lipschitz.build("one_sided_gradient_penalty").prepare(critic, Batch(real=points, fake=points))
    with pytest.raises(CoupledSamplesError, match="couples the samples"):
        input_gradients(critic, points, engine=engine)


def test_a_critic_is_probed_again_now_and_then(monkeypatch):
    monkeypatch.setattr("lipschitz.gradients.choice.RECHECKS", frozenset({3}))
    critic = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    points = torch.randn(4, 2)
    input_gradients(critic, points)
    critic[0].forward = lambda x: x - x.mean(0)
    input_gradients(critic, points)
    with pytest.raises(CoupledSamplesError):
        input_gradients(critic, points)


def test_errors_of_a_critic_that_couples_samples_are_not_hidden_by_the_fallback():
    critic = Gated()
    points = torch.randn(3, 5, 2)
    gradient_norms(critic, points)
    critic.score = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError, match="score.1"):
        gradient_norms(critic, points)


@pytest.mark.parametrize("engine", ["auto", "vmap"])
@pytest.mark.parametrize("layer", [nn.BatchNorm1d(4), nn.BatchNorm1d(4, track_running_stats=False)])
def test_batch_normalization_is_refused_by_its_path(engine, layer):
    # Without running statistics vmap would give wrong numbers and no error.
    critic = nn.Sequential(nn.Linear(2, 4), nn.Sequential(nn.ReLU(), layer), nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError, match=r"layer '1.1' \(BatchNorm1d\(4\)\)"):
        input_gradients(critic, torch.randn(6, 2), engine=engine)
    with pytest.raises(CoupledSamplesError):
        gradient_norms(
            critic.eval() if layer.running_mean is None else critic, torch.randn(6, 2), engine=engine
        )


@pytest.mark.parametrize("engine", ["auto", "vmap"])
def test_batch_normalization_of_images_is_refused_where_vmap_would_be_silently_wrong(engine):
    critic = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2, track_running_stats=False), nn.Flatten(), nn.Linear(8, 1)
    )
    for mode in (True, False):
        with pytest.raises(CoupledSamplesError, match="layer '1'"):
            input_gradients(critic.train(mode), torch.randn(3, 1, 4, 4), engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_batch_normalization_in_evaluation_mode_is_an_affine_map(engine):
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double().eval()
    points = torch.randn(6, 2, dtype=torch.float64)
    torch.testing.assert_close(input_gradients(critic, points, engine=engine), oracle(critic, points))


def test_functions_that_couple_samples_are_refused_too():
    critic = SpreadOfTheBatch()
    points = torch.randn(4, 2)
    for _ in range(2):  # another lambda, the same code
        with pytest.raises(CoupledSamplesError, match="couples the samples"):
            gradient_norms(lambda x: critic(x), points)
    hidden = nn.Linear(2, 3)
    with pytest.raises(CoupledSamplesError):
        gradient_norms(lambda x: (hidden(x) * hidden(x).mean(0)).sum(1), points)


def test_probing_a_function_leaves_its_modules_alone():
    critic = nn.Sequential(nn.Linear(2, 3), nn.utils.parametrizations.spectral_norm(nn.Linear(3, 1)))
    before = {name: buffer.clone() for name, buffer in critic.named_buffers()}
    critic.eval()
    gradient_norms(lambda x: critic(x), torch.randn(4, 2))
    assert all(torch.equal(buffer, before[name]) for name, buffer in critic.named_buffers())


class OwnStatistics(nn.Module):
    """Couples samples between its layers, not in one of them."""

    def __init__(self):
        super().__init__()
        self.features = nn.Linear(4, 8)
        self.head = nn.Linear(9, 1)

    def forward(self, x):
        h = self.features(x).relu()
        return self.head(torch.cat([h, h.std(0, keepdim=True).mean(1, keepdim=True).expand(len(x), 1)], 1))


@pytest.mark.parametrize(
    ("critic", "where"),
    [
        (OwnStatistics(), r"the critic \(OwnStatistics\)"),
        (
            nn.Sequential(nn.Linear(4, 4), nn.Sequential(OwnStatistics()), nn.Flatten(0)),
            r"layer '1\.0' \(OwnStat",
        ),
    ],
)
def test_the_code_between_layers_is_blamed_not_the_layer_behind_it(critic, where):
    with pytest.raises(CoupledSamplesError, match=where):
        gradient_norms(critic, torch.randn(8, 4))
    codes = [(finding.code, finding.layer) for finding in diagnose(critic, torch.randn(8, 4)).findings]
    path = "" if isinstance(critic, OwnStatistics) else "1.0"
    assert ("batch_coupled", path) in codes
    assert not any(layer.endswith("head") for code, layer in codes if code == "batch_coupled")


def test_critics_can_be_looked_at_in_inference_mode():
    critic = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    want = gradient_norms(critic, torch.ones(3, 2))
    with torch.inference_mode():
        points = torch.ones(3, 2)
        for engine in ("auto", "vmap", "batched", "loop"):
            torch.testing.assert_close(gradient_norms(critic, points, engine=engine), want.detach())
        assert diagnose(critic, points).ok
    two_sided(gradient_norms(critic, points)).sum().backward()  # points made there
    assert critic[0].weight.grad.any()


def test_a_critic_without_any_dependence_has_slope_zero():
    class Constant(nn.Module):
        def forward(self, x):
            return torch.ones(len(x))

    for engine in ("auto", "batched", "vmap", "loop"):
        assert torch.equal(gradient_norms(Constant(), torch.ones(3, 2), engine=engine), torch.zeros(3))
