"""Law 7 over real processes: what depends on the process is found, what does not passes."""

import pytest
import torch

import lipschitz
from lipschitz import LawError, build, compose
from lipschitz.testing import check_constraint
from lipschitz.testing import laws_processes as laws
from lipschitz.testing.critics import (
    CONDITIONAL,
    CONVOLUTIONAL,
    DEFAULT_CRITICS,
    PERCEPTRON,
    RECURRENT,
    ExampleCritic,
)
from lipschitz.testing.laws_processes import processes_learn_what_one_learns, trained
from lipschitz.testing.trial import Trial

MODULE = """
from dataclasses import dataclass
import torch
from lipschitz import Constraint

@dataclass(frozen=True, kw_only=True)
class CentredScores(Constraint):
    name = "centred_scores"
    whole: bool = False

    def __post_init__(self):
        object.__setattr__(self, "per_sample", not self.whole)

    def penalty(self, critic, batch):
        scores = critic(batch.real).reshape(-1)
        return (scores - scores.mean()) ** 2
"""


@pytest.fixture
def constraints(tmp_path, monkeypatch):
    (tmp_path / "constraints_for_processes.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import constraints_for_processes

    return constraints_for_processes


def trials(constraint, *critics):
    return [Trial(constraint, critic, torch.float64) for critic in critics or (PERCEPTRON,)]


SPARE = """
import torch

def build():
    critic = torch.nn.Sequential(torch.nn.Linear(2, 1))
    critic.register_parameter("spare", torch.nn.Parameter(torch.zeros(3)))
    return critic
"""


def test_what_obeys_the_law_passes_with_randomness_buffers_conditions_and_spare_parameters(
    tmp_path, monkeypatch
):
    (tmp_path / "critic_for_processes.py").write_text(SPARE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import critic_for_processes

    spare = ExampleCritic("critic with a spare parameter", critic_for_processes.build, shape=(2,))
    both = compose(build("spectral_norm"), build("two_sided_gradient_penalty"))
    one_sided = build("one_sided_gradient_penalty")
    several = [*trials(both, PERCEPTRON, CONVOLUTIONAL, CONDITIONAL), *trials(one_sided, spare)]
    assert processes_learn_what_one_learns(several, 2) == []


def test_the_trial_training_moves_the_parameters():
    (trial,) = trials(build("one_sided_gradient_penalty"))
    before = trial.prepared().state_dict()
    (after,) = trained([trial], 0, 1)
    assert all(
        (after[name] - value).abs().max() > 1e-4 for name, value in before.items() if "bias" not in name
    )


def test_a_penalty_that_depends_on_the_shard_is_found(constraints):
    with pytest.raises(
        LawError,
        match=r"law 7 .*after 4 steps, in process 0 of 2, '\S+' differs by [\d.e-]+, of [\d.]+, from",
    ):
        processes_learn_what_one_learns(trials(constraints.CentredScores()), 2)


# The judgement alone: what processes bring back is made up.


@pytest.fixture
def brought(monkeypatch):
    """Return a function that sets by how much the first weight of the last process is off."""

    def set_error(error):
        def run(function, argument, processes):
            states = [function(argument, 0, 1, laws.SHARD * processes) for _ in range(processes)]
            states[-1][0]["0.weight"] += error
            return states

        monkeypatch.setattr(laws, "run_in_processes", run)

    return set_error


def test_a_difference_in_one_process_only_is_found(brought):
    brought(1e-6)
    with pytest.raises(LawError, match=r"law 7 .*in process 1 of 2, '0.weight' differs by 1e-06, of"):
        processes_learn_what_one_learns(trials(build("weight_clipping")), 2)
    brought(1e-13)
    assert processes_learn_what_one_learns(trials(build("weight_clipping")), 2) == []


def test_what_looks_at_the_batch_as_a_whole_is_reported_instead(constraints, brought):
    brought(1e-6)
    notes = processes_learn_what_one_learns(trials(constraints.CentredScores(whole=True)), 2)
    assert notes == ["processes: they learn something else than one (per_sample is False)"]


def test_it_is_made_on_request(constraints, brought):
    brought(0)
    clipping = build("weight_clipping")
    assert laws.NAME not in check_constraint(clipping, critics=[PERCEPTRON]).checks
    assert laws.NAME in check_constraint(clipping, critics=[PERCEPTRON], processes=2).checks
    brought(1)
    with pytest.raises(LawError, match="law 7"):
        check_constraint(clipping, critics=[PERCEPTRON], processes=2)
    report = check_constraint(constraints.CentredScores(whole=True), critics=[PERCEPTRON], processes=2)
    assert laws.NAME not in report.checks
    assert any(reason.startswith("processes: ") for reason in report.skipped)


def test_a_failed_process_is_a_broken_law(monkeypatch):
    def fails(function, argument, processes):
        raise LawError("one of 2 processes failed: ValueError: why")

    monkeypatch.setattr(laws, "run_in_processes", fails)
    with pytest.raises(LawError, match=r"law 7 \(samples\) is broken by WeightClipping.*ValueError: why"):
        processes_learn_what_one_learns(trials(build("weight_clipping")), 2)


@pytest.mark.large
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_every_registered_constraint_learns_the_same_in_two_processes():
    everything = [
        trial
        for name in lipschitz.constraints()
        for trial in trials(build(name), *DEFAULT_CRITICS, RECURRENT, CONDITIONAL)
    ]
    assert processes_learn_what_one_learns(everything, 2) == []
