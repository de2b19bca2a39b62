"""Do both sides compute the same gradients of the parameters?"""

from __future__ import annotations

import torch
from critics import Case
from sides import Kind, Side, classic, drawn_points, framework
from torch import Tensor, nn

TOLERANCES = {"float64": 1e-12, "float32": 1e-5}
"""Largest difference allowed, relative to the largest entry of the classic gradient."""


def difference(ours: list[Tensor], classic: list[Tensor]) -> float:
    """Return the largest absolute difference relative to the largest entry of the second."""
    largest = max(float(b.abs().max()) for b in classic)
    return max(float((a - b).abs().max()) for a, b in zip(ours, classic, strict=True)) / largest


def equality(
    case: Case, size: int, device: torch.device, *, told: bool, quick: bool = False
) -> list[dict[str, object]]:
    """Compare the gradients of the penalty in both precisions, and unless quick of two more losses in float64.

    These are the one-sided penalty with the median norm as target, so that half of the samples cost something,
    and the whole loss. In float32 the distance of each side from the classic float64 gradients stands beside the
    difference: a preactivation within rounding of a ReLU's kink can fall on either side, and then moves them far.

    Args:
        case: the critic and its samples.
        size: samples compared on; double precision is slow.
        device: where.
        told: whether the engine needs to be told which attention kernel to use.
        quick: only the penalty.
    """
    critics = tuple(case.critic().to(device) for _ in range(2))
    compared: list[tuple[str, str, Kind]] = [
        ("float32", "penalty", "two_sided"),
        ("float64", "penalty", "two_sided"),
    ]
    if not quick:
        compared += [("float64", "penalty", "one_sided"), ("float64", "loss", "two_sided")]
    rows: list[dict[str, object]] = []
    single: tuple[list[Tensor], list[Tensor]] = ([], [])
    for precision, of, kind in compared:
        dtype = getattr(torch, precision)
        real, fake = (x.to(device, dtype) for x in case.samples(size))
        ours_critic, their_critic = (critic.to(dtype) for critic in critics)
        target = _median_norm(their_critic, real, fake) if kind == "one_sided" else 1.0
        # Prepared once: in float32, where probing it is fast.
        ours = framework(
            ours_critic, real, fake, kind=kind, target=target, attention=told, probe=precision == "float32"
        )
        theirs = classic(their_critic, real, fake, kind=kind, target=target, attention=case.attention)
        found = tuple(_gradients(side, of) for side in (ours, theirs))
        apart = difference(*found)
        rows.append(
            {
                "of": of,
                "kind": kind,
                "dtype": precision,
                "batch": size,
                "difference": apart,
                "tolerance": TOLERANCES[precision],
                "equal": apart <= TOLERANCES[precision],
            }
        )
        if precision == "float32":
            single = found
        elif (of, kind) == ("penalty", "two_sided"):
            ours_off, theirs_off = (difference([g.double() for g in side], found[1]) for side in single)
            rows[0] |= {"framework_from_float64": ours_off, "classic_from_float64": theirs_off}
    return rows


def _gradients(side: Side, of: str) -> list[Tensor]:
    side.penalty_and_backward() if of == "penalty" else side.loss_and_backward()
    return side.gradients()


def _median_norm(critic: nn.Module, real: Tensor, fake: Tensor) -> float:
    """Return the median gradient norm at the points that both sides will look at, found one sample at a time."""
    generator = torch.Generator(real.device).manual_seed(0)
    norms = []
    for point in drawn_points(real, fake, generator).split(1):
        (gradient,) = torch.autograd.grad(critic(point.requires_grad_(True)).sum(), point)
        norms.append(torch.linalg.vector_norm(gradient))
    return float(torch.stack(norms).quantile(0.5))
