"""What is refused, and how."""

import pytest
import torch
from torch import nn

from lipschitz import (
    BatchError,
    CriticError,
    FieldError,
    gradient_norms,
    input_gradients,
)

ENGINES = ["auto", "vmap", "batched", "loop"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("points", "condition", "message"),
    [
        (torch.zeros(0, 2), (), "points hold no sample; at least one is needed"),
        (torch.zeros(()), (), "points needs a batch axis"),
        (torch.zeros(2, 2, dtype=torch.int64), (), "points must be floating point, got torch.int64"),
        ((torch.zeros(2), torch.zeros(3)), (), "all tensors of points must have the same batch size"),
        (
            torch.zeros(2, 2),
            (torch.zeros(3),),
            r"condition\[0\] must have one entry per sample \(2\), got \(3,\)",
        ),
    ],
)
def test_points_that_are_no_batch_are_refused(engine, points, condition, message):
    with pytest.raises(BatchError, match=message):
        input_gradients(lambda x, *_: x.sum(1), points, *condition, engine=engine)


def test_unknown_engines_and_norms_are_refused():
    with pytest.raises(FieldError, match="engine must be one of auto, vmap, batched, loop, got 'fast'"):
        input_gradients(nn.Linear(2, 1), torch.zeros(2, 2), engine="fast")
    for norm in (0.5, float("nan")):
        with pytest.raises(
            FieldError, match=r"norm must be from 1 to inf \(the norm of the input space\), got"
        ):
            gradient_norms(nn.Linear(2, 1), torch.zeros(2, 2), norm=norm)


@pytest.mark.parametrize("engine", ENGINES)
def test_maps_of_scores_are_refused(engine):
    critic = nn.Conv2d(1, 1, 3)
    with pytest.raises(CriticError, match="it looks like a map of scores: average it over the patches"):
        input_gradients(critic, torch.zeros(2, 1, 6, 6), engine=engine)


def test_errors_inside_a_critic_reach_the_user():
    def failing(x):
        raise BatchError("the user's own")

    with pytest.raises(BatchError, match="the user's own"):
        input_gradients(failing, torch.zeros(2, 2))
    with pytest.raises(CriticError, match="a function. couples the samples"):
        input_gradients(lambda x: x.sum(1) if x.mean() > 0 else -x.sum(1), torch.zeros(2, 2))
