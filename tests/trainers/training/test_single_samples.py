"""Batches of one sample and batch normalization: told by layer, before training, only where it is hopeless."""

import pytest
import torch
from torch import nn

from lipschitz import TrainingError
from lipschitz_trainers.data import from_tensor
from lipschitz_trainers.training import DataPlusNoise
from lipschitz_trainers.training.single_samples import require_no_lone_values


def normalized(into, out, **options):
    return nn.Sequential(
        nn.Linear(into, 4), nn.Sequential(nn.BatchNorm1d(4, **options), nn.ReLU()), nn.Linear(4, out)
    )


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("who", ["critic", "generator"])
def test_the_layer_is_named_before_the_first_step(make_trainer, who, tracked):
    network = normalized(*((2, 1) if who == "critic" else (3, 2)), track_running_stats=tracked)
    with pytest.raises(TrainingError) as caught:
        make_trainer(constraint="weight_clipping", batch_size=1, **{who: network})
    assert f"the {who}'s layer '1.0' (BatchNorm1d)" in str(caught.value)
    assert "give batch_size at least 2 samples" in str(caught.value)
    trainer = make_trainer(constraint="weight_clipping", batch_size=2, **{who: network})
    trainer.fit(1)


def test_generator_steps_of_one_sample(make_trainer):
    with pytest.raises(
        TrainingError, match="the critic's layer '1.0' .*give generator.batch_size at least 2"
    ):
        make_trainer(constraint="weight_clipping", batch_size=4, generator_batch=1, critic=normalized(2, 1))
    # A generator that is fixed has no steps.
    make_trainer(
        constraint="weight_clipping", batch_size=4, fixed=DataPlusNoise(1.0), critic=normalized(2, 1)
    ).fit(1)


def test_what_can_be_trained_is_not_refused(make_trainer):
    make_trainer(constraint="weight_clipping", batch_size=1).fit(1)
    frozen = Frozen()
    make_trainer(constraint="weight_clipping", batch_size=1, critic=frozen).fit(1)
    # Each channel of one image has many values.
    images = from_tensor(torch.rand(20, 1, 8, 8))
    critic = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 1))
    make_trainer(constraint="weight_clipping", batch_size=1, dataset=images, critic=critic).fit(1)


class Frozen(nn.Module):
    """Normalizes by running averages in training too."""

    def __init__(self):
        super().__init__()
        self.layers = normalized(2, 1)
        self.train()

    def train(self, mode=True):
        super().train(mode)
        self.layers[1][0].eval()
        return self

    def forward(self, x):
        return self.layers(x)


def test_the_network_is_left_as_it_was():
    network = normalized(2, 1)
    network[2].eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(TrainingError):
        require_no_lone_values(network, "critic", "batch_size", torch.ones(1, 2))
    assert [module.training for module in network] == [True, True, False]
    assert network[1].training
    assert network[1][0].training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert network(torch.ones(2, 2)).shape == (2, 1)
    require_no_lone_values(
        network, "critic", "batch_size", torch.ones(1, 7)
    )  # wrong otherwise: told elsewhere
