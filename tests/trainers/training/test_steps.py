"""The trainer's steps against Algorithm 1 written out by hand, and what a step must leave behind."""

import copy

import pytest
import torch

import lipschitz
from lipschitz_trainers.training.steps import iteration


def by_hand(critic, generator, random, data, one_sided, iterations):
    """Algorithm 1 of WGAN-GP with the classic double backward, from the same streams of random numbers."""
    critic_optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
    generator_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.0, 0.9))
    for _ in range(iterations):
        for _ in range(2):
            real = data.next(16).x.double()
            fake = generator(torch.randn(16, 3, generator=random["latent"]).double()).detach()
            epsilon = torch.rand(16, generator=random["penalty"]).double()[:, None]
            points = (epsilon * real + (1 - epsilon) * fake).requires_grad_(True)
            (slopes,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
            excess = slopes.norm(dim=1) - 1
            excess = excess.clamp(min=0) if one_sided else excess
            loss = critic(fake).mean() - critic(real).mean() + 10 * (excess**2).mean()
            critic_optimizer.zero_grad()
            loss.backward()
            critic_optimizer.step()
        loss = -critic(generator(torch.randn(16, 3, generator=random["latent"]).double())).mean()
        generator_optimizer.zero_grad()
        loss.backward()
        generator_optimizer.step()


@pytest.mark.parametrize("one_sided", [False, True])
def test_equals_algorithm_1_by_hand(make_trainer, one_sided):
    name = "one_sided_gradient_penalty" if one_sided else "two_sided_gradient_penalty"
    trainer = make_trainer(name, precision="64-true")
    twin = make_trainer(name, precision="64-true")
    critic, generator = twin.game.critic, twin.game.generator.module
    by_hand(critic, generator, twin.game.random, twin.game.data, one_sided, iterations=5)
    trainer.fit(5)
    for ours, theirs in zip(
        [*trainer.game.critic.parameters(), *trainer.game.generator.module.parameters()],
        [*critic.parameters(), *generator.parameters()],
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", sorted(lipschitz.constraints()))
def test_no_critic_parameter_is_left_without_gradient(make_trainer, name):
    trainer = make_trainer(name)
    trainer.fit(2)
    assert [n for n, p in trainer.game.critic.named_parameters() if p.grad is None] == []
    assert all(p.requires_grad for p in trainer.game.critic.parameters())


def test_generator_steps_leave_the_critic_alone(make_trainer):
    trainer = make_trainer(critic_steps=0)
    before = copy.deepcopy(trainer.game.critic.state_dict())
    start = copy.deepcopy(trainer.game.generator.module.state_dict())
    trainer.fit(3)
    for key, value in trainer.game.critic.state_dict().items():
        assert torch.equal(value, before[key])
    assert any(not torch.equal(v, start[k]) for k, v in trainer.game.generator.module.state_dict().items())
    assert all(p.grad is None for p in trainer.game.critic.parameters())


def test_critic_steps_leave_the_generator_alone(make_trainer, noise):
    adversarial, fixed = make_trainer(), make_trainer(fixed=noise)
    before = copy.deepcopy(adversarial.game.generator.module.state_dict())
    from lipschitz_trainers.training.steps import critic_step

    for _ in range(3):
        critic_step(adversarial.game)
    for key, value in adversarial.game.generator.module.state_dict().items():
        assert torch.equal(value, before[key])
    assert iteration(fixed.game).generator_loss is None


def test_power_iteration_runs_once_a_critic_step_however_often_the_critic_is_called(make_trainer):
    critic = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    both = lipschitz.compose(lipschitz.build("spectral_norm"), lipschitz.build("one_sided_gradient_penalty"))
    trainer = make_trainer(both, critic=critic)
    calls = []
    parametrization = trainer.game.critic[0].parametrizations.weight[0]
    original = parametrization._power_method
    parametrization._power_method = lambda *args: (calls.append(1), original(*args))[1]
    from lipschitz_trainers.training.steps import critic_step

    for _ in range(3):
        critic_step(trainer.game)
    assert len(calls) == 3


def test_clipping_keeps_every_parameter_in_the_box(make_trainer):
    trainer = make_trainer("weight_clipping")
    trainer.fit(2)
    assert all(p.abs().max() <= 0.01 for p in trainer.game.critic.parameters())


@pytest.mark.parametrize("objective", ["wasserstein", "non_saturating", "minimax", "least_squares", "hinge"])
@pytest.mark.parametrize("fixed", [False, True])
def test_every_objective_trains_with_and_without_a_generator(make_trainer, noise, objective, fixed):
    trainer = make_trainer("one_sided_gradient_penalty", objective=objective, fixed=noise if fixed else None)
    trainer.fit(3)
    assert trainer.game.critic_steps == 6


def test_another_generator_batch_size(make_trainer):
    trainer = make_trainer(generator_batch=40)
    sizes = []
    trainer.game.generator.module.register_forward_hook(
        lambda module, args, output: sizes.append(len(output))
    )
    trainer.fit(1)
    assert sizes == [16, 16, 40]


def test_a_critic_learns_the_distance_of_noisy_data(make_trainer, noise):
    """T9: E_real - E_fake of a 1-Lipschitz critic is at most E||noise|| = sqrt(pi / 2); a penalty overshoots little."""
    trainer = make_trainer("one_sided_gradient_penalty", fixed=noise, batch_size=128, critic_steps=5)
    trainer.fit(60)
    scores = trainer.game.critic
    real = trainer.source.held_out(4000, torch.Generator().manual_seed(1)).x
    with torch.no_grad():
        estimate = (scores(real).mean() - scores(real + torch.randn_like(real)).mean()).item()
    assert 0.15 < estimate < 1.2533 * 1.1
