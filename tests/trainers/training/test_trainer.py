"""The loop: order of set-up, exact resume, evaluation that disturbs nothing, clear errors, Ctrl-C."""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

import lipschitz
from lipschitz import CoupledSamplesError, CriticError, TrainingError
from lipschitz.schedules import Burst, Linear
from lipschitz_trainers import registry
from lipschitz_trainers.training import AnotherDataset, Interrupted, Optimization
from lipschitz_trainers.training.records import read_records


def weights(trainer):
    networks = [trainer.game.critic] + ([trainer.game.generator.module] if trainer.game.generator else [])
    if trainer.game.generator is not None and trainer.game.generator.average is not None:
        networks.append(trainer.game.generator.average.module)
    return [value for network in networks for value in network.state_dict().values()]


def assert_equal_runs(a, b):
    for x, y in zip(weights(a), weights(b), strict=True):
        assert torch.equal(x, y)


def without_seconds(path):
    records = read_records(Path(path) / "metrics.jsonl")
    return [{k: v for k, v in record.items() if k != "critic_step_seconds"} for record in records]


@dataclass(frozen=True, kw_only=True)
class Spy(lipschitz.Constraint):
    name = "spy"

    def prepare(self, critic, example=None):
        LOG.append(("prepare", example.size, example.fake is not None, next(critic.parameters()).device.type))
        return nn.Sequential(critic)

    def penalty(self, critic, batch):
        LOG.append(("penalty", batch.step))
        return lipschitz.no_penalty(batch)

    def project(self, critic, step=0):
        LOG.append(("project", step))


LOG: list = []


def test_order_is_critic_device_prepare_optimizer_then_the_moments(make_trainer):
    LOG.clear()

    def build(parameters):
        LOG.append(("optimizer",))
        return torch.optim.Adam(parameters, lr=1e-3, betas=(0.0, 0.9))

    trainer = make_trainer(Spy(), optimization=Optimization(build))
    trainer.fit(1)
    assert LOG[0] == ("prepare", 16, True, "cpu")
    assert LOG[1] == ("optimizer",)
    assert [entry for entry in LOG if entry[0] in ("penalty", "project")] == [
        ("penalty", 0),
        ("project", 0),
        ("penalty", 1),
        ("project", 1),
    ]
    assert isinstance(trainer.game.critic, nn.Sequential)


@pytest.mark.parametrize("name", sorted(lipschitz.constraints()))
@pytest.mark.parametrize("dataset", ["swiss_roll", "digits"])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(make_trainer, tmp_path, name, dataset):
    kwargs = {"dataset": dataset, "ema": 0.9, "metrics": ["w1"], "every": 2, "checkpoint_every": 2}
    whole = make_trainer(name, folder=tmp_path / "whole", **kwargs)
    whole.fit(7)

    class Crash(Exception):
        pass

    def crash(done):
        if done == 5:
            raise Crash

    first = make_trainer(name, folder=tmp_path / "parts", **kwargs)
    with pytest.raises(Crash):
        first.fit(7, on_iteration=crash)
    first.close()
    second = make_trainer(name, folder=tmp_path / "parts", **kwargs)
    assert second.resume()
    assert second.game.iteration == 4
    second.fit(7)
    assert_equal_runs(whole, second)
    whole.close()
    second.close()
    assert without_seconds(tmp_path / "whole") == without_seconds(tmp_path / "parts")


@pytest.mark.parametrize("fixed", ["noise", "another"])
def test_resume_with_a_fixed_generator(make_trainer, noise, tmp_path, fixed):
    def generator():
        return (
            noise
            if fixed == "noise"
            else AnotherDataset(registry.build("dataset", "twenty_five_gaussians").open())
        )

    whole = make_trainer(fixed=generator(), folder=tmp_path / "a")
    whole.fit(4)
    first = make_trainer(fixed=generator(), folder=tmp_path / "b")
    first.fit(2)
    second = make_trainer(fixed=generator(), folder=tmp_path / "b")
    assert second.resume()
    second.fit(4)
    assert_equal_runs(whole, second)


def test_dropout_resumes_exactly(make_trainer, tmp_path):
    def critic():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))

    whole = make_trainer(critic=critic(), folder=tmp_path / "a")
    whole.fit(4)
    make_trainer(critic=critic(), folder=tmp_path / "b").fit(2)
    torch.manual_seed(99)
    torch.rand(3)
    second = make_trainer(critic=critic(), folder=tmp_path / "b")
    second.resume()
    second.fit(4)
    assert_equal_runs(whole, second)


def test_evaluating_changes_nothing(make_trainer):
    def generator():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.1), nn.Linear(8, 2))

    plain = make_trainer(generator=generator())
    often = make_trainer(generator=generator(), metrics=["w1", "slopes", "critic_w1", "sliced_w1"], every=1)
    plain.fit(3)
    often.fit(3)
    assert_equal_runs(plain, often)
    assert often.game.critic.training
    assert often.game.generator.module.training
    assert often.metrics["w1"] > 0


def test_the_same_seed_gives_the_same_run_and_another_does_not(make_trainer):
    a, b, c = make_trainer(), make_trainer(), make_trainer(seed=1)
    for trainer in (a, b, c):
        trainer.fit(2)
    assert_equal_runs(a, b)
    assert not torch.equal(weights(a)[0], weights(c)[0])


def test_records_hold_every_iteration(make_trainer, tmp_path):
    trainer = make_trainer(folder=tmp_path, metrics=["w1"], every=2)
    trainer.fit(3)
    trainer.close()
    records = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    training = [record for record in records if "critic_loss" in record]
    assert [record["step"] for record in training] == [1, 2, 3]
    assert [record["critic_steps"] for record in training] == [2, 4, 6]
    assert [record["step"] for record in records if "evaluation" in record] == [2, 3]
    for record in training:
        assert record["critic_loss"] == pytest.approx(-record["w1_estimate"], abs=1e-6)
        assert record["penalty"] >= 0
        assert record["critic_step_seconds"] > 0


def test_ctrl_c_keeps_a_checkpoint_and_can_be_resumed(make_trainer, tmp_path):
    trainer = make_trainer(folder=tmp_path)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted, match="stopped after 3 of 6 .* checkpoint was written"):
        trainer.fit(6, on_iteration=lambda done: os.kill(os.getpid(), signal.SIGINT) if done == 3 else None)
    assert signal.getsignal(signal.SIGINT) is handler
    again = make_trainer(folder=tmp_path)
    assert again.resume()
    again.fit(6)
    whole = make_trainer()
    whole.fit(6)
    assert_equal_runs(again, whole)


def test_should_stop_works_like_ctrl_c(make_trainer, tmp_path):
    trainer = make_trainer(folder=tmp_path)
    with pytest.raises(Interrupted):
        trainer.fit(5, should_stop=lambda: trainer.game.iteration == 2)
    assert [path.name for path in trainer.checkpoints.paths()] == ["iteration-00000002.ckpt"]


def test_resume_without_a_checkpoint_starts_over_with_empty_records(make_trainer, tmp_path):
    first = make_trainer(folder=tmp_path)
    first.recorder.write({"step": 1, "left": "over"})
    first.close()
    second = make_trainer(folder=tmp_path)
    assert not second.resume()
    second.fit(1)
    second.close()
    assert [record["step"] for record in read_records(tmp_path / "metrics.jsonl")] == [1]


def test_schedules_of_learning_rate_and_critic_steps(make_trainer):
    optimization = Optimization(
        lambda parameters: torch.optim.Adam(parameters, lr=0.1, betas=(0.0, 0.9)),
        Linear(start=1, end=0, steps=4),
    )
    trainer = make_trainer(
        optimization=optimization,
        critic_steps=Burst(usual=1, burst=3, first=1, every=3),
        constraint="weight_clipping",
    )
    rates, steps = [], []

    def look(done):
        rates.append(trainer.game.critic_optimizer.param_groups[0]["lr"])
        steps.append(trainer.game.critic_steps)

    trainer.fit(4, on_iteration=look)
    assert rates == pytest.approx([0.1, 0.075, 0.05, 0.025])
    assert steps == [3, 4, 5, 8]


@pytest.mark.parametrize("precision", ["64-true", "bf16-mixed"])
@pytest.mark.parametrize("name", sorted(lipschitz.constraints()))
def test_precisions(make_trainer, precision, name):
    trainer = make_trainer(name, precision=precision, metrics=["w1", "slopes"])
    trainer.fit(3)
    expected = torch.float64 if precision == "64-true" else torch.float32
    assert {p.dtype for p in trainer.game.critic.parameters()} == {expected}
    assert trainer.metrics["slopes"] > 0


def test_batch_norm_critic_is_refused_before_training_naming_the_layer(make_trainer):
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.raises(CoupledSamplesError, match=r"'1' \(BatchNorm1d\(4\)\).*LayerNorm"):
        make_trainer(critic=critic)


def test_batch_norm_critic_trains_where_allowed(make_trainer, caplog):
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    constraint = lipschitz.build("two_sided_gradient_penalty", allow_batch_coupling=True)
    make_trainer(constraint, critic=critic).fit(2)
    assert "allow_batch_coupling is set" in caplog.text


def test_clipped_critics_may_have_batch_norm(make_trainer):
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    make_trainer("weight_clipping", critic=critic, metrics=["slopes"]).fit(2)


def test_generator_of_the_wrong_shape(make_trainer):
    with pytest.raises(TrainingError, match=r"generator makes samples of shape \(5,\), the data has \(2,\)"):
        make_trainer(generator=nn.Linear(3, 5))


def test_critic_of_the_wrong_input_shape(make_trainer):
    with pytest.raises(TrainingError, match=r"cannot be evaluated on samples of shape \(2,\)"):
        make_trainer(critic=nn.Linear(7, 1))


def test_critic_with_a_map_of_scores(make_trainer):
    with pytest.raises(CriticError, match="one score per sample"):
        make_trainer(critic=nn.Linear(2, 3))


def test_divergence_names_the_iteration_and_keeps_the_records(make_trainer, tmp_path):
    optimization = Optimization(lambda parameters: torch.optim.SGD(parameters, lr=1e20))
    trainer = make_trainer(optimization=optimization, folder=tmp_path, objective="least_squares")
    with pytest.raises(
        TrainingError, match=r"training diverged: .* at generator iteration \d+ .*least_squares"
    ):
        trainer.fit(50)
    trainer.close()
    assert read_records(tmp_path / "metrics.jsonl")


def test_unknown_device_says_what_works():
    from lipschitz_trainers.training.setup import launch

    with pytest.raises(TrainingError, match="device: cpu and precision: 32-true"):
        launch("warp", "32-true", 1)
    if not torch.cuda.is_available():
        with pytest.raises(TrainingError, match="cannot train on device 'cuda'"):
            launch("cuda", "32-true", 1)


@dataclass(frozen=True, kw_only=True)
class NoReturn(lipschitz.Constraint):
    name = "no_return"

    def prepare(self, critic, example=None):
        del critic, example


@dataclass(frozen=True, kw_only=True)
class WrongPenalty(lipschitz.Constraint):
    name = "wrong_penalty"
    number: bool = False

    def penalty(self, critic, batch):
        return 1.0 if self.number else torch.ones(3, 7)


def test_constraints_that_break_the_protocol_are_named(make_trainer):
    with pytest.raises(TrainingError, match="'no_return' must return the critic to train, got NoneType"):
        make_trainer(NoReturn())
    for number, got in ((False, r"shape \(3, 7\)"), (True, "float")):
        trainer = make_trainer(WrongPenalty(number=number))
        with pytest.raises(
            TrainingError, match=rf"'wrong_penalty' must be a tensor of shape \(16,\) or \(\), got {got}"
        ):
            trainer.fit(1)
