"""The two-sided penalty: zero exactly where the slope is the target, and between optimally coupled samples."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog

import lipschitz
from lipschitz import Batch
from lipschitz.testing.functions import min_funnels
from lipschitz.testing.strategies import batches, one_lipschitz_functions, tensors


@given(one_lipschitz_functions(), st.data())
def test_functions_of_slope_one_are_free_where_they_have_a_gradient(function, data):
    batch = data.draw(batches(shape=(function.dimension,)))
    penalty = lipschitz.build("two_sided_gradient_penalty", points="real").penalty(function, batch)
    if function.slope is not None:
        torch.testing.assert_close(penalty, torch.zeros_like(penalty), rtol=0, atol=1e-25)
    else:
        assert (penalty <= 10 * (1 + 1e-9)).all()


def test_a_flat_critic_is_pulled_up():
    w = torch.tensor([0.1, 0.0], requires_grad=True)
    batch = Batch(real=torch.randn(3, 2), fake=torch.randn(3, 2))
    penalty = lipschitz.build("two_sided_gradient_penalty").penalty(lambda x: x @ w, batch)
    assert penalty.tolist() == pytest.approx([10 * 0.81] * 3)
    (gradient,) = torch.autograd.grad(penalty.mean(), w)
    assert gradient[0].item() == pytest.approx(-18)


def optimal_potential(real, fake):
    """Return an optimal dual potential of W1 at the fake samples, by linear programming, and the matching."""
    points = np.concatenate([real, fake])
    size, total = len(real), len(points)
    rows, bounds = [], []
    for i in range(total):
        for j in range(total):
            if i != j:
                row = np.zeros(total)
                row[i], row[j] = 1, -1
                rows.append(row)
                bounds.append(np.linalg.norm(points[i] - points[j]))
    weight = np.concatenate([-np.ones(size), np.ones(size)])
    solution = linprog(
        weight, A_ub=np.array(rows), b_ub=bounds, bounds=[(0, 0)] + [(None, None)] * (total - 1)
    )
    distances = np.linalg.norm(real[:, None] - fake[None], axis=2)
    return solution.x, linear_sum_assignment(distances)[1]


# T6 and proposition 1 of Gulrajani et al.
@given(st.integers(1, 5), st.data())
def test_an_optimal_potential_is_free_between_optimally_coupled_samples(size, data):
    real = data.draw(tensors((size, 2))) + 2
    fake = data.draw(tensors((size, 2)))
    values, matching = optimal_potential(real.numpy(), fake.numpy())
    coupled = fake[matching]
    potential = min_funnels(fake, torch.tensor(values[size:]))
    gain = potential(real) - potential(coupled)
    torch.testing.assert_close(gain, (real - coupled).norm(dim=1), rtol=1e-6, atol=1e-6)
    batch = Batch(real=real, fake=coupled, generator=torch.Generator().manual_seed(0))
    penalty = lipschitz.build("two_sided_gradient_penalty").penalty(potential, batch)
    torch.testing.assert_close(penalty, torch.zeros_like(penalty), rtol=0, atol=1e-12)
    points = lipschitz.interpolate(real, coupled, torch.full((size,), 0.5))
    towards = (real - coupled) / (real - coupled).norm(dim=1, keepdim=True)
    torch.testing.assert_close(lipschitz.input_gradients(potential, points), towards, rtol=1e-5, atol=1e-5)
