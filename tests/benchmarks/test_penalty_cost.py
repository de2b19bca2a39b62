"""The harness measures what it says, on the smallest critic, without a look at the clock."""

import copy
import dataclasses
import json

import pytest
import torch

CPU = torch.device("cpu")


@pytest.fixture
def tiny(script):
    return dataclasses.replace(script("critics").CASES["tiny_mlp"], batch=8)


def test_everything_is_measured_and_gradients_are_equal(script, tiny):
    result = script("penalty_cost").measure(tiny, script("timing").ONCE)
    for what in ("penalty", "one_sided_penalty", "step"):
        assert result[what]["pairs"] == 1
        assert result[what]["first_ms"] > 0
        assert result[what]["second_ms"] > 0
    for what in ("penalty", "step"):
        found = result["memory"][what]
        assert found["ratio"] == found["framework_bytes"] / found["classic_bytes"]
    assert len(result["gradients"]) == 4
    assert all(row["equal"] for row in result["gradients"])
    assert {row["dtype"] for row in result["gradients"]} == {"float64", "float32"}
    assert [bar["what"] for bar in result["bars"]][:3] == ["penalty", "one-sided penalty", "step"]
    assert all(bar["met"] == (round(bar["measured"], 3) <= bar["bar"]) for bar in result["bars"])
    json.dumps(result)


@pytest.mark.parametrize(
    ("factor", "noticed"), [(1.0, set()), (1 + 1e-9, {"float64"}), (1.001, {"float64", "float32"})]
)
def test_wrong_gradients_are_noticed(script, tiny, monkeypatch, factor, noticed):
    equality = script("equality")
    right = equality.framework

    def scaled(*args, **kwargs):
        side = right(*args, **kwargs)
        penalty = side.penalty
        side.penalty = lambda: factor * penalty()
        return side

    monkeypatch.setattr(equality, "framework", scaled)
    rows = equality.equality(tiny, 4, CPU, told=False)
    assert {row["dtype"] for row in rows if not row["equal"]} == noticed
    for row in rows:
        if row["of"] == "penalty" and factor == 1.001:
            assert row["difference"] == pytest.approx(1e-3, rel=1e-2)


def test_a_missing_gradient_counts_as_zero(script, tiny):
    sides = script("sides")
    side = sides.classic(tiny.critic(), *tiny.samples(4))
    side.penalty_and_backward()
    last_bias = list(side.critic.parameters())[-1]
    last_bias.grad = None
    assert torch.equal(side.gradients()[-1], torch.zeros(1))


def test_both_sides_look_at_the_same_points(script, tiny):
    sides = script("sides")
    critic = tiny.critic()
    for kind in ("two_sided", "one_sided"):
        a = sides.classic(copy.deepcopy(critic), *tiny.samples(8), kind=kind, target=0.05)
        b = sides.framework(copy.deepcopy(critic), *tiny.samples(8), kind=kind, target=0.05)
        for _ in range(2):  # the generators move on alike
            torch.testing.assert_close(a.penalty(), b.penalty())
            assert a.penalty() > 0
            b.penalty()


def test_critics_are_those_of_the_paper(script):
    """Numbers of parameters derived from the published architectures."""
    critics = script("critics")
    counts = {"toy_mlp": 527_361, "dcgan_32": 1_033_345, "resnet": 1_053_825}
    for name, expected in counts.items():
        assert sum(p.numel() for p in critics.CASES[name].critic().parameters()) == expected
    bars = {name: (case.bars.penalty, case.bars.step) for name, case in critics.CASES.items()}
    assert bars["toy_mlp"] == bars["dcgan_32"] == (0.75, 0.90)
    assert bars["resnet"] == (0.80, 0.90)
    others = set(bars) - {"toy_mlp", "dcgan_32", "resnet"}
    assert len(others) == 4
    assert {bars[name] for name in others} == {(1.05, 1.05)}
    assert {case.bars.memory for case in critics.CASES.values()} == {1.0}


def test_a_device_that_is_not_there_is_said(script, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert script("penalty_cost").main(["--device", "cuda"]) == 0
    assert "no CUDA device" in capsys.readouterr().out


def test_a_failing_critic_is_reported_and_fails_the_run(script, monkeypatch, capsys, tmp_path):
    penalty_cost = script("penalty_cost")

    def broken(*args, **kwargs):
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(penalty_cost, "measure", broken)
    threads = torch.get_num_threads()
    assert penalty_cost.main(["--quick", "--only", "tiny_mlp", "--json", str(tmp_path / "r.json")]) == 1
    assert torch.get_num_threads() == threads
    assert "no such kernel" in capsys.readouterr().out
    assert "no such kernel" in json.loads((tmp_path / "r.json").read_text())["critics"]["tiny_mlp"]["error"]


def test_control_has_no_bars(script, tiny):
    result = script("penalty_cost").measure(tiny, script("timing").ONCE, control=True, one_sided=False)
    assert {bar["met"] for bar in result["bars"]} == {None}
    assert result["memory"]["penalty"]["ratio"] == 1
