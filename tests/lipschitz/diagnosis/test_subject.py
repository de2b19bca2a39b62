"""The subject: calls without traces, gradients with their graph, other weights, other precision."""

import pytest
import torch
from torch import nn

from lipschitz import CriticOutput
from lipschitz.diagnosis.borrowing import examined
from lipschitz.diagnosis.subject import differentiable_kernels, everything_returned, watch
from lipschitz.scrap import redraw


def subject_of(critic, *shape, size=6):
    return examined(critic, torch.randn(size, *shape), ())


def test_a_call_changes_no_buffer_and_draws_the_same_each_time():
    with subject_of(
        nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 1)), 3
    ) as subject:
        first = subject.scores()
        assert torch.equal(first, subject.scores())
        assert not torch.equal(first, subject.scores(seed=2))
        assert torch.equal(subject.critic[1].running_mean, torch.zeros(4))


def test_slopes_are_gradients_that_can_be_differentiated():
    with subject_of(nn.Linear(3, 1), 3) as subject:
        _, (slopes,) = subject.slopes()
        assert torch.equal(slopes, subject.critic.weight.expand(6, 3))
        (derivative,) = torch.autograd.grad(slopes.sum(), [subject.critic.weight])
        assert torch.equal(derivative, torch.full((1, 3), 6.0))


def test_layers_are_called_by_their_types():
    normalized = nn.utils.parametrizations.weight_norm(nn.Linear(3, 1))
    with subject_of(nn.Sequential(normalized), 3) as subject:
        assert subject.name("0") == "Linear"
        assert subject.name("") == "the forward pass of Sequential"
    with examined(lambda x: x.sum(1), torch.randn(4, 3), ()) as subject:
        assert subject.name("") == "the critic"


def test_redrawn_weights_open_gates():
    critic = nn.Linear(3, 1)
    nn.init.zeros_(critic.weight)
    with subject_of(critic, 3) as subject:
        assert bool(subject.redrawn().critic.weight.any())
        assert not bool(subject.critic.weight.any())


def test_double_precision_is_in_the_same_mode_and_may_be_impossible():
    with subject_of(nn.Sequential(nn.Linear(3, 1)), 3) as subject:
        exact = subject.in_float64()
        assert exact.scores().dtype == torch.float64
        assert exact.critic.training
        assert torch.allclose(exact.scores().float(), subject.scores())

    class Fixed(nn.Linear):
        def forward(self, x):
            return super().forward(x.float())

    for hopeless in (Fixed(3, 1), nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.9))):
        with subject_of(hopeless, 3) as subject:
            assert subject.in_float64() is None


def test_difference_quotients_see_plain_weights_in_evaluation_mode():
    critic = nn.Sequential(
        nn.utils.parametrizations.spectral_norm(nn.Linear(3, 3)), nn.Dropout(), nn.Linear(3, 1)
    )
    with subject_of(critic, 3) as subject:
        exact = subject.for_quotients()
        assert exact.size == 4
        assert not any(module.training for module in exact.critic.modules())
        assert {*exact.trainable()} == {"0.parametrizations.weight.weight", "0.bias", "2.weight", "2.bias"}
        assert torch.equal(exact.critic[0].weight.float(), subject.critic.eval()[0].weight)
    assert torch.isfinite(critic[0].weight).all(), "the original keeps its own"


def test_all_differentiable_outputs_are_found():
    x = torch.ones(2, requires_grad=True)
    assert len(everything_returned(CriticOutput(x * 2, logits=x * 3, features=torch.ones(2)))) == 2
    assert len(everything_returned(x * 2)) == 1


def test_a_watched_copy_shares_nothing():
    x = torch.ones(2)
    watched = watch(x)
    assert watched.requires_grad
    assert watched.data_ptr() != x.data_ptr()


def test_attention_can_be_differentiated_twice_inside():
    attention = nn.MultiheadAttention(4, 2, batch_first=True)
    x = torch.randn(2, 3, 4, requires_grad=True)
    with differentiable_kernels():
        total = attention(x, x, x, need_weights=False)[0].square().sum()
        (slopes,) = torch.autograd.grad(total, x, create_graph=True)
        slopes.square().sum().backward()
    assert bool(x.grad.any())


@pytest.mark.parametrize("sizes", [(3, 12), (12, 3), (5, 5)])
@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder"])
def test_redrawing_leaves_no_orthogonal_weight_empty(sizes, kind):
    critic = nn.Sequential(nn.utils.parametrizations.orthogonal(nn.Linear(*sizes), orthogonal_map=kind))
    redraw(critic)
    assert torch.linalg.matrix_rank(critic[0].weight) == min(sizes)


def test_networks_that_are_dead_by_chance_are_tried_again():
    alive = 0
    for seed in range(10):
        torch.manual_seed(seed)
        with subject_of(nn.Sequential(nn.Linear(3, 1), nn.ReLU(), nn.Linear(1, 1), nn.ReLU()), 3) as subject:
            alive += bool(subject.alive().slopes()[1][0].any())
    assert alive >= 9
