"""Are the scores random, and how noisy does that make a penalty?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from lipschitz import trees
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.subject import Subject
from lipschitz.diagnosis.tracing import differing_layers
from lipschitz.probing import differ


def random_output(subject: Subject) -> Iterator[Finding]:
    """Report the layers that return other values for the same samples each time, such as dropout."""
    found = differing_layers(subject.critic, _run(subject, 1), _run(subject, 2))
    if not found and differ(_norms(subject, 1), _norms(subject, 2)):
        found = [""]  # gradients alone are random
    if not found:
        return
    norms = torch.stack([_norms(subject, seed) for seed in range(4)])
    noise = float(norms.std(dim=0).mean() / norms.mean().clamp(min=1e-12))
    others = f" ({', '.join(map(repr, found[1:]))} too)" if found[1:] else ""
    yield Finding(
        code="random_output",
        layer=found[0],
        severity="warning",
        message=f"{subject.name(found[0])} draws random numbers at each pass{others}, so the gradient norms that a "
        f"penalty sees fluctuate by {noise:.0%} from one pass to the next.",
        fix="take it out of the critic, or put it into evaluation mode: layer.eval()",
    )


def _run(subject: Subject, seed: int) -> Callable[[], Any]:
    return lambda: subject.call(seed=seed)


def _norms(subject: Subject, seed: int) -> Tensor:
    """Return the gradient norms that a penalty would see in one pass, shape (B,)."""
    return trees.sample_norms(subject.slopes(seed=seed)[1]).detach()
