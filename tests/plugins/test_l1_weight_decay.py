"""L1 weight decay: the sum by numpy, the shrinking that follows; what holds for both decays: see L2 weight decay."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import Batch
from lipschitz.testing.strategies import batches, critics

NAME = "l1_weight_decay"


def cost(arrays):
    """Return the term of numpy arrays, without coefficient."""
    return sum(np.abs(a).sum() for a in arrays)


@given(critic=critics(shape=(2, 3, 3)), batch=batches(shape=(2, 3, 3)), coefficient=st.floats(1e-4, 10))
def test_the_term_is_the_coefficient_times_the_sum_over_weights(critic, batch, coefficient):
    term = lipschitz.build(NAME, coefficient=coefficient).penalty(critic, batch)
    assert term.shape == ()
    arrays = [p.detach().numpy() for p in critic.parameters() if p.ndim > 1]
    np.testing.assert_allclose(float(term.detach()), coefficient * cost(arrays), rtol=1e-12)


def test_one_step_of_gradient_descent_shrinks_each_weight_by_the_same_amount():
    weight = torch.tensor([[3.0, -2.0, 0.5]])
    critic = nn.Linear(3, 1)
    critic.weight.data = weight.clone()
    bias = critic.bias.detach().clone()
    optimizer = torch.optim.SGD(critic.parameters(), lr=1.0)
    lipschitz.build(NAME, coefficient=0.1).penalty(critic, Batch(real=torch.zeros(2, 3))).backward()
    optimizer.step()
    torch.testing.assert_close(critic.weight.detach(), weight - 0.1 * weight.sign())
    assert torch.equal(critic.bias, bias)
