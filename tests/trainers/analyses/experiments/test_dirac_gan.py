"""Claims on the Dirac-GAN from made-up trajectories: those that follow the fields, and others."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz import Batch, build
from lipschitz_trainers.analyses.dirac_fields import FIELDS, FIXED, LEFT_OUT
from lipschitz_trainers.analyses.experiments.dirac_gan import (
    CIRCLING,
    CONVERGING,
    SLOW,
    Trajectory,
    claims,
)
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.constraints import parse_constraint
from lipschitz_trainers.config.experiment import load_experiment
from lipschitz_trainers.registry import registered

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


def fixed(slope):
    return np.stack([1 - RATE * np.arange(STEPS) / 2, np.full(STEPS, slope)], axis=1)


def augmented_lagrangian(steps=STEPS, coefficient=1.0, target=0.3, rate=0.1, tolerance=0.01):
    """Return the path with a third variable, the multiplier, that moves by the excess before the critic's step."""
    theta, psi, multiplier, path = 1.0, 1.0, 0.0, []
    for _ in range(steps):
        excess = max(abs(psi) - target, 0)
        psi += RATE * (theta - coefficient * (multiplier + excess) * np.sign(psi) * (excess > 0))
        multiplier = max(0, multiplier + rate * (excess - tolerance))
        theta -= RATE * psi
        path.append((theta, psi))
    return np.array(path)


PATHS = (
    {variant: followed(variant) for variant in FIELDS}
    | {variant: fixed(slope) for variant, slope in FIXED.items()}
    | {"augmented_lagrangian_gradient_penalty": augmented_lagrangian()}
)
RUNS = {run.variant: run.plain for run in load_experiment("dirac_gan").resolve("quick")}


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
    assert len(found) == len(CONVERGING) + len(CIRCLING) + len(SLOW) + 3
    assert {*CONVERGING, *CIRCLING, *SLOW} == set(PATHS)
    assert [claim.id for claim in found if claim.holds is not True] == [AGAINST]


def test_the_papers_word_on_the_non_saturating_loss_is_refuted_by_its_own_field(tmp_path):
    found = {claim.id: claim for claim in claims(study(tmp_path, PATHS))}
    against, slowly = found[AGAINST], found["non_saturating_converges_slowly"]
    assert (against.paper, against.holds) == ("does not converge", False)
    assert against.note.startswith("Against the paper's word")
    # That it converges slowly is nobody's word but ours.
    assert (slowly.paper, slowly.holds) == (None, True)


def test_a_non_saturating_loss_that_moved_in_circles_would_bear_it_out(tmp_path):
    found = {
        claim.id: claim for claim in claims(study(tmp_path, PATHS | {"non_saturating": PATHS["minimax"]}))
    }
    assert (found[AGAINST].holds, found[AGAINST].note) == (True, None)


AGAINST = "non_saturating_does_not_converge"
FOLLOW, AUGMENTED = "steps_follow_the_fields", "augmented_lagrangian_gradient_penalty"


def converges(variant):
    return f"{variant}_converges"


def stays(variant):
    return f"{variant}_does_not_converge"


@pytest.mark.parametrize(
    ("variant", "like", "ids"),
    [
        ("r1", "minimax", ["r1_converges", "steps_follow_the_fields"]),
        ("instance_noise", "non_saturating", ["instance_noise_converges"]),
        ("wgan", "r1", ["wgan_does_not_converge", "steps_follow_the_fields"]),
        ("wgan_gp_5_critic_steps", "r1", ["wgan_gp_5_critic_steps_does_not_converge"]),
        ("wgan_gp", "wgan", ["steps_follow_the_fields"]),
        ("maximum_gradient_penalty", "wgan", [converges("maximum_gradient_penalty"), FOLLOW]),
        ("l1_weight_decay", "wasserstein", [converges("l1_weight_decay"), FOLLOW]),
        ("l2_norm_clipping", "wasserstein_r1", [stays("l2_norm_clipping"), FOLLOW]),
        ("weight_normalization", "wasserstein_r1", [stays("weight_normalization"), FOLLOW]),
        (AUGMENTED, "wasserstein_r1", [stays(AUGMENTED)]),
        ("orthogonal", "minimax", ["normalized_slopes_are_fixed"]),
        ("frobenius_norm", "r1", [stays("frobenius_norm"), "normalized_slopes_are_fixed"]),
        ("gradient_normalization", "spectral_norm", ["normalized_slopes_are_fixed"]),
        ("non_saturating", "minimax", ["non_saturating_converges_slowly", "steps_follow_the_fields"]),
        ("non_saturating", "r1", ["non_saturating_converges_slowly", "steps_follow_the_fields"]),
        ("non_saturating", "wgan_div", ["non_saturating_converges_slowly", "steps_follow_the_fields"]),
        ("wgan_div", "non_saturating", ["wgan_div_converges_slowly", "steps_follow_the_fields"]),
        ("wgan_div", "wgan", ["wgan_div_converges_slowly", "steps_follow_the_fields"]),
    ],
)
def test_other_trajectories_refute_them(tmp_path, variant, like, ids):
    found = claims(study(tmp_path, PATHS | {variant: PATHS[like]}))
    refuted = [claim.id for claim in found if claim.holds is False and claim.id != AGAINST]
    assert refuted == ids


@pytest.mark.parametrize(
    ("error", "verdict"), [("training diverged: critic_loss became inf", False), ("killed", None)]
)
def test_a_run_that_diverged_has_not_converged_and_one_that_failed_leaves_it_open(tmp_path, error, verdict):
    made = study(tmp_path, PATHS)
    failed = {"r1", "minimax"}
    runs = tuple(
        RunResult(run.variant, 0, run.directory, "failed", error=error) if run.variant in failed else run
        for run in made.results.runs
    )
    found = {claim.id: claim for claim in claims(replace(made, results=replace(made.results, runs=runs)))}
    assert found["r1_converges"].holds is verdict
    assert found["minimax_does_not_converge"].holds is None
    assert found[FOLLOW].holds is None
    assert found["r2_converges"].holds is True


def test_halving_the_distance_in_the_second_half_is_convergence(tmp_path):
    shrinking = PATHS["wasserstein"] * np.linspace(1, 0.1, STEPS)[:, None]
    found = {claim.id: claim.holds for claim in claims(study(tmp_path, PATHS | {"wasserstein": shrinking}))}
    assert found["wasserstein_does_not_converge"] is False


@pytest.mark.parametrize("steps", [500, 2000])
@pytest.mark.parametrize("variant", SLOW)
def test_slow_variants_follow_the_law_averaged_over_turns(variant, steps):
    """Along the closed-form field the distance at the end is that of the law, up to the ellipse of finite steps."""
    time = RATE * steps
    law = {"non_saturating": (time / 8 + 1 / 2) ** (-1 / 2), "wgan_div": (15 * time + 1 / 4) ** (-1 / 4)}
    assert np.hypot(*followed(variant, steps)[-1]) == pytest.approx(law[variant], rel=0.05)


@given(st.floats(0.01, 3), st.integers(400, 3000))
def test_the_power_of_a_power_of_time(power, steps):
    distance = np.arange(1, steps + 1) ** -power
    assert Trajectory(distance, np.zeros(steps)).power == pytest.approx(power)


def test_the_power_of_a_geometric_decay_of_an_arrival_and_of_a_short_run():
    assert Trajectory(0.99 ** np.arange(500), np.zeros(500)).power > 3
    assert Trajectory(np.zeros(500), np.zeros(500)).power == np.inf
    assert np.isnan(Trajectory(np.ones(100), np.zeros(100)).power)


def test_short_runs_leave_the_law_open(tmp_path):
    short = claims(study(tmp_path, {name: path[:100] for name, path in PATHS.items()}))
    assert [claim.holds for claim in short if claim.id.endswith("slowly")] == [None, None]


def test_without_runs_or_logs_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick"), {}, ())))
    empty = study(tmp_path, dict.fromkeys(PATHS, np.empty((0, 2))))
    assert all(claim.holds is None for claim in claims(empty))


def names_in(constraint):
    blocks = constraint if isinstance(constraint, list) else [constraint]
    return {block if isinstance(block, str) else block["name"] for block in blocks}


def test_every_constraint_is_a_variant_or_left_out_for_a_reason():
    used = set().union(*(names_in(run["constraint"]) for run in RUNS.values())) - {"none"}
    assert used | set(LEFT_OUT) == set(registered("constraint"))
    assert not used & set(LEFT_OUT)
    assert set(RUNS) == set(PATHS)


def test_the_claims_say_what_is_left_out_and_why(tmp_path):
    (note,) = (claim.note for claim in claims(study(tmp_path, PATHS)) if claim.id == FOLLOW)
    assert all(name in note and reason in note for name, reason in LEFT_OUT.items())


def critic_of(run, psi):
    """Return the variant's constraint, and its critic, prepared, with weight -psi."""
    constraint = parse_constraint(run["constraint"])
    critic = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
    torch.nn.init.constant_(critic.weight, -psi)
    return constraint, constraint.prepare(critic)


def slope_of(critic):
    at = critic(torch.tensor([[0.0], [1.0]], dtype=torch.float64)).detach()
    return float(at[0] - at[1])


PLACES = st.floats(-2, 2).filter(lambda value: abs(value) > 1e-2)


@pytest.mark.parametrize("variant", [name for name in FIELDS if name != "instance_noise"])
@settings(max_examples=15, deadline=None)
@given(psi=PLACES, theta=PLACES)
def test_the_fields_are_those_of_the_constraints_as_configured(variant, psi, theta):
    constraint, critic = critic_of(RUNS[variant], psi)
    field = FIELDS[variant]
    assert field.game == RUNS[variant]["objective"]["name"]
    batch = Batch(
        real=torch.zeros(1, 1, dtype=torch.float64), fake=torch.full((1, 1), theta, dtype=torch.float64)
    )
    value = constraint.penalty(critic, batch).mean()
    # The critic's slope is minus psi, so that minus the derivative by psi is the one by the weight.
    found = 0.0
    if value.requires_grad:
        (gradient,) = torch.autograd.grad(value, list(critic.parameters()))
        found = gradient.item()
    assert found == pytest.approx(float(field.damping(np.array(psi))), rel=1e-6, abs=1e-9)
    constraint.project(critic)
    bound = np.inf if field.bound is None else field.bound
    assert slope_of(critic) == pytest.approx(np.clip(psi, -bound, bound))


@pytest.mark.parametrize("variant", FIXED)
@settings(max_examples=15, deadline=None)
@given(psi=PLACES)
def test_normalized_slopes_are_fixed_whatever_the_weight(variant, psi):
    _, critic = critic_of(RUNS[variant], psi)
    assert slope_of(critic) == pytest.approx(np.sign(psi) * FIXED[variant])
    (-critic(torch.ones(1, 1, dtype=torch.float64))).sum().backward()
    assert all(abs(p.grad.item()) <= 1e-6 / abs(psi) for p in critic.parameters())


@settings(max_examples=15, deadline=None)
@given(psi=PLACES, rate=st.floats(0.1, 0.9))
def test_the_consistency_term_of_a_linear_critic_vanishes_at_the_data(psi, rate):
    linear = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(linear.weight, psi)
    critic = torch.nn.Sequential(torch.nn.Dropout(rate), linear)
    assert build("consistency_term").penalty(critic, Batch(real=torch.zeros(8, 1))).abs().max() == 0
