"""Every code has a critic that triggers it, clean critics have no complaint, and the critic is left as it was."""

import copy
import random
import threading
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import nn
from torch.nn.utils import parametrizations

from lipschitz import Batch, BatchError, CriticOutput, diagnose
from lipschitz.diagnosis import CODES, examination
from lipschitz.testing.critics import CONDITIONAL, DEFAULT_CRITICS, RECURRENT
from lipschitz.testing.strategies import critics


def between(layer, last=6):
    return nn.Sequential(nn.Linear(3, 6), layer, nn.Linear(last, 1))


class Function(nn.Module):
    """A layer without weights."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Once(torch.autograd.Function):
    """Can be differentiated once."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, upstream):
        return 2 * ctx.saved_tensors[0] * upstream


class Severed(torch.autograd.Function):
    """Has a backward that autograd does not follow, without any error."""

    @staticmethod
    def forward(ctx, x):
        ctx.x = x.detach()
        return x * x

    @staticmethod
    def backward(ctx, upstream):
        return 2 * ctx.x * upstream


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        return self.score(self.gru(x)[0][:, -1])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.score = nn.Linear(4, 1)

    def forward(self, x):
        return self.score(self.attention(x, x, x, need_weights=False)[0].mean(1))


class Locked(nn.Module):
    """Cannot be copied."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()
        self.score = nn.Linear(3, 1)

    def forward(self, x):
        return self.score(x)


class Spare(nn.Module):
    """Holds a layer that it never calls."""

    def __init__(self):
        super().__init__()
        self.spare, self.score = nn.Linear(3, 3), nn.Linear(3, 1)

    def forward(self, x):
        return self.score(x)


class Printing(nn.Module):
    """Prints, which compiled code cannot."""

    def __init__(self):
        super().__init__()
        self.score = nn.Linear(3, 1)

    def forward(self, x):
        with torch.no_grad():
            print(float(x.sum()), end="")  # noqa: T201
        return self.score(x)


class FirstOnly(nn.Module):
    """Ignores the second part of its input."""

    def __init__(self):
        super().__init__()
        self.score = nn.Linear(3, 1)

    def forward(self, pair):
        return self.score(pair[0]) + 0 * pair[1].sum()


class Coarse(nn.Module):
    """Oscillates faster than bfloat16 can tell numbers apart."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(3, 32), nn.Linear(32, 1)

    def forward(self, x):
        return self.outer(torch.sin(300 * self.inner(x)))


def zero_last():
    critic = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    nn.init.zeros_(critic[1].weight)
    return critic


def biases_only():
    critic = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    critic[0].requires_grad_(False)
    critic[2].weight.requires_grad_(False)
    return critic


def image(*layers):
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * 25, 1))


def half(x):
    if x.dtype == torch.bfloat16:
        raise RuntimeError("no kernel for this dtype")
    return x


TRIGGERS = {
    # code: (critic, shape of a sample, layer, severity)
    "attention_kernel": (Attention, (5, 4), "attention", "info"),
    "autocast_differs": (Coarse, (3,), "", "warning"),
    "batch_coupled": (lambda: between(nn.BatchNorm1d(6)), (3,), "1", "error"),
    "cannot_copy": (Locked, (3,), "", "warning"),
    "cannot_evaluate": (lambda: between(nn.Linear(7, 6)), (3,), "1", "error"),
    "coupling_unchecked": (lambda: between(Function(lambda x: x + random.random())), (3,), "", "warning"),
    "data_dependent_branch": (
        lambda: between(Function(lambda x: x if float(x.detach().abs().max()) > -1 else -x)),
        (3,),
        "1",
        "warning",
    ),
    "evaluation_mode": (lambda: between(nn.Dropout(0.5)).eval(), (3,), "1", "info"),
    "ignored_input": (FirstOnly, ((3,), (2,)), "", "warning"),
    "lazy_layers": (lambda: nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 1)), (3,), "0", "error"),
    "no_autocast": (lambda: between(Function(half)), (3,), "1", "warning"),
    "no_compile": (Printing, (3,), "", "info"),
    "no_double_backward": (lambda: between(Function(Once.apply)), (3,), "1", "error"),
    "no_gradient": (lambda: between(Function(torch.sign)), (3,), "1", "error"),
    "no_parameters": (lambda: between(nn.ReLU()).requires_grad_(False), (3,), "", "error"),
    "no_penalty_gradient": (biases_only, (3,), "", "error"),
    "no_vmap_rule": (Gru, (5, 3), "gru", "info"),
    "not_finite": (lambda: between(Function(lambda x: (x - x.abs() - 1).sqrt())), (3,), "1", "error"),
    "not_scores": (lambda: nn.Sequential(nn.Conv2d(2, 1, 3)), (2, 5, 5), "", "error"),
    "power_iteration": (lambda: between(parametrizations.spectral_norm(nn.Linear(6, 6))), (3,), "1", "info"),
    "random_output": (lambda: between(nn.Dropout(0.5)), (3,), "1", "warning"),
    "running_statistics": (
        lambda: image(nn.Conv2d(2, 4, 1), nn.InstanceNorm2d(4, track_running_stats=True)),
        (2, 5, 5),
        "1",
        "warning",
    ),
    "saturating_output": (lambda: nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()), (3,), "1", "warning"),
    "understated_spectral_norm": (
        lambda: image(parametrizations.spectral_norm(nn.Conv2d(2, 4, 3, padding=1))),
        (2, 5, 5),
        "0",
        "warning",
    ),
    "unused_parameters": (Spare, (3,), "spare", "warning"),
    "wrong_double_backward": (lambda: between(Function(Severed.apply)), (3,), "1", "error"),
    "wrong_gradient": (
        lambda: between(Function(lambda x: x / x.detach().norm(dim=1, keepdim=True))),
        (3,),
        "1",
        "error",
    ),
    "zero_gradient": (zero_last, (3,), "", "info"),
}

ELSEWHERE = {"cannot_check", "compile_differs"}
"""Codes for what no known critic brings about; tests below force them."""


def example(shape, size=8):
    if isinstance(shape[0], tuple):
        return tuple(torch.randn(size, *part) for part in shape)
    return torch.randn(size, *shape)


def test_every_code_has_a_critic():
    assert set(TRIGGERS) | ELSEWHERE == set(CODES)
    assert not set(TRIGGERS) & ELSEWHERE


@pytest.mark.parametrize("code", TRIGGERS)
def test_a_critic_triggers_its_code(code):
    build, shape, layer, severity = TRIGGERS[code]
    diagnosis = diagnose(build(), example(shape))
    found = [(one.layer, one.severity) for one in diagnosis.findings if one.code == code]
    assert found == [(layer, severity)], str(diagnosis)
    assert diagnosis.ok == (not diagnosis.codes("error"))
    assert (diagnosis.engine is None) == (not diagnosis.ok)
    if severity == "error":
        assert diagnosis.codes("error") == {code}, "one mistake is one error"


def old(normalize):
    """Return one of the older functions, which are deprecated and still everywhere, without its warning."""

    def quietly(layer):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return normalize(layer)

    return quietly


CLEAN = {
    **{one.name: (one.build, one.shape, one.condition) for one in (*DEFAULT_CRITICS, RECURRENT, CONDITIONAL)},
    "LayerNorm": (lambda: between(nn.LayerNorm(6)), (3,), ()),
    "GroupNorm": (lambda: image(nn.Conv2d(2, 4, 3, padding=1), nn.GroupNorm(2, 4), nn.SiLU()), (2, 5, 5), ()),
    "InstanceNorm": (lambda: image(nn.Conv2d(2, 4, 1), nn.InstanceNorm2d(4, affine=True)), (2, 5, 5), ()),
    "tall orthogonal": (lambda: between(parametrizations.orthogonal(nn.Linear(6, 20)), last=20), (3,), ()),
    "orthogonal": (lambda: between(parametrizations.orthogonal(nn.Linear(6, 6))), (3,), ()),
    "weight norm": (lambda: between(parametrizations.weight_norm(nn.Linear(6, 6))), (3,), ()),
    "spectral norm": (lambda: between(parametrizations.spectral_norm(nn.Linear(6, 6))), (3,), ()),
    "old spectral norm": (lambda: between(old(nn.utils.spectral_norm)(nn.Linear(6, 6))), (3,), ()),
    "old weight norm": (lambda: between(old(nn.utils.weight_norm)(nn.Linear(6, 6))), (3,), ()),
    "max pooling": (lambda: image(nn.Conv2d(2, 4, 1), nn.MaxPool2d(3, 1, 1)), (2, 5, 5), ()),
    "attention": (Attention, (5, 4), ()),
    "GRU": (Gru, (5, 3), ()),
}


@pytest.mark.parametrize("kind", CLEAN)
def test_clean_critics_are_not_complained_about(kind):
    build, shape, condition = CLEAN[kind]
    diagnosis = diagnose(build(), torch.randn(8, *shape), *[torch.randn(8, *entry) for entry in condition])
    assert diagnosis.ok
    assert diagnosis.engine == "batched"
    assert diagnosis.codes("error") | diagnosis.codes("warning") == set(), str(diagnosis)


@settings(max_examples=8)
@given(critics(shape=(2, 3, 3)))
def test_no_drawn_critic_is_complained_about(critic):
    diagnosis = diagnose(critic, torch.randn(5, 2, 3, 3, dtype=torch.float64))
    assert diagnosis.codes("error") | diagnosis.codes("warning") == set(), str(diagnosis)


@pytest.mark.parametrize("code", TRIGGERS)
def test_the_critic_and_all_randomness_are_left_as_they_were(code):
    build, shape, *_ = TRIGGERS[code]
    critic = build()
    critic[0].train(not critic.training) if isinstance(critic, nn.Sequential) else critic.eval()
    points = example(shape)
    lazy = code == "lazy_layers"
    before = None if lazy else {name: value.clone() for name, value in critic.state_dict().items()}
    modes = [module.training for module in critic.modules()]
    hooks = [
        (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for m in critic.modules()
    ]
    kept = [leaf.clone() for leaf in (points if isinstance(points, tuple) else (points,))]
    states = torch.get_rng_state(), random.getstate(), copy.deepcopy(np.random.get_state())  # noqa: NPY002
    diagnose(critic, points)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2][1])  # noqa: NPY002
    assert [module.training for module in critic.modules()] == modes
    assert hooks == [
        (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for m in critic.modules()
    ]
    assert all(parameter.grad is None for parameter in critic.parameters())
    assert all(map(torch.equal, kept, points if isinstance(points, tuple) else (points,)))
    if not lazy:
        assert critic.state_dict().keys() == before.keys()
        assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())


def test_existing_gradients_stay():
    critic = between(nn.ReLU())
    critic(torch.randn(4, 3)).sum().backward()
    before = [parameter.grad.clone() for parameter in critic.parameters()]
    diagnose(critic, torch.randn(8, 3))
    assert all(torch.equal(p.grad, g) for p, g in zip(critic.parameters(), before, strict=True))


def test_the_same_critic_gets_the_same_diagnosis():
    critic, points = between(nn.Dropout(0.5)), torch.randn(8, 3)
    assert diagnose(critic, points) == diagnose(critic, points)


def test_a_check_that_fails_hides_nothing(monkeypatch):
    def broken(subject):
        raise RuntimeError("surprise")

    monkeypatch.setattr(examination, "USEFUL", (broken, *examination.USEFUL))
    diagnosis = diagnose(nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()), torch.randn(8, 3))
    assert {"cannot_check", "saturating_output"} <= diagnosis.codes("warning")
    assert "surprise" in next(one.message for one in diagnosis.findings if one.code == "cannot_check")


@pytest.mark.parametrize("size", [2, 8])
def test_all_that_is_wrong_is_said_at_once(size):
    critic = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.Dropout(0.2), nn.Linear(6, 1), nn.Tanh())
    codes = [(one.code, one.layer) for one in diagnose(critic, torch.randn(size, 3)).findings]
    assert codes == [("batch_coupled", "1"), ("saturating_output", "4"), ("random_output", "2")]


def test_a_single_sample_will_do():
    assert diagnose(between(nn.ReLU()), torch.randn(1, 3)).ok


def test_a_batch_may_be_the_example():
    batch = Batch(real=torch.randn(8, 2), fake=torch.randn(8, 2), condition=(torch.randn(8, 3),))
    assert diagnose(CONDITIONAL.build(), batch).ok


@pytest.mark.parametrize(
    "points", [torch.zeros(8, 3, dtype=torch.long), torch.zeros(()), torch.zeros(0, 3), []]
)
def test_an_example_that_is_no_batch_is_refused(points):
    with pytest.raises(BatchError):
        diagnose(nn.Linear(3, 1), points)


def test_a_function_is_diagnosed_with_the_layers_it_refers_to():
    net = between(nn.BatchNorm1d(6))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    diagnosis = diagnose(lambda x: net(x), torch.randn(8, 3))
    assert [(one.code, one.layer) for one in diagnosis.findings] == [("batch_coupled", "net.1")]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_function_without_modules_is_taken_sample_by_sample():
    diagnosis = diagnose(lambda x: x.square().sum(1), torch.randn(8, 3))
    assert (diagnosis.ok, diagnosis.engine, diagnosis.findings) == (True, "vmap", ())


def test_auxiliary_outputs_are_allowed():
    class Classifying(nn.Module):
        def __init__(self):
            super().__init__()
            self.score, self.classes = nn.Linear(3, 1), nn.Linear(3, 5)

        def forward(self, x):
            return CriticOutput(self.score(x), logits=self.classes(x))

    diagnosis = diagnose(Classifying(), torch.randn(8, 3))
    assert diagnosis.ok
    assert diagnosis.findings == ()


def test_it_works_without_gradients_switched_on_and_under_autocast():
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert diagnose(between(nn.ReLU()), torch.randn(8, 3)).findings == ()
