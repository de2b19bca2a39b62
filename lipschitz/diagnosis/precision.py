"""Do gradient norms survive bfloat16 autocast?"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lipschitz.diagnosis.engines import engine_of, norms_by
from lipschitz.diagnosis.evaluation import first_line
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.subject import Subject
from lipschitz.diagnosis.tracing import failing_layer

LARGEST = 0.1
"""Relative difference of gradient norms that is put down to rounding."""

REMEDY = "compute the penalty in float32: with torch.autocast(device_type, enabled=False)"


def autocast_differs(subject: Subject) -> Iterator[Finding]:
    """Compare gradient norms with and without autocast, by the engine that will be used."""
    engine = engine_of(subject)
    dtypes = {parameter.dtype for parameter in subject.critic.parameters() if parameter.is_floating_point()}
    if engine is None or dtypes - {torch.float32} or subject.device.type not in ("cpu", "cuda"):
        return
    rounded: list[Tensor] = []

    def cast() -> None:
        with torch.autocast(subject.device.type, dtype=torch.bfloat16):
            rounded.append(norms_by(subject, engine))

    failed = failing_layer(subject.critic, cast)
    if failed is not None:
        path, error = failed
        yield Finding(
            code="no_autocast",
            layer=path,
            severity="warning",
            message=f"{subject.name(path)} cannot be differentiated under bfloat16 autocast ({first_line(error)}), so "
            f"training in mixed precision stops at the first penalty.",
            fix=REMEDY,
        )
        return
    exact = norms_by(subject, engine)
    # On average: where a rectifier is switched by rounding, one sample's slope may differ by any amount.
    difference = float((exact - rounded[0]).abs().mean() / exact.mean().clamp(min=1e-12))
    if not difference <= LARGEST:
        yield Finding(
            code="autocast_differs",
            layer="",
            severity="warning",
            message=f"gradient norms under bfloat16 autocast differ by {difference:.0%} from those in float32, "
            f"so a penalty in mixed precision aims at another slope.",
            fix=REMEDY,
        )
