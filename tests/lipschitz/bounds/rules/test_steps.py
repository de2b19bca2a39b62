"""Building blocks of rules."""

import pytest
import torch
import torch.nn.functional as F

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Linear, Nonlinear, Source
from lipschitz.bounds.rules.steps import exactly, expanded, linear_in, rearranged, unchanged, with_constant
from lipschitz.bounds.traced import Traced

DOUBLE = {"dtype": torch.float64}


def traced(*shape):
    return Traced.around(torch.zeros(*shape), Source(shape), lambda function, args, kwargs: None)


def test_constants_become_float64_and_integers_stay():
    parameter = torch.nn.Parameter(torch.tensor([0.1]))
    assert exactly(parameter).dtype == torch.float64
    assert not exactly(parameter).requires_grad
    assert exactly(parameter).item() == parameter.item()
    assert exactly(torch.tensor([1])).dtype == torch.int64


def test_a_linear_call_is_kept_as_a_map_with_and_without_signs():
    x, weight = traced(1, 2), torch.tensor([[1.0, -2.0]])
    call = Call("linear", F.linear, (x, weight), {}, torch.zeros(1, 1), {})
    (node,) = linear_in(call, x, signed=True, one=(2,))
    assert isinstance(node, Linear)
    value = torch.tensor([[3.0, 5.0]], **DOUBLE)
    assert node.apply(value).item() == -7.0
    assert node.absolute(value).item() == 13.0
    assert node.one.shape == (2,)


def test_offsets_are_taken_away():
    x = traced(1, 2)
    call = Call("pad", F.pad, (x, (1, 0)), {"value": 9.0}, torch.zeros(1, 3), {})
    (node,) = linear_in(call, x, offset=True)
    assert node.apply(torch.ones(1, 2, **DOUBLE)).tolist() == [[0.0, 1.0, 1.0]]


def test_every_tensor_of_a_result_has_a_node():
    x = traced(1, 4)
    call = Call("chunk", torch.chunk, (x, 2, 1), {}, torch.zeros(1, 4).chunk(2, 1), {})
    first, second = rearranged(call)
    value = torch.arange(4.0, **DOUBLE).reshape(1, 4)
    assert first.apply(value).tolist() == [[0.0, 1.0]]
    assert second.apply(value).tolist() == [[2.0, 3.0]]
    assert (first.merges, second.combine(2, [5.0])) == (0, 5.0)


def test_steps_with_a_constant():
    x = traced(1, 2)
    call = Call("f", torch.sin, (x,), {}, torch.zeros(1, 2), {})
    node = with_constant(call, 3.0)
    assert isinstance(node, Nonlinear)
    assert node.combine(2, [2.0]) == 6.0
    assert with_constant(call, lambda norm, bounds: norm * bounds[0]).combine(2, [2.0]) == 4.0
    assert unchanged(call).apply(torch.ones(1, 2)).tolist() == [[1.0, 1.0]]
    with pytest.raises(NoRuleError, match="slope"):
        with_constant(call, float("inf"))


def test_broadcasting_is_a_step_of_its_own():
    source = Source((1, 2))
    assert expanded(source, (1, 2)) is source
    assert expanded(source, (3, 2)).apply(torch.ones(1, 2)).shape == (3, 2)
