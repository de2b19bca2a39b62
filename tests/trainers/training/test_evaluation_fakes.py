"""Generated samples to judge by: how many there are changes nothing else, and each call gives the same."""

import pytest
import torch
from torch import nn

from lipschitz_trainers.training.evaluation import Evaluator, evaluation_mode
from lipschitz_trainers.training.evaluation_fakes import PART, fixed_fakes, more_fakes
from lipschitz_trainers.training.generators import DataPlusNoise


@pytest.mark.parametrize("n", [1, PART, PART + 1, 2 * PART + 3])
def test_as_many_as_asked_for_in_parts_and_always_the_same(make_trainer, n):
    trainer = make_trainer()
    with evaluation_mode(trainer.game):
        parts = list(more_fakes(trainer.game, trainer.source, n))
        again = torch.cat(list(more_fakes(trainer.game, trainer.source, n)))
        fixed, _ = fixed_fakes(trainer.game, trainer.source, n)
    sizes = [len(part) for part in parts]
    assert sum(sizes) == n
    assert max(sizes) <= PART
    assert min(sizes) >= min(n, PART // 2)
    assert torch.equal(torch.cat(parts), again)
    assert not torch.cat(parts).requires_grad
    assert not torch.equal(again, fixed)


class Centred(nn.Module):
    """A generator that normalizes over its batch, by its own statistics always."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2, track_running_stats=False))

    def forward(self, z):
        return self.layers(z)


@pytest.mark.parametrize("n", [PART + 1, 2 * PART + 1, PART + 5])
def test_no_sample_is_normalized_over_a_few(make_trainer, n):
    trainer = make_trainer(generator=Centred())
    with evaluation_mode(trainer.game):
        fixed, _ = fixed_fakes(trainer.game, trainer.source, n)
        more = torch.cat(list(more_fakes(trainer.game, trainer.source, n)))
    for fakes in (fixed, more):
        assert fakes.shape == (n, 2)
        # Samples that were normalized among themselves would have mean 0.
        assert fakes[-5:].mean(dim=0).abs().min() > 1e-3


def test_labels_are_told_to_the_generator(labelled_trainer):
    trainer, source = labelled_trainer, labelled_trainer.source
    made = torch.cat(list(more_fakes(trainer.game, source, 300)))[:, 0, 0, 0]
    assert set(made.tolist()) == set(range(10))


def test_a_fixed_generator_offers_none(make_trainer):
    trainer = make_trainer(fixed=DataPlusNoise(1.0))
    assert Evaluator([], samples=8).evaluation(trainer.game, trainer.source).more_fakes is None
    trainer = make_trainer()
    more = Evaluator([], samples=8).evaluation(trainer.game, trainer.source).more_fakes
    assert torch.cat(list(more(20))).shape == (20, 2)
