"""The variants of the Dirac-GAN in closed form: their vector fields, fixed slopes, and what has no effect there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lipschitz_trainers.truth.dirac_gan import Array, DiracField


def two_sided(psi: Array) -> Array:
    """Return the damping of WGAN-GP with weight 1 and target 0.3."""
    return -(np.abs(psi) - 0.3) * np.sign(psi)


def one_sided(psi: Array) -> Array:
    """Return the damping of WGAN-LP with weight 1 and target 0.3."""
    return -np.maximum(np.abs(psi) - 0.3, 0) * np.sign(psi)


FIELDS: Mapping[str, DiracField] = {
    "minimax": DiracField("minimax"),
    "non_saturating": DiracField("non_saturating"),
    "wasserstein": DiracField("wasserstein"),
    "wgan": DiracField("wasserstein", bound=0.3),
    "wgan_gp": DiracField("wasserstein", two_sided),
    "wgan_gp_5_critic_steps": DiracField("wasserstein", two_sided),
    "wgan_lp": DiracField("wasserstein", one_sided),
    "dragan": DiracField("non_saturating", lambda psi: -(np.abs(psi) - 1) * np.sign(psi)),
    "wgan_div": DiracField("wasserstein", lambda psi: -12 * np.abs(psi) ** 5 * np.sign(psi)),
    "r1": DiracField("non_saturating", lambda psi: -psi),
    "r2": DiracField("non_saturating", lambda psi: -psi),
    "wasserstein_r1": DiracField("wasserstein", lambda psi: -psi),
    "zero_centered_between": DiracField("non_saturating", lambda psi: -psi),
    "weight_decay": DiracField("non_saturating", lambda psi: -psi),
    "instance_noise": DiracField("non_saturating", noise=1.0),
    "banach_gradient_penalty": DiracField("wasserstein", two_sided),
    "adversarial_lipschitz_regularization": DiracField("wasserstein", one_sided),
    "lipschitz_quotient_penalty": DiracField("wasserstein", one_sided),
    "maximum_gradient_penalty": DiracField("wasserstein", lambda psi: -psi),
    "l1_weight_decay": DiracField("wasserstein", lambda psi: -0.3 * np.sign(psi)),
    "l2_norm_clipping": DiracField("wasserstein", bound=0.3),
    "spectral_ball_projection": DiracField("wasserstein", bound=0.3),
    "weight_normalization": DiracField("wasserstein"),
}
"""The vector field of each variant; not of those with a slope that is `FIXED`, nor of
`augmented_lagrangian_gradient_penalty`, whose multiplier is a third variable."""

FIXED: Mapping[str, float] = {
    "spectral_norm": 1.0,
    "true_spectral_norm": 1.0,
    "frobenius_norm": 1.0,
    "orthogonal": 1.0,
    "gradient_normalization": 0.5,
}
"""Variants that divide one weight by its own size, with the |psi| that is left: no parameter moves it."""

LEFT_OUT: Mapping[str, str] = {
    "consistency_term": "it compares two scores of a real sample; the real samples are all 0, where a linear critic "
    "scores 0 under every dropout mask",
}
"""Registered constraints that are no variant, and why they have no effect here."""
