import json

import pytest
import torch

import lipschitz


@pytest.fixture
def cost(script, monkeypatch):
    module = script("constraint_cost")
    monkeypatch.setattr(module, "CRITICS", ("tiny_mlp",))
    return module


def test_one_step_is_adam_on_loss_and_penalty_followed_by_the_projection(cost):
    torch.manual_seed(0)
    real, fake = torch.randn(8, 3), torch.randn(8, 3)
    critic = torch.nn.Linear(3, 1)
    weight = critic.weight.detach().clone()
    both = lipschitz.compose(
        lipschitz.build("l2_weight_decay", coefficient=0.1), lipschitz.build("weight_clipping", bound=0.05)
    )
    step = cost.CriticStep(both, critic, real, fake)
    step()
    slope = fake.mean(0) - real.mean(0) + 0.2 * weight[0]
    moved = weight - 1e-4 * slope.sign()  # the first step of Adam
    torch.testing.assert_close(critic.weight.detach(), moved.clamp(-0.05, 0.05), rtol=0, atol=1e-7)
    assert step.done == 1


@pytest.mark.parametrize("name", ["spectral_norm", "one_sided_gradient_penalty", "gradient_normalization"])
def test_every_parameter_gets_a_gradient(cost, name):
    step = cost.CriticStep(lipschitz.build(name), torch.nn.Linear(3, 1), torch.randn(4, 3), torch.randn(4, 3))
    step()
    assert all(p.grad is not None for p in step.critic.parameters() if p.requires_grad)


def test_it_writes_what_it_prints(cost, script, tmp_path, capsys):
    path = tmp_path / "cost.json"
    assert cost.main(["--quick", "--seconds", "0", "--only", "weight_clipping", "--json", str(path)]) == 0
    record = json.loads(path.read_text())
    (found,) = record["constraints"]["weight_clipping"]["critics"]
    assert found["critic"] == "tiny_mlp"
    assert found["ratio"]["median"] > 0
    assert f"{found['ratio']['median']:5.2f}" in capsys.readouterr().out
    text = script("update_readme").constraint_cost(record)
    assert "| `weight_clipping` | weights |" in text
