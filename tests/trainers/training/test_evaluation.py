"""What metrics see of a run: its critic's terms on given samples, and the labels of all samples."""

import pytest
import torch

import lipschitz
from lipschitz_trainers import registry
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
