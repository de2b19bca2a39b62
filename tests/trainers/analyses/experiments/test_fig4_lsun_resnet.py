"""Claims on deep residual networks from made-up runs."""

import json

from lipschitz_trainers.analyses.experiments.fig4_lsun_resnet import VARIANT, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

LABELLED = {
    "classifier_score": 7.0,
    "classifier_score_floor": 9.0,
    "density": 0.5,
    "density_floor": 1.0,
    "density_coverage": 0.6,
    "density_coverage_floor": 0.96,
}


def study(folder, distances, profile="paper", **metrics):
    lines = [{"step": i, "evaluation": {"sliced_w1": value}} for i, value in enumerate(distances)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = RunResult(VARIANT, 0, "", "done", metrics | {"sliced_w1_floor": 0.02})
    return Study(folder, Results("e", profile, runs=(run,)), {}, ())


def verdicts(some):
    return [claim.holds for claim in claims(some)]


def test_recognizable_and_diverse_samples_that_came_nearer(tmp_path):
    near, trained = claims(study(tmp_path, [0.3, 0.2, 0.1], **LABELLED))
    assert (near.holds, near.measured) == (True, "from 0.300 to 0.100 (as many real images: 0.0200)")
    assert trained.holds is True
    assert trained.measured.startswith("score 0.75, coverage 0.62")


def test_what_refutes_the_claims_and_what_short_runs_leave_open(tmp_path):
    collapsed = LABELLED | {"density_coverage": 0.01}
    assert verdicts(study(tmp_path, [0.3, 0.4], **collapsed)) == [False, False]
    assert verdicts(study(tmp_path, [0.3, 0.4], profile="quick", **collapsed)) == [None, None]


def test_without_labels_or_a_second_evaluation_nothing_is_decided(tmp_path):
    assert verdicts(study(tmp_path, [0.3])) == [None, None]
    empty = Study(tmp_path, Results("e", "quick", runs=()), {}, ())
    assert verdicts(empty) == [None, None]


def test_the_papers_settings():
    (run,) = load_experiment("fig4_lsun_resnet").resolve("paper")
    assert (run.config.dataset.size, run.config.dataset.flips, run.config.batch_size) == (128, "batch", 64)
    for player in (run.config.generator, run.config.critic):
        assert (player.optimizer.lr, player.optimizer.betas) == (1e-4, (0.0, 0.9))
        assert [player.optimizer.schedule(step) for step in (0, 100_000, 200_000)] == [1.0, 0.5, 0.0]
    assert (run.config.generator.network.width, run.config.critic.network.width) == (64, 128)
