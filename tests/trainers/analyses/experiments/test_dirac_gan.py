"""Claims on the Dirac-GAN from made-up trajectories: those that follow the fields, and others."""

import json

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.dirac_gan import CIRCLING, CONVERGING, FIELDS, claims
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study

RATE, STEPS = 0.1, 500
CONFIG = {
    "evaluation": {"every": 1},
    "critic": {"steps": 1, "optimizer": {"lr": RATE}},
    "generator": {"optimizer": {"lr": RATE}},
}
FIVE = {"wgan_gp_5_critic_steps": 5}


def followed(variant, steps=STEPS):
    """Return theta and psi of gradient descent by turns along a variant's field."""
    field = FIELDS[variant]
    theta, psi, path = np.ones(1), np.ones(1), []
    for _ in range(steps):
        for _ in range(FIVE.get(variant, 1)):
            psi = psi + RATE * field(theta, psi)[1]
            psi = psi if field.bound is None else np.clip(psi, -field.bound, field.bound)
        theta = theta + RATE * field(theta, psi)[0]
        path.append((theta[0], psi[0]))
    return np.array(path)


def spectral():
    return np.stack([1 - RATE * np.arange(STEPS) / 2, np.ones(STEPS)], axis=1)


PATHS = {variant: followed(variant) for variant in FIELDS} | {"spectral_norm": spectral()}


def study(folder, paths):
    runs, configs = [], {}
    for variant, path in paths.items():
        runs.append(RunResult(variant, 0, f"runs/{variant}", "done"))
        critic = CONFIG["critic"] | {"steps": FIVE.get(variant, 1)}
        configs[variant, 0] = CONFIG | {"critic": critic}
        log = folder / "runs" / variant / "metrics.jsonl"
        log.parent.mkdir(parents=True)
        records = [
            {"step": i + 1, "evaluation": {"dirac_theta": theta, "dirac_psi": psi}}
            for i, (theta, psi) in enumerate(path.tolist())
        ]
        log.write_text("".join(json.dumps(record) + "\n" for record in records))
    return Study(folder, Results("e", "quick", runs=tuple(runs)), configs, ())


def test_descent_along_the_fields_fulfils_the_claims(tmp_path):
    found = list(claims(study(tmp_path, PATHS)))
    assert len(found) == len(CONVERGING) + len(CIRCLING) + 1
    assert {claim.holds for claim in found} == {True}


@pytest.mark.parametrize(
    ("variant", "like", "ids"),
    [
        ("r1", "minimax", ["r1_converges", "steps_follow_the_fields"]),
        ("instance_noise", "non_saturating", ["instance_noise_converges"]),
        ("wgan", "r1", ["wgan_does_not_converge", "steps_follow_the_fields"]),
        ("wgan_gp_5_critic_steps", "r1", ["wgan_gp_5_critic_steps_does_not_converge"]),
        ("wgan_gp", "wgan", ["steps_follow_the_fields"]),
    ],
)
def test_other_trajectories_refute_them(tmp_path, variant, like, ids):
    found = claims(study(tmp_path, PATHS | {variant: PATHS[like]}))
    assert [claim.id for claim in found if claim.holds is False] == ids


def test_halving_the_distance_in_the_second_half_is_convergence(tmp_path):
    shrinking = PATHS["wasserstein"] * np.linspace(1, 0.1, STEPS)[:, None]
    found = {claim.id: claim.holds for claim in claims(study(tmp_path, PATHS | {"wasserstein": shrinking}))}
    assert found["wasserstein_does_not_converge"] is False


def test_without_runs_or_logs_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick"), {}, ())))
    empty = study(tmp_path, dict.fromkeys(PATHS, np.empty((0, 2))))
    assert all(claim.holds is None for claim in claims(empty))
