"""Critics under examination."""

import pytest
import torch

from lipschitz.diagnosis import compilation, examination
from lipschitz.diagnosis.borrowing import examined


@pytest.fixture
def examine():
    """Return a function that carries out one check on a critic."""

    def carry_out(check, critic, points, *condition):
        with examined(critic, points, condition) as subject:
            return list(check(subject))

    return carry_out


@pytest.fixture
def points():
    """Return eight points in three dimensions."""
    return torch.randn(8, 3)


@pytest.fixture(autouse=True)
def _no_compilation(request, monkeypatch):
    """Leave out the slowest check, except where it is wanted."""
    if "compil" not in request.node.nodeid.partition("::")[0] and "no_compile" not in request.node.name:
        rest = tuple(check for check in examination.ENGINES if check is not compilation.no_compile)
        monkeypatch.setattr(examination, "ENGINES", rest)
