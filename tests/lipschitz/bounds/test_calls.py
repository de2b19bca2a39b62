"""A call as a rule sees it."""

import pytest
import torch
import torch.nn.functional as F

from lipschitz.bounds.calls import Call, NoRuleError
from lipschitz.bounds.nodes import Source
from lipschitz.bounds.traced import Traced


def traced(*shape):
    return Traced.around(torch.zeros(*shape), Source(shape), lambda function, args, kwargs: None)


def call(*args, **kwargs):
    return Call("relu", F.relu, args, kwargs, (torch.zeros(2, 3), [torch.zeros(1)], "x"), {})


def test_arguments_by_position_or_name():
    made = call(traced(2), 5, slope=7)
    assert made.get(1, "slope") == 5
    assert made.get(2, "slope") == 7
    assert made.get(3, "training", "none") == "none"


def test_results_are_the_tensors_of_what_was_returned():
    assert [tuple(result.shape) for result in call().results] == [(2, 3), (1,)]
    assert call().shape == (2, 3)


def test_the_first_argument_must_be_the_only_traced_one():
    x = traced(2)
    assert call(x).first() is x.node()
    assert call(input=x).first() is x.node()
    for made in (call(x, traced(2)), call(torch.zeros(2), x), call(x, x)):
        with pytest.raises(NoRuleError, match="depend on the input"):
            made.first()
