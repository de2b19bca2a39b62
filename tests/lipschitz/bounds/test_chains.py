"""Critics as chains of matrices and activations."""

import pytest
import torch
from torch import nn

from lipschitz import BoundError
from lipschitz.bounds import chains
from lipschitz.bounds.chains import chain_to
from lipschitz.bounds.tracing import traced_output
from lipschitz.testing.critics import Residual


def chain_of(critic, shape):
    output = traced_output(critic.double(), torch.zeros(1, *shape, dtype=torch.float64), ())
    return chain_to(output.node(), torch.device("cpu"))


def test_a_perceptron_is_its_weights_and_slopes():
    critic = nn.Sequential(nn.Linear(3, 5), nn.LeakyReLU(0.2), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1))
    chain = chain_of(critic, (3,))
    assert chain.slopes == [(0.2, 1.0), (0.0, 1.0)]
    for matrix, layer in zip(chain.matrices, critic[::2], strict=True):
        torch.testing.assert_close(matrix, layer.weight.detach())


def test_what_is_linear_between_activations_is_one_matrix():
    critic = nn.Sequential(
        nn.Conv2d(1, 2, 2),
        nn.AvgPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(2, 2),
        Residual(nn.Linear(2, 2)),
        nn.Linear(2, 1),
    )
    chain = chain_of(critic, (1, 3, 3))
    assert [tuple(matrix.shape) for matrix in chain.matrices] == [(2, 9), (1, 2)]
    x = torch.randn(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    active = (critic[1](critic[0](x)).flatten() > 0).double()
    torch.testing.assert_close(
        gradient.flatten(), (chain.matrices[1] * active @ chain.matrices[0]).flatten().detach()
    )


def test_an_activation_at_the_end_or_after_another_has_an_identity_between():
    chain = chain_of(nn.Sequential(nn.Linear(3, 1), nn.ReLU(), nn.Sigmoid()), (3,))
    assert chain.slopes == [(0.0, 1.0), (0.0, 0.25)]
    assert [matrix.tolist() for matrix in chain.matrices[1:]] == [[[1.0]], [[1.0]]]


def test_an_activation_with_one_slope_is_a_factor():
    critic = nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(1.0), nn.Linear(4, 1))
    chain = chain_of(critic, (3,))
    assert chain.slopes == []
    torch.testing.assert_close(chain.matrices[0], (critic[2].weight @ critic[0].weight).detach())


@pytest.mark.parametrize(
    ("middle", "message"),
    [
        (Residual(nn.ReLU()), "branches"),
        (nn.LayerNorm(4), "normalizers"),
        (nn.Unflatten(1, (2, 2)), None),
        (nn.Softmax(1), "branches"),
        (nn.Hardshrink(), "hardshrink"),
    ],
)
def test_other_critics_are_refused(middle, message):
    critic = nn.Sequential(nn.Linear(3, 4), middle, nn.Flatten(), nn.ReLU(), nn.Linear(4, 1))
    if message is None:
        assert len(chain_of(critic, (3,)).matrices) == 2
        return
    with pytest.raises(BoundError, match=message):
        chain_of(critic, (3,))


def test_wide_layers_are_refused(monkeypatch):
    critic = nn.Sequential(nn.Linear(3, 9), nn.ReLU(), nn.Linear(9, 1))
    monkeypatch.setattr(chains, "LARGEST_WIDTH", 8)
    with pytest.raises(BoundError, match="9 x 3.*up to 8 units"):
        chain_of(critic, (3,))
