"""Claims on losses and the quality of samples from made-up logs."""

import json
import math

import numpy as np
import pytest
from scipy import stats

from lipschitz_trainers.analyses.experiments.wgan_loss_correlates import (
    CRITICS,
    DISCRIMINATORS,
    FAST,
    GENERATORS,
    claims,
    courses,
    window,
)
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

STEPS = np.arange(1, 201)
FALLING = np.linspace(4.0, 1.0, 200)
RISING = np.linspace(0.60, 0.68, 200)
FLAT = np.full(200, 15.2)

AS_IN_THE_PAPER = {
    **{f"{g}-{m}": (FALLING / 3, FALLING) for g in GENERATORS for m in CRITICS},
    **{f"{g}-{m}": (RISING, FALLING) for g in GENERATORS for m in DISCRIMINATORS},
    FAST[0]: (FLAT, np.full(200, 9.0)),
    FAST[1]: (RISING, np.full(200, 9.0)),
}


def loss_of(variant, estimate):
    """Return the logged loss that stands for an estimate."""
    return 2 * (math.log(2) - estimate) if "gan" in variant else -estimate


def study(folder, changes=None):
    runs = []
    for variant, (estimate, w1) in (AS_IN_THE_PAPER | (changes or {})).items():
        runs.append(RunResult(variant, 0, f"runs/{variant}", "done"))
        log = folder / "runs" / variant / "metrics.jsonl"
        log.parent.mkdir(parents=True)
        records = []
        for step, loss, distance in zip(STEPS.tolist(), loss_of(variant, estimate), w1, strict=True):
            records.append({"step": step, "critic_loss": loss})
            if step % 10 == 0:
                records.append({"step": step, "evaluation": {"w1": distance}})
        log.write_text("".join(json.dumps(record) + "\n" for record in records))
    return Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ())


def test_runs_like_the_papers_fulfil_its_claims(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path))}
    assert len(found) == 9
    assert {claim.holds for claim in found.values()} == {True}
    assert found["correlation_weight_clipping"].measured == "mlp: 1.00, conv: 1.00"
    assert found["correlation_gan"].measured == "mlp: −1.00, conv: −1.00"


@pytest.mark.parametrize(
    ("variant", "course", "ids"),
    [
        (
            "mlp-weight_clipping",
            (FALLING[::-1], FALLING),
            ["correlation_weight_clipping", "halfway_weight_clipping"],
        ),
        (
            "conv-two_sided_gradient_penalty",
            (10 + FALLING / 3, FALLING),
            ["halfway_two_sided_gradient_penalty"],
        ),
        ("conv-gan", (FALLING / 8, FALLING), ["correlation_gan", "halfway_gan"]),
        ("mlp-gan_5_critic_steps", (0.6 + FALLING / 50, FALLING), ["correlation_gan_5_critic_steps"]),
        (FAST[0], (FALLING, np.full(200, 9.0)), ["failing_wgan_is_seen"]),
        (FAST[0], (FLAT, FALLING), ["failing_wgan_is_seen"]),
        # Better in between, and back at the end.
        (FAST[0], (FLAT, np.abs(FALLING - 2.5)), ["failing_wgan_is_seen"]),
    ],
)
def test_other_runs_refute_them(tmp_path, variant, course, ids):
    found = claims(study(tmp_path, {variant: course}))
    assert [claim.id for claim in found if claim.holds is False] == ids


@pytest.mark.parametrize("estimate", [FALLING - 5, RISING - 1, np.zeros(200)])
@pytest.mark.parametrize("method", ["weight_clipping", "gan"])
def test_an_estimate_that_begins_at_0_or_below_has_no_share_to_fall_by(tmp_path, method, estimate):
    found = {claim.id: claim for claim in claims(study(tmp_path, {f"mlp-{method}": (estimate, FALLING)}))}
    assert found[f"halfway_{method}"].holds is None


def test_the_rates_of_the_failing_wgan_are_those_of_the_configurations(tmp_path):
    given = study(tmp_path)
    for profile, critic in (("quick", "100"), ("paper", "1,000")):
        resolved = load_experiment("wgan_loss_correlates").resolve(profile, seeds=1)
        configs = {(run.variant, run.seed): run.plain for run in resolved}
        claim = list(claims(Study(tmp_path, given.results, configs, ())))[-1]
        assert claim.note.startswith(f"{critic} times the critic's and 1,000 times the generator's rate")
        assert "1,000" not in claim.statement


def test_single_outliers_of_the_loss_are_filtered_out(tmp_path):
    noisy = FALLING / 3 + np.where(STEPS % 10 == 0, 50.0, 0.0)  # at every evaluation
    (course,) = courses(study(tmp_path, {"mlp-weight_clipping": (noisy, FALLING)}), "mlp-weight_clipping")
    assert course.correlation > 0.99
    assert course.correlation == pytest.approx(stats.spearmanr(*course.both).statistic)
    assert stats.spearmanr(noisy, FALLING).statistic < 0.9


def test_the_window_is_odd_and_the_papers_for_long_runs():
    assert all(window(n) % 2 == 1 and 1 <= window(n) <= max(1, n / 10 + 1) for n in range(1, 2000))
    assert window(1020) == 101


def test_without_runs_or_logs_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick"), {}, ())))
    runs = tuple(RunResult(variant, 0, f"runs/{variant}", "done") for variant in AS_IN_THE_PAPER)
    assert all(
        claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick", runs=runs), {}, ()))
    )
