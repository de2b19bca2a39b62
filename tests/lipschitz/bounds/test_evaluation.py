"""From graphs to numbers: linear runs are one map, large ones are bounded step by step, errors wait until needed."""

import math

import pytest
import torch
from torch import nn

from lipschitz import BoundError
from lipschitz.bounds import evaluation, linear_map
from lipschitz.bounds.evaluation import base_of, is_affine, linear_run, lipschitz_constant
from lipschitz.bounds.linear_map import matrix_of
from lipschitz.bounds.nodes import Linear, Nonlinear, Source, Unknown, scaled

CPU = torch.device("cpu")


def times(node, factor):
    return Linear((2,), (node,), lambda x: factor * x, lambda x: abs(factor) * x)


def test_linear_steps_in_a_row_are_one_map(norm):
    source = Source((2,))
    there_and_back = times(times(source, 4.0), -0.25)
    assert lipschitz_constant(there_and_back, norm, 1e-3, CPU) == pytest.approx(1.0)
    assert base_of(there_and_back) is source
    assert is_affine(there_and_back)
    expected = -torch.eye(2, dtype=torch.float64)
    torch.testing.assert_close(matrix_of(linear_run(there_and_back, source, CPU)), expected)


def test_an_activation_separates_linear_maps(norm):
    active = Nonlinear((2,), (times(Source((2,)), 4.0),), scaled(1.0))
    after = times(active, 0.5)
    assert lipschitz_constant(after, norm, 1e-3, CPU) == pytest.approx(2.0)
    assert base_of(after) is active
    assert not is_affine(after)


def test_branches_that_cancel_cancel(bound, norm):
    layer = nn.Linear(3, 3).double()
    assert bound(lambda x: layer(x) - layer(2 * x) + layer(x), (1, 3), norm) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("largest_run", [0, 2**21])
def test_maps_without_room_for_their_matrix(largest_run, bound, norm, monkeypatch):
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(2, 3, 3), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(12, 5)).double()
    exact = bound(layers, (1, 2, 6, 6), norm)
    parts = [
        bound(layers[i], shape, norm) for i, shape in ((0, (1, 2, 6, 6)), (1, (1, 3, 4, 4)), (3, (1, 12)))
    ]
    monkeypatch.setattr(linear_map, "DENSE", 0)
    monkeypatch.setattr(evaluation, "LARGEST_RUN", largest_run)
    found = bound(layers, (1, 2, 6, 6), norm)
    assert exact * (1 - 1e-9) <= found <= math.prod(parts) * 1.004
    if largest_run and norm == 2:
        assert found <= exact * 1.001
    if not largest_run:
        assert found == pytest.approx(math.prod(parts), rel=4e-3)


def test_hundreds_of_layers_are_no_problem(norm):
    node = Source((2,))
    for _ in range(1500):
        node = Nonlinear((2,), (times(node, 1.0),), scaled(1.0))
    assert lipschitz_constant(node, norm, 1e-3, CPU) == pytest.approx(1.0)


def test_unknown_steps_matter_only_where_the_result_depends_on_them(norm):
    source = Source((2,))
    with pytest.raises(BoundError, match="what it says"):
        lipschitz_constant(times(Unknown((2,), "what it says"), 2.0), norm, 1e-3, CPU)
    assert lipschitz_constant(times(source, 2.0), norm, 1e-3, CPU) == pytest.approx(2.0)
    hidden = Nonlinear((2,), (Unknown((2,), "what it says"),), scaled(0.0))
    with pytest.raises(BoundError, match="what it says"):
        lipschitz_constant(hidden, norm, 1e-3, CPU)


def test_every_node_is_computed_once(norm):
    calls = []

    def counted(x):
        calls.append(1)
        return 2 * x

    node = Linear((2,), (Source((2,)),), counted, counted)
    for _ in range(30):  # 2 ** 30 paths
        node = Linear(
            (2,),
            (node, node),
            lambda a, b: (a + b) / 2,
            lambda a, b: (a + b) / 2,
            lambda n, b: sum(b),
            merges=2,
        )
    assert lipschitz_constant(node, norm, 1e-3, CPU) == pytest.approx(2.0)
    assert len(calls) < 20
