"""Where a penalty looks: at the real samples, at the fake ones, elsewhere; and then at which points elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from lipschitz.testing.identify.calls import Penalty
from lipschitz.testing.identify.growth import Growth
from lipschitz.testing.identify.probing_critics import Record, at_samples
from lipschitz.testing.identify.samples import Samples, apart, signs

GROUPS = ("real", "fake", "elsewhere")
"""The regions of `at_samples`, in their order."""

ROUNDS = 12
"""Calls with different seeds whose points are compared."""


@dataclass(frozen=True, eq=False)
class Look:
    """Points elsewhere that one call looked at.

    Attributes:
        points: shape (N, D), in the order in which the critic saw them.
        real: real samples of the call, shape (B, D).
        fake: fake samples of the call, shape (B, D).
    """

    points: Tensor
    real: Tensor
    fake: Tensor


def groups_looked_at(penalty: Penalty, growth: Growth) -> frozenset[str]:
    """Return the members of `GROUPS` where the critic's slope changes the penalty.

    What the critic is merely called for, without its gradient there entering, does not count.
    """
    samples = apart(penalty.form)
    steep = 3 * (growth.root or 1.0)

    critic = penalty.critic(_same_everywhere(penalty), at_samples(samples.real, samples.fake))

    def value(changed: int | None) -> float:
        factors = torch.ones(len(GROUPS), 1, dtype=penalty.form.dtype)
        if changed is not None:
            factors[changed] = 2.0
        with torch.no_grad():
            critic.slopes.copy_(steep * factors * signs(penalty.form))
        return float(penalty(critic, samples).detach())

    usual = value(None)
    return frozenset(
        name for i, name in enumerate(GROUPS) if abs(value(i) - usual) > 1e-6 * max(abs(usual), 1e-12)
    )


def look(penalty: Penalty, samples: Samples, seeds: Iterable[int] = (0,)) -> list[Look]:
    """Return which points elsewhere calls with these seeds look at; those that could not be noted are left out."""
    regions = at_samples(samples.real, samples.fake)
    critic = penalty.critic(_same_everywhere(penalty), regions)
    real, fake = (x.flatten(1).double() for x in (samples.real, samples.fake))
    found: list[Look] = []
    for seed in seeds:
        critic.record = Record()
        penalty(critic, samples, seed)
        rows = critic.record.rows()
        if rows is not None:
            elsewhere = regions(rows) == GROUPS.index("elsewhere")
            if bool(elsewhere.any()):
                found.append(Look(rows[elsewhere], real, fake))
    return found


def looks(penalty: Penalty) -> list[Look]:
    """Return what calls with different seeds look at, on the same samples."""
    return look(penalty, apart(penalty.form), range(ROUNDS))


def _same_everywhere(penalty: Penalty) -> Tensor:
    return signs(penalty.form).expand(len(GROUPS), -1)
