"""The critic's loss on training and on held-out samples."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import lipschitz
from lipschitz import FieldError, TrainingError
from lipschitz_trainers.data import ArraySource
from lipschitz_trainers.metrics import NegativeCriticLoss
from lipschitz_trainers.metrics.negative_critic_loss import paired
from lipschitz_trainers.registry import build
from lipschitz_trainers.training import Optimization, TrainedGenerator, Trainer
from lipschitz_trainers.training.evaluation import Evaluator

NAME = "negative_critic_loss"


def terms(real, fake, condition, generator):
    """A critic that sums its input, with a penalty that is a random number times the mean label, or 1."""
    weight = torch.cat(condition).float().mean() if condition else torch.tensor(1.0)
    loss = fake.flatten(1).sum(1).mean() - real.flatten(1).sum(1).mean()
    return float(loss), float(torch.rand((), generator=generator) * weight)


@pytest.fixture
def judged(evaluation):
    def make(real, second, fake, **more):
        return replace(evaluation(real, fake, second), critic_terms=terms, **more)

    return make


def test_the_keys_and_their_signs(judged, normal):
    real, second, fake = (normal(6, 2, seed=seed) for seed in range(3))
    values = NegativeCriticLoss().measure(judged(real, second, fake))
    penalty = float(torch.rand((), generator=torch.Generator().manual_seed(0)))
    validation = float(real.sum(1).mean() - fake.sum(1).mean())
    train = float(second.sum(1).mean() - fake.sum(1).mean())
    assert values == {
        NAME: pytest.approx(validation, abs=1e-6),
        f"{NAME}_validation": pytest.approx(validation, abs=1e-6),
        f"{NAME}_train": pytest.approx(train, abs=1e-6),
        f"{NAME}_train_with_penalty": pytest.approx(train - penalty, abs=1e-6),
        f"{NAME}_validation_with_penalty": pytest.approx(validation - penalty, abs=1e-6),
        f"{NAME}_gap": pytest.approx(train - validation, abs=1e-6),
    }


def test_equal_samples_have_no_gap_although_penalties_are_random(judged, normal):
    real, fake = normal(6, 2), normal(6, 2, seed=1)
    values = NegativeCriticLoss().measure(judged(real, real.clone(), fake))
    assert values[f"{NAME}_gap"] == 0
    assert values[f"{NAME}_train_with_penalty"] == values[f"{NAME}_validation_with_penalty"]


def test_fewer_samples_are_the_first_ones(judged, normal):
    real, second, fake = (normal(9, 2, seed=seed) for seed in range(3))
    few = NegativeCriticLoss(samples=4).measure(judged(real, second, fake))
    assert few == NegativeCriticLoss().measure(judged(real[:4], second[:4], fake[:4]))
    assert NegativeCriticLoss(samples=100).measure(judged(real, second, fake)) != few
    with pytest.raises(FieldError, match=">= 1"):
        NegativeCriticLoss(samples=0)


def test_a_diverged_generator_gets_nan(judged, normal):
    real, fake = normal(6, 2), normal(6, 2, seed=1)
    values = NegativeCriticLoss().measure(judged(real, real, fake * torch.nan))
    assert len(values) == 6
    assert all(math.isnan(value) for value in values.values())


def test_without_a_game_the_error_says_what_is_missing(evaluation, normal):
    with pytest.raises(TrainingError, match="without critic_terms"):
        NegativeCriticLoss().measure(evaluation(normal(2, 2), normal(2, 2)))


LABELS = st.lists(st.integers(0, 3), max_size=12)


@given(LABELS, LABELS)
def test_partners_have_equal_labels_are_used_once_and_as_many_as_there_can_be(a, b):
    n = min(len(a), len(b))
    ours, theirs = torch.tensor(a, dtype=torch.int64), torch.tensor(b, dtype=torch.int64)
    first, second = paired((ours,), (theirs,), n)
    assert ours[first].tolist() == theirs[second].tolist()
    assert len({*first.tolist()}) == len({*second.tolist()}) == len(first)
    assert len(first) == sum(min(a[:n].count(label), b[:n].count(label)) for label in range(4))
    assert all(i < n for i in (*first.tolist(), *second.tolist()))


def test_without_labels_samples_go_together_as_they_come():
    for labels in ((), (torch.tensor([1, 2]),)):
        assert [i.tolist() for i in paired((), labels, 2)] == [[0, 1], [0, 1]]


def test_labels_reach_the_critic_with_fakes_of_the_same_label(judged, normal):
    real, fake = normal(3, 1), normal(3, 1, seed=1)
    labels = {"real_condition": (torch.tensor([0, 1, 1]),), "fake_condition": (torch.tensor([1, 2, 0]),)}
    got = judged(real, real, fake, second_real_condition=(torch.tensor([5, 5, 5]),), **labels)
    values = NegativeCriticLoss().measure(got)
    want = float(real[[0, 1]].mean() - fake[[2, 0]].mean())
    assert values[NAME] == pytest.approx(want, abs=1e-6)
    assert math.isnan(values[f"{NAME}_train"])  # no fake has the label 5


@pytest.mark.parametrize(("samples", "different"), [(10, 10), (30, 30), (70, 30)])
def test_training_samples_are_different_while_there_are_enough(samples, different):
    train = torch.arange(30.0)[:, None]
    source = ArraySource(train, torch.zeros(100, 1), kind="points")
    evaluation = Evaluator([], samples=samples).evaluation(_game(source, nn.Linear(1, 1)).game, source)
    assert len(evaluation.second_real.unique()) == different
    counts = torch.bincount(evaluation.second_real.flatten().long(), minlength=30)
    assert counts.max() - counts.min() <= 1


def test_a_critic_that_knows_the_training_set_by_heart_is_found_out():
    """Scores 1 on every training sample and 0 elsewhere: the gap is 1, with the trainer's own terms."""
    train = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    held_out = torch.randn(20, 2, generator=torch.Generator().manual_seed(1))

    class ByHeart(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(()))

        def forward(self, x):
            known = (x[:, None] == train[None]).all(-1).any(1)
            return self.weight * known.to(x.dtype) + 0 * x.sum(1)

    source = ArraySource(train, held_out, kind="points")
    trainer = _game(source, ByHeart())
    values = Evaluator([NegativeCriticLoss()], samples=20).measure(trainer.game, source)
    assert values[f"{NAME}_train"] == pytest.approx(1)
    assert values[NAME] == pytest.approx(0, abs=1e-7)
    assert values[f"{NAME}_gap"] == pytest.approx(1)
    # Its gradient is 0 everywhere, so the two-sided penalty of coefficient 10 is 10.
    assert values[f"{NAME}_train_with_penalty"] == pytest.approx(1 - 10, abs=1e-5)


def _game(source, critic):
    adam = Optimization(lambda parameters: torch.optim.Adam(parameters, lr=1e-3, betas=(0.0, 0.9)))
    return Trainer(
        critic=critic,
        constraint=lipschitz.build("two_sided_gradient_penalty"),
        objective=build("objective", "wasserstein"),
        source=source,
        generator=TrainedGenerator(nn.Linear(3, source.shape[0]), 3, adam),
        optimization=adam,
        batch_size=4,
        device="cpu",
    )
