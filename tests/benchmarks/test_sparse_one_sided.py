import pytest
import torch
from torch import nn


@pytest.fixture
def sparse(script):
    return script("sparse_one_sided")


def critic():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1)).double()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_the_target_makes_that_share_of_samples_violators(sparse, share):
    norms = torch.linspace(0.5, 2.0, 16)
    assert (norms > sparse.target_for(norms, share)).float().mean() == share


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_dense_and_sparse_have_the_gradients_of_the_classic_penalty(sparse, share):
    points = torch.randn(16, 4, dtype=torch.float64)
    assert max(sparse.differences(critic(), points, share).values()) <= 1e-12


def test_values_agree_too(sparse):
    sides = sparse.three_sides(critic(), torch.randn(16, 4, dtype=torch.float64), 0.5)
    values = {name: side.penalty() for name, side in sides.items()}
    assert values["classic"] > 0
    torch.testing.assert_close(values["dense"], values["classic"], rtol=1e-12, atol=0)
    torch.testing.assert_close(values["sparse"], values["classic"], rtol=1e-12, atol=0)


def test_ratio_and_break_even_are_read_off_the_line(sparse):
    costs = [
        {"share": p, "sparse_to_dense": {"ratio": {"median": m}}}
        for p, m in ((0.0, 0.5), (0.5, 1.0), (1.0, 1.5))
    ]
    assert sparse.ratio_at(0.25, costs) == pytest.approx(0.75)
    assert sparse.break_even(costs) == pytest.approx(0.5)


def test_violators_are_counted_at_every_critic_step(sparse):
    training = sparse.Training(
        "eight_gaussians", sparse.MLP | {"width": 8}, sparse.MLP | {"width": 8}, 2, 16, 2, 2, ""
    )
    shares = sparse.violators_in_training(training, quick=True)
    assert len(shares) == 2 * 5
    assert all(0 <= share <= 1 for share in shares)
