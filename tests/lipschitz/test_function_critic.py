"""Functions as modules: what they refer to is found, and calling them changes nothing else."""

import torch
from torch import nn

from lipschitz.function_critic import FunctionCritic


def test_it_computes_what_the_function_computes():
    assert torch.equal(
        FunctionCritic(lambda x, c: x + c)(torch.ones(2), torch.ones(2)), torch.full((2,), 2.0)
    )


def test_modules_that_it_refers_to_are_its_children():
    net, other = nn.Linear(2, 1), nn.BatchNorm1d(2)
    assert dict(FunctionCritic(lambda x: net(other(x))).named_children()) == {"net": net, "other": other}
    assert dict(FunctionCritic(torch.sum).named_children()) == {}
