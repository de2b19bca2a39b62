"""Compilation of a penalty: refused with a reason, equal to eager, and without a trace."""

import logging

import pytest
import torch
from torch import nn

from lipschitz.diagnosis import compilation
from lipschitz.diagnosis.compilation import no_compile


class Printing(nn.Module):
    def forward(self, x):
        print(float(x.sum()), end="")  # noqa: T201
        return x


def test_the_layer_that_cannot_be_compiled_is_named(examine, points):
    critic = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU(), Printing()), nn.Linear(4, 1))
    (found,) = examine(no_compile, critic, points)
    assert (found.code, found.layer, found.severity) == ("no_compile", "1.1", "info")


def test_other_numbers_are_a_warning(examine, points, monkeypatch):
    real = compilation._compiled
    monkeypatch.setattr(compilation, "_compiled", lambda penalty: lambda *x: 2 * real(penalty)(*x))
    (found,) = examine(no_compile, nn.Linear(3, 1), points)
    assert (found.code, found.severity) == ("compile_differs", "warning")


def test_many_critics_in_one_process_are_all_compiled(examine):
    """More than torch keeps compiled versions of one function."""
    with torch._dynamo.config.patch(recompile_limit=1):
        for width in (1, 2, 3):
            assert examine(no_compile, nn.Linear(width, 1), torch.randn(4, width)) == []


@pytest.mark.parametrize("critic", [nn.Linear(3, 1), nn.Sequential(Printing(), nn.Linear(3, 1))])
def test_logging_is_left_as_it_was(examine, points, critic, caplog):
    levels = {name: logging.getLogger(name).level for name in ("torch._dynamo", "torch._functorch")}
    examine(no_compile, critic, points)
    assert {name: logging.getLogger(name).level for name in levels} == levels
    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []
