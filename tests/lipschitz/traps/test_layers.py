"""Reports of layers on which penalties were wrong or failed: each is handled, or refused by name with the fix."""

import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import lipschitz
from lipschitz import Batch, CoupledSamplesError, CriticError, gradient_norms, two_sided

PENALTIES = ["one_sided_gradient_penalty", "two_sided_gradient_penalty"]


def batch(*shape):
    return Batch(real=torch.randn(*shape), fake=torch.randn(*shape))


def prepared_and_used(critic, example, name="two_sided_gradient_penalty", **fields):
    constraint = lipschitz.build(name, **fields)
    critic = constraint.prepare(critic, example)
    return constraint.penalty(critic, example)


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.BatchNorm1d(4), (6, 4)),
        (nn.BatchNorm1d(4, track_running_stats=False), (6, 4)),
        (nn.SyncBatchNorm(4), (6, 4)),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_batch_normalization_is_refused_with_its_path_and_a_replacement(name, layer, shape, training):
    """CycleGAN#513, Keras-GAN#253 and more; StudioGAN ships WGAN-GP with a batch-normalised critic."""
    critic = nn.Sequential(nn.Linear(4, 4), nn.Sequential(layer, nn.ReLU()), nn.Linear(4, 1)).train(training)
    with pytest.raises(CoupledSamplesError, match=r"layer '1\.0' .*BatchNorm.*(LayerNorm|GroupNorm)"):
        prepared_and_used(critic, batch(*shape), name)


def test_why_batch_normalization_is_refused():
    """The gradient of the summed scores vanishes behind it, whatever the critic does to single samples."""
    critic = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Linear(8, 1)).double()
    points = torch.randn(16, 3, dtype=torch.float64)
    assert gradient_norms(critic, points, engine="batched").max() < 1e-10
    assert gradient_norms(critic.eval(), points).min() > 1e-3


class BatchStandardDeviation(nn.Module):
    """Appends how much the batch varies, in groups of a given size."""

    def __init__(self, group):
        super().__init__()
        self.group = group

    def forward(self, x):
        groups = x.unflatten(0, (-1, self.group))
        spread = groups.std(1, correction=0).mean(1).repeat_interleave(self.group)
        return torch.cat([x, spread[:, None]], 1)


class OfTwoMinds(nn.Module):
    """Decides for all samples at once."""

    def forward(self, x):
        return x if x.mean() > 0 else -2 * x


class Centred(nn.Module):
    """Subtracts a batch mean that no gradient passes through."""

    def forward(self, x):
        return x - x.mean(0).detach()


class Gated(nn.Module):
    """Couples through a gate that starts closed."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return x + self.gate * x.mean(0)


@pytest.mark.parametrize("engine", ["auto", "prepare"])
@pytest.mark.parametrize(
    "layer",
    [BatchStandardDeviation(8), BatchStandardDeviation(4), OfTwoMinds(), Centred(), Gated()],
    ids=["minibatch std", "minibatch std of 4", "control flow", "detached mean", "closed gate"],
)
def test_couplings_without_a_type_are_found(layer, engine):
    """functorch: silent NaN for a spread over one sample, errors for control flow; silence for the others."""
    width = 4 if not isinstance(layer, BatchStandardDeviation) else 5
    critic = nn.Sequential(nn.Linear(3, 4), layer, nn.Tanh(), nn.Linear(width, 1))
    example = batch(8, 3)
    with pytest.raises(CoupledSamplesError, match="'1'"):
        if engine == "prepare":
            prepared_and_used(critic, example)
        else:
            gradient_norms(critic, example.real)


def test_allowed_coupling_takes_the_gradient_of_the_sum_and_warns(caplog):
    """The paper's own ablation needs a critic with batch normalization (arXiv 1704.00028, section 4)."""
    critic = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    statistics = critic[1].running_mean.clone()
    with caplog.at_level("WARNING", "lipschitz"):
        penalty = prepared_and_used(critic, batch(8, 3), allow_batch_coupling=True)
    penalty.mean().backward()
    assert "BatchNorm1d" in caplog.text
    assert torch.equal(critic[1].running_mean, statistics), (
        "points of a penalty do not enter running statistics"
    )


def old_weight_norm(layer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return nn.utils.weight_norm(layer)


INDEPENDENT = {
    "LayerNorm": nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.ReLU(), nn.Linear(6, 1)),
    "GroupNorm": nn.Sequential(nn.Unflatten(1, (2, 2)), nn.GroupNorm(1, 2), nn.Flatten(), nn.Linear(4, 1)),
    "InstanceNorm": nn.Sequential(
        nn.Unflatten(1, (2, 2)), nn.InstanceNorm1d(2), nn.Tanh(), nn.Flatten(), nn.Linear(4, 1)
    ),
    "InstanceNorm with running statistics": nn.Sequential(
        nn.Unflatten(1, (2, 2)),
        nn.InstanceNorm1d(2, track_running_stats=True),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(4, 1),
    ),
    "weight_norm": nn.Sequential(parametrizations.weight_norm(nn.Linear(4, 6)), nn.ReLU(), nn.Linear(6, 1)),
    "old weight_norm": nn.Sequential(old_weight_norm(nn.Linear(4, 6)), nn.ReLU(), nn.Linear(6, 1)),
    "spectral_norm": nn.Sequential(
        parametrizations.spectral_norm(nn.Linear(4, 6)), nn.ReLU(), nn.Linear(6, 1)
    ),
    "old spectral_norm": nn.Sequential(nn.utils.spectral_norm(nn.Linear(4, 6)), nn.ReLU(), nn.Linear(6, 1)),
    "orthogonal": nn.Sequential(parametrizations.orthogonal(nn.Linear(4, 6)), nn.ReLU(), nn.Linear(6, 1)),
    "in-place activations": nn.Sequential(
        nn.Linear(4, 6),
        nn.ReLU(inplace=True),
        nn.Linear(6, 6),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Linear(6, 1),
    ),
    "Dropout": nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.5), nn.ReLU(), nn.Linear(6, 1)),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", INDEPENDENT)
def test_layers_that_keep_samples_apart_work_and_match_a_loop(name, training):
    """functorch#115, #867, pytorch/rl#1935, pytorch#13350: each of these failed in some way of computing slopes."""
    critic = INDEPENDENT[name].train(training).double()
    points = torch.randn(5, 4, dtype=torch.float64)
    prepared_and_used(critic, Batch(real=points, fake=-points)).mean().backward()
    # A power iteration a forward pass, and masks drawn anew: compare them at rest.
    critic.eval()
    rows = []
    for x in points:
        x = x[None].clone().requires_grad_()
        rows.append(torch.autograd.grad(critic(x).sum(), x)[0])
    want = torch.linalg.vector_norm(torch.cat(rows), dim=1)
    torch.testing.assert_close(gradient_norms(critic, points), want, rtol=1e-9, atol=1e-12)


def test_a_map_of_scores_is_refused_with_both_ways_out():
    """SinGAN#59: patch critics have one score per patch; a gradient of their sum is no slope of any of them."""
    critic = nn.Conv2d(1, 1, 3)
    with pytest.raises(
        CriticError, match="map of scores: average it over the patches, or penalise patch by patch"
    ):
        gradient_norms(critic, torch.randn(2, 1, 8, 8))


def test_a_pair_of_inputs_shares_one_epsilon():
    """BMSG-GAN#35: all scales of a sample lie at the same place of its line."""
    seen = []

    class TwoScales(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(()))

        def forward(self, scales):
            seen.append({name: leaf.detach().clone() for name, leaf in scales.items()})
            return self.weight * sum(leaf.flatten(1).sum(1) for leaf in scales.values())

    real = {"large": torch.ones(4, 1, 4, 4), "small": torch.ones(4, 1, 2, 2)}
    fake = {name: torch.zeros_like(leaf) for name, leaf in real.items()}
    critic = TwoScales()
    value = lipschitz.build("two_sided_gradient_penalty").penalty(critic, Batch(real=real, fake=fake))
    torch.testing.assert_close(value, torch.full((4,), 10 * (20**0.5 - 1) ** 2))
    large, small = seen[-1]["large"], seen[-1]["small"]
    epsilon = large[:, 0, 0, 0]
    assert len(epsilon.unique()) == 4, "one for each sample"
    assert torch.equal(large, epsilon[:, None, None, None].expand_as(large))
    assert torch.equal(small, epsilon[:, None, None, None].expand_as(small))


def test_conditions_reach_the_critic():
    """GAN_stability#10, wgan-gp forks: the second argument is missing in the penalty's call."""

    class Conditional(nn.Module):
        def __init__(self):
            super().__init__()
            self.tables = nn.Embedding(3, 2)

        def forward(self, x, label):
            return (x * self.tables(label)).sum(1)

    critic = Conditional()
    labels = torch.tensor([0, 1, 2, 1])
    example = Batch(real=torch.randn(4, 2), fake=torch.randn(4, 2), condition=(labels,))
    got = prepared_and_used(critic, example)
    want = 10 * two_sided(torch.linalg.vector_norm(critic.tables.weight, dim=1))[labels]
    torch.testing.assert_close(got, want)


def test_channels_last_images_work():
    critic = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(64, 1)
    ).double()
    points = torch.randn(3, 3, 8, 8, dtype=torch.float64)
    want = gradient_norms(critic, points)
    critic = critic.to(memory_format=torch.channels_last)
    got = gradient_norms(critic, points.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(got, want)
