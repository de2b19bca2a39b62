"""Tensors that remember where they came from: nothing depends on the input unnoticed."""

import numpy as np
import pytest
import torch
from torch import Tensor

from lipschitz import BoundError
from lipschitz.bounds.nodes import Source, Unknown
from lipschitz.bounds.traced import Traced, tensors_in, traced_in, values_of
from lipschitz.bounds.tracing import traced_output


def traced(value):
    return Traced.around(
        value, Source(tuple(value.shape)), lambda function, args, kwargs: (function, args, kwargs)
    )


def test_it_has_the_layout_of_its_value():
    value = torch.zeros(2, 3, dtype=torch.float64).T
    wrapped = traced(value)
    with torch._C.DisableTorchFunctionSubclass():
        assert (wrapped.shape, wrapped.dtype, wrapped.stride()) == (value.shape, value.dtype, value.stride())
    assert isinstance(wrapped, Tensor)
    assert wrapped.value() is value


def test_every_function_goes_to_the_recorder():
    function, args, kwargs = torch.add(traced(torch.zeros(2)), 1, alpha=3)
    assert (function, len(args), kwargs) == (torch.add, 2, {"alpha": 3})


def test_a_write_through_a_view_is_noticed():
    value = torch.zeros(3)
    wrapped = traced(value)
    wrapped.settle()
    assert isinstance(wrapped.node(), Source)
    value[:2].add_(1)
    wrapped.settle()
    assert isinstance(wrapped.node(), Unknown)
    wrapped.renew(Source((3,)))
    wrapped.settle()
    assert isinstance(wrapped.node(), Source)


def test_trees():
    wrapped, plain = traced(torch.zeros(2)), torch.ones(1)
    tree = {"a": (wrapped, 3), "b": [plain]}
    assert tensors_in(tree) == [wrapped, plain] or len(tensors_in(tree)) == 2
    assert traced_in(tree)[0] is wrapped
    assert values_of(tree)["a"][0] is wrapped.value()
    assert values_of(tree)["b"][0] is plain


class Doubling(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.ops.aten.mul(x, 2)

    @staticmethod
    def backward(ctx, g):
        return 2 * g


@torch.jit.script
def scripted(x: Tensor) -> Tensor:
    return x * x


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "function",
    [
        lambda x: torch.from_numpy(np.tanh(x.numpy())),
        lambda x: torch.from_numpy(np.asarray(x)) * 2,
        lambda x: torch.tensor(x.tolist()),
        lambda x: torch.tensor([[float(x.sum())]]),
        lambda x: x * 1 if x.mean() > 0 else x * 2,
        lambda x: x * x.sum().item(),
        lambda x: torch.ops.aten.relu(x).sum(),
        lambda x: torch.ops.aten.relu.default(x).sum(),
        lambda x: Doubling.apply(x),
        lambda x: scripted(x),
        lambda x: torch.zeros(1, 2).double().add_(x),
        lambda x: torch.add(x, 1, out=torch.zeros(1, 2).double()),
        lambda x: assigned(torch.zeros(1, 2).double(), x),
        lambda x: torch.func.vmap(torch.sin)(x),
    ],
)
def test_ways_around_are_refused_never_silently_constant(function, bound):
    with pytest.raises(BoundError):
        bound(function, (1, 2), 2)


def assigned(zeros, x):
    zeros[:] = x
    return zeros * 1


def test_a_function_of_torch_operations_in_an_autograd_function_is_followed_or_refused():
    class Halving(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 0.5

        @staticmethod
        def backward(ctx, g):
            return g / 2

    try:
        output = traced_output(Halving.apply, torch.zeros(1, 2), ())
    except BoundError:
        return
    assert isinstance(output, Traced)
