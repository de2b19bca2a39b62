"""Claims of appendix D from made-up runs."""

import json

import pytest
import torch

from lipschitz import Batch, build
from lipschitz.seeding import fixed_seed
from lipschitz_trainers.analyses.experiments.appd_smooth_activations import SETS, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.networks.mlp import MLP

DOWN, STAYS = (1.0, 0.7, 0.3, 0.3), (1.0, 1.1, 0.9, 0.8)
LOST = "training diverged: critic_loss became nan at generator iteration 7."


def found(folder, failed=(), **curves):
    """Return the claims by id from curves of W1 by activation; those not given go down, and ELU's does not."""
    runs = []
    for dataset, activations in SETS.items():
        for name in activations:
            directory = f"runs/{dataset}-{name}"
            curve = curves.get(name, STAYS if name == "elu" else DOWN)
            lines = [
                {"step": i, "evaluation": {"w1": 0.2 + w1, "w1_floor": 0.2}} for i, w1 in enumerate(curve)
            ]
            (folder / directory).mkdir(parents=True)
            (folder / directory / "metrics.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
            status, error = ("failed", LOST) if name in failed else ("done", None)
            runs.append(RunResult(f"{dataset}-{name}", 0, directory, status, {}, error=error))
    return {
        claim.id: claim for claim in claims(Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ()))
    }


def test_runs_like_the_papers_fulfil_its_claims(tmp_path):
    checked = found(tmp_path)
    assert {claim.holds for claim in checked.values()} == {True}
    assert checked["relu_trains"].measured == "swiss_roll 1.00 to 0.300; digits 1.00 to 0.300"
    assert checked["elu_does_not_train"].note is None


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "smooth_elu", "silu", "tanh"])
def test_generators_that_stay_away_refute_them(tmp_path, name):
    checked = found(tmp_path, **{name: STAYS})
    assert checked[f"{name}_trains"].holds is False
    assert checked["elu_does_not_train"].holds is (None if name == "relu" else True)


def test_elu_that_trains_refutes_the_paper_and_says_where(tmp_path):
    claim = found(tmp_path, elu=DOWN)["elu_does_not_train"]
    assert claim.holds is False
    assert "large images are not tried" in claim.note
    assert "trains as its smooth look-alike does" in claim.note


def test_elu_is_not_said_to_be_like_a_look_alike_that_does_not_train(tmp_path):
    stays = found(tmp_path / "stays", elu=DOWN, smooth_elu=STAYS)["elu_does_not_train"]
    assert "trains and its smooth look-alike does not" in stays.note
    unknown = found(tmp_path / "unknown", elu=DOWN, smooth_elu=DOWN[:1])["elu_does_not_train"]
    assert "look-alike" not in unknown.note


def test_runs_that_diverged_have_not_trained(tmp_path):
    checked = found(tmp_path, failed=("elu", "smooth_elu"))
    assert checked["elu_does_not_train"].holds is True
    assert checked["elu_does_not_train"].measured == "swiss_roll 1 diverged; digits 1 diverged"
    assert checked["smooth_elu_trains"].holds is False


def test_a_single_evaluation_decides_nothing(tmp_path):
    checked = found(tmp_path, relu=DOWN[:1])
    assert checked["relu_trains"].holds is None
    assert checked["elu_does_not_train"].holds is None


def test_without_runs_nothing_is_decided(tmp_path):
    empty = Study(tmp_path, Results("e", "quick"), {}, ())
    assert all((claim.holds, claim.measured) == (None, None) for claim in claims(empty))


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "smooth_elu", "silu", "tanh"])
def test_the_penalty_moves_weights_by_its_true_gradient(name):
    """What the note on ELU says: its second derivative is no reason why it should not train."""
    with fixed_seed(0):
        critic = MLP(width=8, depth=3, activation=name).build((2,), ()).double()
        batch = Batch(real=torch.randn(16, 2).double(), fake=torch.randn(16, 2).double())

    def penalty():
        return build("gradient_penalty", points="real").penalty(critic, batch).mean()

    penalty().backward()
    weight = critic.layers[0].weight
    for i in range(8):
        values = []
        for shift in (1e-6, -2e-6):
            weight.data[i, 0] += shift
            values.append(penalty().item())
        weight.data[i, 0] += 1e-6
        assert weight.grad[i, 0] == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-4, abs=1e-6)
