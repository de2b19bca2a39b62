"""Virtual adversarial directions: closed forms, length, the random start where nothing changes."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lipschitz import Batch, trees
from lipschitz.adversarial import adversarial_directions, gaussian_directions, moved, unit
from lipschitz.testing.strategies import batches, critics, tensors, weights


def of(critic, batch, **options):
    return adversarial_directions(critic, batch.real, gaussian_directions(batch), *batch.condition, **options)


@given(weights((3,)), batches(shape=(3,)), st.floats(0.01, 20))
def test_a_linear_critic_turns_every_direction_along_its_weight(w, batch, distance):
    if w.norm() < 1e-3:
        return
    got = of(lambda x: x @ w, batch, distance=distance)
    torch.testing.assert_close((got @ w).abs() / w.norm(), torch.ones(batch.size, dtype=w.dtype))


@given(st.data(), batches(shape=(3,)))
def test_a_quadratic_critic_makes_it_power_iteration(data, batch):
    matrix = data.draw(tensors((3, 3)))
    matrix = matrix @ matrix.T + torch.eye(3).double()
    origin = Batch(real=torch.zeros_like(batch.real), generator=batch.generator)
    state = batch.generator.get_state()
    got = of(lambda x: torch.einsum("bi,ij,bj->b", x, matrix, x), origin, distance=0.5, iterations=4)
    batch.generator.set_state(state)
    want = gaussian_directions(origin)
    for _ in range(4):
        want = want @ matrix
        want = want / want.norm(dim=1, keepdim=True)
    torch.testing.assert_close(got, want)


@given(critics(), batches(), st.integers(0, 3))
def test_directions_have_length_one_and_no_graph(critic, batch, iterations):
    got = of(critic, batch, distance=1.0, iterations=iterations)
    torch.testing.assert_close(got.norm(dim=1), torch.ones(batch.size, dtype=got.dtype))
    assert not got.requires_grad


def test_where_the_score_does_not_change_the_start_stays():
    batch = Batch(real=torch.randn(4, 2), generator=torch.Generator().manual_seed(0))
    start = torch.randn(4, 2)
    got = adversarial_directions(lambda x: 0 * x[:, 0], batch.real, start, distance=1.0)
    torch.testing.assert_close(got, start / start.norm(dim=1, keepdim=True))


def test_it_points_to_where_the_score_moves_on_in_the_same_sense():
    # Falling along the start, so the way to change more is down, against the gradient.
    got = adversarial_directions(
        lambda x: -(x**2).sum(1), torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]), distance=1.0
    )
    torch.testing.assert_close(got, torch.tensor([[0.6, 0.8]]))


def test_weights_keep_their_graph_in_a_cached_step():
    critic = nn.utils.parametrizations.spectral_norm(nn.Linear(2, 1))
    batch = Batch(real=torch.randn(4, 2))
    with nn.utils.parametrize.cached():
        of(critic, batch, distance=1.0)
        critic(batch.real).sum().backward()
    assert critic.parametrizations.weight.original.grad is not None


def test_trees_have_one_length_over_all_leaves():
    batch = Batch(real=(torch.zeros(3, 2), torch.zeros(3)))
    got = of(lambda p: p[0].sum(1) + p[1], batch, distance=1.0)
    torch.testing.assert_close(trees.sample_norms(got), torch.ones(3))
    torch.testing.assert_close(got[1].abs(), torch.full((3,), 3**-0.5))


def test_unit_survives_numbers_whose_squares_do_not():
    tiny = torch.tensor([[3e-30, 4e-30], [3e30, 4e30], [0.0, 0.0]])
    torch.testing.assert_close(unit(tiny), torch.tensor([[0.6, 0.8], [0.6, 0.8], [0.0, 0.0]]))


def test_moved_takes_one_distance_or_one_a_sample():
    x, d = torch.zeros(2, 3), torch.ones(2, 3)
    assert torch.equal(moved(x, d, 2.0), 2 * d)
    assert moved(x, d, torch.tensor([1.0, 3.0])).sum(1).tolist() == [3, 9]
