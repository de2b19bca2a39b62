"""Claims of WGAN's figure 2 from made-up curves."""

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.wgan_discriminator_vs_critic import (
    claims,
    critic_curves,
    discriminator_curves,
    generator_gradient,
)
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.config.experiment import load_experiment

X = np.linspace(-10, 10, 801)
AS_IN_THE_PAPER = {
    "discriminator": -10 * X,  # the best one: log of the ratio of the densities
    "weight_clipping": -0.002 * X - 0.008 * np.clip(X, -1, 1),
    "two_sided_gradient_penalty": -1.5 * X,
    "one_sided_gradient_penalty": -1.5 * X,
}


def study(folder, **changes):
    runs = []
    for variant, values in (AS_IN_THE_PAPER | changes).items():
        runs.append(RunResult(variant, 0, f"runs/{variant}", "done"))
        (folder / "runs" / variant / "artifacts").mkdir(parents=True)
        np.savez(folder / "runs" / variant / "artifacts" / "profile.npz", x=X, values=values)
    return Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ())


def test_curves_like_the_papers_fulfil_its_claims(tmp_path):
    found = list(claims(study(tmp_path)))
    assert len(found) == 8
    assert {claim.holds for claim in found} == {True}


@pytest.mark.parametrize(
    ("variant", "values", "ids"),
    [
        ("discriminator", -0.4 * X, ["discriminator_is_a_step", "discriminator_saturates"]),
        ("discriminator", 10 * X, ["discriminator_is_a_step", "discriminator_saturates"]),
        (
            "weight_clipping",
            -np.clip(X, -1, 1),
            ["slope_everywhere_under_weight_clipping", "linear_under_weight_clipping"],
        ),
        (
            "two_sided_gradient_penalty",
            -1.5 * X + 0.9 * np.clip(X, -1, 1),
            ["slope_everywhere_under_two_sided_gradient_penalty"],
        ),
        (
            "one_sided_gradient_penalty",
            -np.abs(X + 5),
            ["slope_everywhere_under_one_sided_gradient_penalty"],
        ),
        (
            "one_sided_gradient_penalty",
            -1.5 * np.where(X < 0, X, 0.55 * X),
            ["linear_under_one_sided_gradient_penalty"],
        ),
    ],
)
def test_other_curves_refute_them(tmp_path, variant, values, ids):
    found = claims(study(tmp_path, **{variant: values}))
    assert [claim.id for claim in found if claim.holds is False] == ids


def test_slopes_of_the_discriminator_are_exact_where_its_values_round_to_1(tmp_path):
    here = study(tmp_path, discriminator=-7.0 * X)
    (step,), (logits,) = discriminator_curves(here), critic_curves(here, "discriminator")
    share = 1 / (1 + np.exp(7 * X[X >= 0]))
    np.testing.assert_allclose(step.slopes[X >= 0], -7 * share * (1 - share), rtol=1e-4)
    np.testing.assert_allclose(step.slopes, step.slopes[::-1], rtol=1e-4)  # an even function
    loss = generator_gradient(logits)
    np.testing.assert_allclose(loss.values[X >= 0], np.log1p(-share), rtol=1e-4)
    inner = slice(1, -1)
    np.testing.assert_allclose(loss.slopes[inner], np.gradient(loss.values, X)[inner], rtol=1e-2, atol=1e-5)


def test_without_curves_nothing_is_decided(tmp_path):
    assert all(claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick"), {}, ())))
    runs = tuple(RunResult(variant, 0, f"runs/{variant}", "done") for variant in AS_IN_THE_PAPER)
    assert all(
        claim.holds is None for claim in claims(Study(tmp_path, Results("e", "quick", runs=runs), {}, ()))
    )


@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_discriminators_and_no_critics_are_unconstrained(profile):
    for run in load_experiment("wgan_discriminator_vs_critic").resolve(profile):
        assert (run.plain["constraint"]["name"] == "none") == (run.variant == "discriminator")
