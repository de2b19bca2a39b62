"""Compiled critic steps equal eager ones, and where they cannot be had training goes on and says why."""

import dataclasses

import pytest
import torch
from torch import nn

import lipschitz
from lipschitz import Constraint, TrainingError
from lipschitz.schedules import Linear
from lipschitz_trainers.training.compilation import CompiledTerms, _difference

CONSTRAINTS = {
    **{name: lipschitz.build(name) for name in sorted(lipschitz.constraints())},
    "both": lipschitz.compose(
        lipschitz.build("spectral_norm"), lipschitz.build("one_sided_gradient_penalty")
    ),
    "seldom": lipschitz.every(3, lipschitz.build("two_sided_gradient_penalty")),
    "scheduled": lipschitz.scheduled(
        lipschitz.build("two_sided_gradient_penalty"), coefficient=Linear(start=1.0, end=5.0, steps=8)
    ),
}


def trained(make_trainer, iterations=3, **options):
    trainer = make_trainer(precision="64-true", **options)
    trainer.fit(iterations)
    return trainer


def parameters_of(trainer):
    return torch.cat([p.detach().flatten() for p in trainer.game.critic.parameters()])


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_compiled_training_is_eager_training(name, make_trainer, caplog):
    with caplog.at_level("WARNING", "lipschitz_trainers"):
        compiled = trained(make_trainer, constraint=CONSTRAINTS[name], compile="aot_eager")
    assert not [record for record in caplog.records if record.name == "lipschitz_trainers"]
    eager = trained(make_trainer, constraint=CONSTRAINTS[name])
    torch.testing.assert_close(parameters_of(compiled), parameters_of(eager), rtol=1e-10, atol=1e-12)
    assert compiled.game.critic_objective.compute.active


@pytest.mark.large
@pytest.mark.parametrize("name", CONSTRAINTS)
def test_the_default_backend_gives_the_same_numbers(name, make_trainer):
    compiled = trained(make_trainer, constraint=CONSTRAINTS[name], compile=True)
    assert compiled.game.critic_objective.compute.active
    eager = trained(make_trainer, constraint=CONSTRAINTS[name])
    torch.testing.assert_close(parameters_of(compiled), parameters_of(eager), rtol=1e-8, atol=1e-10)


def test_dropout_drops_the_same_units(make_trainer):
    def critic():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 16), nn.Dropout(0.3), nn.ReLU(), nn.Linear(16, 1))

    compiled = trained(make_trainer, critic=critic(), compile="aot_eager")
    eager = trained(make_trainer, critic=critic())
    assert compiled.game.critic_objective.compute.active
    torch.testing.assert_close(parameters_of(compiled), parameters_of(eager), rtol=1e-10, atol=1e-12)


class Opaque(nn.Module):
    """A critic that no compiler can see through."""

    def __init__(self):
        super().__init__()
        self.score = nn.Linear(2, 1)

    @torch.compiler.disable
    def forward(self, x):
        return self.score(x)


def test_what_cannot_be_compiled_is_trained_all_the_same(make_trainer, caplog):
    def critic():
        torch.manual_seed(0)
        return Opaque()

    with caplog.at_level("WARNING", "lipschitz_trainers"):
        compiled = trained(make_trainer, critic=critic(), compile="aot_eager")
    assert sum("without torch.compile" in record.message for record in caplog.records) == 1
    assert not compiled.game.critic_objective.compute.active
    assert torch.equal(parameters_of(compiled), parameters_of(trained(make_trainer, critic=critic())))


def test_a_compiler_that_is_wrong_is_noticed(make_trainer, monkeypatch, caplog):
    def wrong(terms, **options):
        def compute(batch):
            found = terms(batch)
            return found._replace(total=found.total * 1.01)

        return compute

    eager = trained(make_trainer)
    monkeypatch.setattr(torch, "compile", wrong)
    with caplog.at_level("WARNING", "lipschitz_trainers"):
        compiled = trained(make_trainer, compile=True)
    assert "compiled and eager code differ by 1.0e-02" in caplog.text
    assert torch.equal(parameters_of(compiled), parameters_of(eager))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Broken(Constraint):
    """A penalty of the wrong shape."""

    name = "broken"

    def penalty(self, critic, batch):
        return torch.zeros(3)


def test_the_users_own_errors_are_not_hidden(make_trainer):
    with pytest.raises(TrainingError, match="must be a tensor of shape"):
        trained(make_trainer, constraint=Broken(), compile="aot_eager")


def test_buffers_and_generators_are_where_eager_code_leaves_them(make_trainer):
    compiled = trained(make_trainer, 1, constraint="spectral_norm", compile="aot_eager")
    eager = trained(make_trainer, 1, constraint="spectral_norm")
    for a, b in zip(compiled.game.critic.buffers(), eager.game.critic.buffers(), strict=True):
        torch.testing.assert_close(a, b)
    for name, generator in eager.game.random.generators.items():
        assert torch.equal(compiled.game.random.generators[name].get_state(), generator.get_state())


def test_differences_are_relative_to_the_largest_entry():
    a, b = [torch.tensor([1.0, -4.0])], [torch.tensor([1.0, -3.0])]
    assert _difference(a, b) == 0.25
    assert _difference(a, a) == 0
    assert not _difference(a, [torch.tensor([torch.nan, 0.0])]) <= 1


def test_nothing_is_compiled_unless_asked_for(make_trainer):
    assert not isinstance(make_trainer().game.critic_objective.compute, CompiledTerms)


def test_an_unknown_backend_is_refused_with_those_there_are(make_trainer):
    with pytest.raises(TrainingError, match=r"no backend 'nonexistent'.*inductor"):
        make_trainer(compile="nonexistent")
