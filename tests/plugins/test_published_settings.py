"""Defaults and optimizers that constraints say are published, as literals: from papers and from their authors' code."""

import pytest

import lipschitz
from lipschitz_trainers.running.comparison import comparison

ADAM = {"name": "adam"}
PUBLISHED = {
    "adversarial_lipschitz_regularization": (
        {"coefficient": 10, "target": 1, "shortest": 0.1, "longest": 10, "distance": 10, "iterations": 1},
        ADAM | {"lr": 2e-4, "betas": (0.0, 0.9)},
    ),
    "banach_gradient_penalty": ({}, ADAM | {"lr": 2e-4, "betas": (0.0, 0.9)}),
    "consistency_term": (
        {"coefficient": 2, "feature_weight": 0.1, "margin": 0},
        ADAM | {"lr": 2e-4, "betas": (0.0, 0.9)},
    ),
    "dragan_gradient_penalty": (
        {"coefficient": 10, "target": 1, "radius": 0.5},
        ADAM | {"lr": 1e-4, "betas": (0.5, 0.9)},
    ),
    "gradient_normalization": ({}, ADAM | {"lr": 4e-4, "betas": (0.0, 0.9)}),
    "gradient_penalty": ({"coefficient": 10, "target": 1}, ADAM | {"lr": 1e-4, "betas": (0.0, 0.9)}),
    "maximum_gradient_penalty": ({"coefficient": 1}, {}),
    "one_sided_gradient_penalty": (
        {"coefficient": 10, "target": 1},
        ADAM | {"lr": 1e-4, "betas": (0.0, 0.9)},
    ),
    "r1_gradient_penalty": ({"coefficient": 10}, {"name": "rmsprop", "lr": 1e-4}),
    "r2_gradient_penalty": ({"coefficient": 10}, {"name": "rmsprop", "lr": 1e-4}),
    "spectral_norm": ({"power_iterations": 1}, ADAM | {"lr": 2e-4, "betas": (0.0, 0.9)}),
    "two_sided_gradient_penalty": (
        {"coefficient": 10, "target": 1},
        ADAM | {"lr": 1e-4, "betas": (0.0, 0.9)},
    ),
    "wasserstein_divergence": ({"coefficient": 2, "power": 6}, ADAM | {"lr": 2e-4, "betas": (0.0, 0.9)}),
    "weight_clipping": ({"bound": 0.01}, {"name": "rmsprop", "lr": 5e-5}),
}
WITHOUT = {
    "augmented_lagrangian_gradient_penalty",
    "frobenius_norm",
    "l1_weight_decay",
    "l2_norm_clipping",
    "l2_weight_decay",
    "lipschitz_quotient_penalty",
    "orthogonal",
    "spectral_ball_projection",
    "true_spectral_norm",
    "weight_normalization",
}
"""Ours, or published without numbers for critics that we could check."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_defaults_and_optimizer_are_the_published_ones(name):
    constraint = lipschitz.build(name)
    fields, optimizer = PUBLISHED[name]
    assert {field: getattr(constraint, field) for field in fields} == fields
    assert dict(constraint.published_optimizer) == optimizer


def test_every_built_in_constraint_is_in_the_table_or_claims_no_optimizer():
    built_in = {
        name: cls
        for name, cls in lipschitz.constraints().items()
        if cls.__module__.startswith("lipschitz_plugins.")
    }
    assert {*built_in} == {*PUBLISHED, *WITHOUT}
    assert not any(built_in[name].published_optimizer for name in WITHOUT)


def test_recommended_comparisons_can_be_made_of_them():
    assert comparison([*PUBLISHED], "eight_gaussians", [], recommended=True)
