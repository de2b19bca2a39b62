"""Names of torch functions."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lipschitz.bounds.functions import ALIKE, DRAWING_WITH_RULES, FACTS, spelled
from lipschitz.bounds.rules import RULES


@pytest.mark.parametrize(
    ("function", "name", "in_place"),
    [
        (F.relu, "relu", False),
        (torch.relu_, "relu", True),
        (Tensor.mul_, "mul", True),
        (Tensor.__add__, "add", False),
        (Tensor.__iadd__, "add", True),
        (Tensor.__rsub__, "rsub", False),
        (Tensor.__getitem__, "__getitem__", False),
        (Tensor.T.__get__, "T", False),
        (Tensor.shape.__get__, "shape", False),
    ],
)
def test_spellings(function, name, in_place):
    assert spelled(function) == (name, in_place)


def test_functions_of_others_are_not_mistaken_for_torch():
    def relu(x):
        return x

    relu.__module__ = "someone.elses"
    assert spelled(relu)[0] not in RULES
    assert spelled(torch.ops.aten.relu)[0] not in RULES
    assert spelled(torch.ops.aten.relu.default)[0] not in RULES


def test_every_rule_is_for_a_function_that_exists():
    known = {*dir(torch), *dir(Tensor), *dir(F), *dir(torch._C._nn), "linalg_vector_norm", "linalg_norm"}
    assert [name for name in RULES if name not in known] == []


def test_no_name_is_in_two_tables():
    assert not set(RULES) & set(ALIKE)
    assert set(DRAWING_WITH_RULES) <= set(RULES)
    assert set(RULES) & set(FACTS) <= {"type", "requires_grad"}
