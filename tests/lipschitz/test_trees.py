"""Trees: structure, checks with their messages, norms over all non-batch axes and leaves."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lipschitz import BatchError, trees
from lipschitz.testing.strategies import norms, shapes, tensors


@given(
    st.integers(1, 4), st.lists(shapes(max_axes=2, max_side=3), min_size=1, max_size=3), norms(), st.data()
)
def test_norm_is_that_of_all_leaves_laid_end_to_end(size, tails, order, data):
    leaves = tuple(data.draw(tensors((size, *tail))) for tail in tails)
    got = trees.sample_norms(leaves, order)
    flat = torch.cat([leaf.reshape(size, -1) for leaf in leaves], dim=1)
    for i in range(size):
        entries = [abs(float(v)) for v in flat[i]]
        want = max(entries) if order == math.inf else sum(v**order for v in entries) ** (1 / order)
        assert got[i].item() == pytest.approx(want, rel=1e-12), f"sample {i}, order {order}"


@pytest.mark.parametrize("order", [1.0, 2.0, math.inf])
def test_norm_and_its_derivative_are_finite_at_zero(order):
    x = torch.zeros(3, 4, requires_grad=True)
    value = trees.sample_norms({"a": x, "b": 2 * x}, order)
    (gradient,) = torch.autograd.grad(value.sum(), x)
    assert torch.equal(value, torch.zeros(3))
    assert torch.equal(gradient, torch.zeros(3, 4))


def test_norm_of_scalars_is_their_absolute_value():
    assert torch.equal(trees.sample_norms(torch.tensor([-2.0, 3.0])), torch.tensor([2.0, 3.0]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_norm_is_computed_in_float32_at_least(dtype):
    # In half precision the squares would overflow, and a thousand small terms would vanish.
    assert trees.sample_norms(torch.full((1, 4), 300.0, dtype=dtype)).item() == pytest.approx(600, rel=1e-2)
    assert trees.sample_norms(torch.zeros(2, 3, dtype=dtype)).dtype is torch.float32


def test_norm_keeps_float64():
    assert trees.sample_norms(torch.ones(2, 3, dtype=torch.float64)).dtype is torch.float64


def test_batch_size_is_shared_by_all_leaves():
    assert trees.batch_size({"a": torch.zeros(3, 2), "b": [torch.zeros(3)]}, "points") == 3


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ((), "points holds no tensor"),
        ({"a": 3}, "points must hold tensors, got int"),
        (torch.tensor(1.0), r"points needs a batch axis: expected shape \(B, ...\)"),
        ((torch.zeros(3, 2), torch.zeros(2, 2)), r"same batch size, got shapes \[\(3, 2\), \(2, 2\)\]"),
    ],
)
def test_what_is_no_batch_is_refused(tree, message):
    with pytest.raises(BatchError, match=f"^.*{message}"):
        trees.batch_size(tree, "points")


def test_integers_are_refused_with_the_conversion():
    with pytest.raises(
        BatchError, match=r"points must be floating point, got torch.uint8; .*x.float\(\) / 127.5"
    ):
        trees.require_floating(torch.zeros(2, 2, dtype=torch.uint8), "points")


def test_structure_is_containers_and_shapes():
    assert trees.same_structure((torch.zeros(2, 3),), (torch.ones(2, 3),))
    assert not trees.same_structure((torch.zeros(2, 3),), [torch.zeros(2, 3)])
    assert not trees.same_structure(torch.zeros(2, 3), torch.zeros(2, 4))
    assert not trees.same_structure({"a": torch.zeros(2)}, {"b": torch.zeros(2)})


def test_description_is_one_shape_or_the_list():
    assert trees.describe(torch.zeros(2, 3)) == "(2, 3)"
    assert trees.describe((torch.zeros(2), torch.zeros(2, 1))) == "[(2,), (2, 1)]"


def test_map_keeps_the_containers():
    doubled = trees.map_leaves(lambda a, b: a + b, {"x": torch.ones(2)}, {"x": torch.ones(2)})
    assert torch.equal(doubled["x"], torch.full((2,), 2.0))
