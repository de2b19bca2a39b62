import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import FieldError, UnknownNameError
from lipschitz.schedules import Linear
from lipschitz_trainers.config.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    RMSprop,
    optimizer_class,
)


def one(name):
    return optimizer_class(name)(**({"lr": 0.1} if name == "sgd" else {}))


@pytest.mark.parametrize(
    ("optimizer", "cls", "settings"),
    [
        (Adam(), torch.optim.Adam, {"lr": 1e-4, "betas": (0.0, 0.9), "eps": 1e-8, "weight_decay": 0.0}),
        (Adam(betas=(0, 0.5)), torch.optim.Adam, {"betas": (0.0, 0.5)}),
        (AdamW(lr=1), torch.optim.AdamW, {"lr": 1.0, "betas": (0.0, 0.9), "weight_decay": 0.01}),
        (RMSprop(), torch.optim.RMSprop, {"lr": 5e-5, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0}),
        (SGD(lr=0.1, momentum=0.5), torch.optim.SGD, {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.0}),
    ],
)
def test_builds_torch_optimizers(optimizer, cls, settings):
    built = optimizer.build(nn.Linear(2, 1).parameters())
    assert type(built) is cls
    assert settings.items() <= built.defaults.items()
    assert all(type(beta) is float for beta in built.defaults.get("betas", ()))


@pytest.mark.parametrize("name", OPTIMIZERS)
@given(seed=st.integers(0, 100))
def test_lowers_a_quadratic(name, seed):
    point = nn.Parameter(torch.randn(3, generator=torch.Generator().manual_seed(seed)))
    start = point.detach().clone()
    optimizer = one(name).build([point])
    for _ in range(20):
        optimizer.zero_grad()
        (point**2).sum().backward()
        optimizer.step()
    assert (point.detach() ** 2).sum() < (start**2).sum()


@pytest.mark.parametrize("cls", [Adam, AdamW])
def test_fused_where_the_kernel_exists(cls):
    assert cls().build(nn.Linear(2, 1).parameters()).defaults["fused"]
    assert not cls().build(nn.Linear(2, 1, device="meta").parameters()).defaults["fused"]
    complex_numbers = [nn.Parameter(torch.zeros(2, dtype=torch.complex64))]
    assert not cls().build(complex_numbers).defaults["fused"]


def test_unknown_name():
    with pytest.raises(UnknownNameError, match="Did you mean 'adam'"):
        optimizer_class("adan")


@pytest.mark.parametrize(
    "values",
    [{"lr": 0}, {"betas": (0.5, 1.0)}, {"betas": (0.5,)}, {"eps": -1e-8}, {"weight_decay": -1}, {"lr": "1"}],
)
def test_ranges(values):
    with pytest.raises(FieldError, match=rf"Adam\.{next(iter(values))}"):
        Adam(**values)


def test_the_learning_rate_never_turns_negative():
    assert Adam(schedule=Linear(start=1, end=0, steps=10)).schedule(10) == 0
    with pytest.raises(FieldError, match=r"Adam\.schedule must never be negative"):
        Adam(schedule=Linear(start=1, end=-1, steps=10))
