"""Training on a CUDA device; skipped where there is none."""

import pytest
import torch

import lipschitz
from lipschitz_trainers import registry
from lipschitz_trainers.training import DataPlusNoise, Optimization, TrainedGenerator, Trainer
from lipschitz_trainers.training.evaluation import Evaluator

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3, betas=(0.0, 0.9))


def make(name, folder=None, precision="32-true", fixed=False):
    source = registry.build("dataset", "swiss_roll").open()
    mlp = registry.build("network", "mlp", width=16, depth=2)
    torch.manual_seed(0)
    critic, generator = mlp.build((2,), ()), mlp.build((3,), (2,))
    return Trainer(
        critic=critic,
        constraint=lipschitz.build(name),
        objective=registry.build("objective", "wasserstein"),
        source=source,
        generator=DataPlusNoise() if fixed else TrainedGenerator(generator, 3, Optimization(adam), ema=0.9),
        optimization=Optimization(adam),
        batch_size=16,
        critic_steps=2,
        device="cuda",
        precision=precision,
        evaluator=Evaluator([registry.build("metric", m) for m in ("w1", "slopes")], 32),
        folder=folder,
    )


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("precision", ["32-true", "64-true", "bf16-mixed", "16-mixed"])
@pytest.mark.parametrize("name", sorted(lipschitz.constraints()))
def test_trains_and_is_judged(name, precision, fixed):
    trainer = make(name, precision=precision, fixed=fixed)
    trainer.fit(3)
    assert {p.device.type for p in trainer.game.critic.parameters()} == {"cuda"}
    assert trainer.metrics["w1"] > 0


@pytest.mark.parametrize("name", sorted(lipschitz.constraints()))
def test_resume_is_exact(name, tmp_path):
    whole = make(name)
    whole.fit(4)
    make(name, tmp_path).fit(2)
    second = make(name, tmp_path)
    assert second.resume()
    second.fit(4)
    for a, b in zip(whole.game.critic.parameters(), second.game.critic.parameters(), strict=True):
        assert torch.equal(a, b)
