"""What metrics see of a run: its critic's terms on given samples, and the labels of all samples."""

from dataclasses import dataclass, field

import pytest
import torch
from torch import nn

import lipschitz
from lipschitz import DataError
from lipschitz_trainers import registry
from lipschitz_trainers.data import ArraySource
from lipschitz_trainers.metrics import Metric
from lipschitz_trainers.training import DataPlusNoise
from lipschitz_trainers.training.evaluation import Evaluator, evaluation_mode


@pytest.mark.parametrize("objective", ["wasserstein", "non_saturating"])
@pytest.mark.parametrize("n", [5, 300])
def test_the_critics_terms_are_means_over_all_samples_and_move_nothing(make_trainer, objective, n):
    penalty = lipschitz.build(
        "r1_gradient_penalty", coefficient=4.0
    )  # draws nothing: to be computed at once here
    trainer = make_trainer(constraint=penalty, objective=objective)
    trainer.fit(1)
    game = trainer.game
    before = {name: value.clone() for name, value in game.critic.state_dict().items()}
    grads = [None if p.grad is None else p.grad.clone() for p in game.critic.parameters()]
    evaluation = Evaluator([], samples=n).evaluation(game, trainer.source)
    loss, value = evaluation.critic_terms(evaluation.real, evaluation.fake, (), evaluation.generator)

    batch = lipschitz.Batch(real=evaluation.real, fake=evaluation.fake)
    scores = [lipschitz.CriticOutput(game.critic(x)) for x in (evaluation.real, evaluation.fake)]
    expected = registry.build("objective", objective).critic_loss(*scores, batch).mean()
    assert loss == pytest.approx(expected.item(), rel=1e-5)
    assert value == pytest.approx(penalty.penalty(game.critic, batch).mean().item(), rel=1e-5)
    assert all(torch.equal(before[name], entry) for name, entry in game.critic.state_dict().items())
    after = [p.grad for p in game.critic.parameters()]
    assert all((a is None and b is None) or torch.equal(a, b) for a, b in zip(grads, after, strict=True))


def test_labels_go_with_the_samples(labelled_trainer):
    trainer, source = labelled_trainer, labelled_trainer.source
    with evaluation_mode(trainer.game):
        evaluation = Evaluator([], samples=40).evaluation(trainer.game, source)
    assert torch.equal(evaluation.fake[:, 0, 0, 0].long(), evaluation.fake_condition[0])
    images, labels = source.labelled()[0]
    for x, (label,) in (
        (evaluation.real, evaluation.real_condition),
        (evaluation.second_real, evaluation.second_real_condition),
    ):
        assert x.shape[0] == label.shape[0] == 40
    first = (images == evaluation.second_real[0]).flatten(1).all(1).nonzero()[0, 0]
    assert labels[0][first] == evaluation.second_real_condition[0][0]


@dataclass(frozen=True, kw_only=True)
class Asking(Metric):
    """Counts how often it is made ready, and draws global random numbers at it."""

    name = "asking"
    asked: list = field(default_factory=list)
    refuses: bool = False

    def get_ready(self, source):
        self.asked.append(source)
        torch.rand(3)
        if self.refuses:
            raise DataError("it wants other data.")

    def measure(self, evaluation):
        return {"asking": 1.0}


def test_too_few_held_out_samples_are_told_before_the_first_step(make_trainer):
    trainer = make_trainer(dataset=ArraySource(torch.randn(64, 2), torch.randn(20, 2), kind="points"))
    trainer.evaluator = Evaluator([], samples=21, data="the dataset 'mine'")
    with pytest.raises(DataError) as caught:
        trainer.fit(1)
    assert trainer.game.critic_steps == 0
    for part in ("the dataset 'mine': ", "21 held-out samples", "evaluation.samples", "this data has 20"):
        assert part in str(caught.value)
    trainer.evaluator = Evaluator([], samples=20)
    trainer.fit(1)
    assert trainer.game.iteration == 1


def test_a_metric_that_cannot_be_measured_is_told_before_the_first_step(make_trainer):
    trainer = make_trainer()
    trainer.evaluator = Evaluator([Asking(refuses=True)], samples=8)
    with pytest.raises(
        DataError, match="SamplerSource: the metric 'asking' cannot be measured: it wants other"
    ):
        trainer.fit(1)
    assert trainer.game.critic_steps == 0


def test_what_metrics_need_is_opened_once_before_training_and_changes_nothing_that_is_learned(make_trainer):
    plain, judged = make_trainer(), make_trainer()
    metric = Asking()
    judged.evaluator = Evaluator([metric], samples=8, every=1)
    for trainer in (plain, judged):
        torch.manual_seed(7)
        trainer.game.random.start_global()
        trainer.fit(2)
    assert metric.asked == [judged.source]
    for a, b in zip(plain.game.critic.parameters(), judged.game.critic.parameters(), strict=True):
        assert torch.equal(a, b)
    judged.fit(2)  # nothing is left to train
    assert len(metric.asked) == 1


def test_metrics_that_do_not_apply_are_not_made_ready(make_trainer):
    trainer = make_trainer(fixed=DataPlusNoise(1.0))
    # Points have no labels to train a classifier on, and need none.
    trainer.evaluator = Evaluator([registry.build("metric", "frechet_distance")], samples=8)
    trainer.fit(1)
    assert trainer.metrics == {}


def test_images_without_labels_and_a_metric_that_needs_them(make_trainer):
    images = torch.zeros(40, 1, 8, 8)
    trainer = make_trainer(dataset=ArraySource(images, images[:20], kind="images"))
    trainer.evaluator = Evaluator([registry.build("metric", "frechet_distance")], samples=8, data="mine")
    with pytest.raises(DataError) as caught:
        trainer.fit(1)
    assert trainer.game.critic_steps == 0
    for part in (
        "mine: the metric 'frechet_distance'",
        "the extractor 'classifier'",
        "no labels",
        "'inception'",
    ):
        assert part in str(caught.value)


def test_the_terms_of_a_batch_normalized_critic_come_from_no_small_batch(make_trainer):
    critic = nn.Sequential(
        nn.Linear(2, 8), nn.BatchNorm1d(8, track_running_stats=False), nn.ReLU(), nn.Linear(8, 1)
    )
    trainer = make_trainer(constraint="weight_clipping", critic=critic)
    with evaluation_mode(trainer.game):
        evaluation = Evaluator([], samples=257).evaluation(trainer.game, trainer.source)
        loss, _ = evaluation.critic_terms(evaluation.real, evaluation.fake, (), evaluation.generator)
        whole = critic(evaluation.fake).mean() - critic(evaluation.real).mean()
    assert loss == pytest.approx(whole.item(), abs=0.05)
