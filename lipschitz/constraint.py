"""`Constraint`: three moments in a critic's life, and the seven laws they obey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from lipschitz.batch import Batch
from lipschitz.critic import Critic
from lipschitz.fields import Checked


@dataclass(frozen=True, kw_only=True)
class Constraint(Checked):
    """Base of every constraint: a frozen dataclass that overrides at least one of the three moments.

    Its fields are the hyper-parameters: they are its YAML schema, its repr and its equality. Annotate their
    ranges (``Annotated[float, Gt(0)]``); they are checked on every construction path.

    Attributes:
        name: its name in YAML and on the command line, snake_case (set it on the class, it is no field).
        family: a heading for lists, such as ``"gradient penalty"``.
        guarantee: ``"hard"`` (a bound on the slope follows from the parameters at every step), ``"soft"``
            (steep slopes cost, where the penalty looks) or ``"none"``.
        per_sample: False when the penalty looks at the batch as a whole.
        changes: what `prepare` or `project` alters, of ``"weights"``, ``"parametrization"``, ``"output"``;
            `lipschitz.compose` refuses contradictions it can see from it.
        cost: what a critic step pays beside the scores: ``"weights"`` (work on the weights, whatever the batch),
            ``"forward"`` (more forward passes), ``"double backward"`` (gradients by input, differentiated again).
        contradicts: names of constraints that it cannot be composed with, where `changes` does not tell, and why, as
            part of a sentence: ``{"other": "its set is not kept by ..."}``; its own name if twice is too often.
        published_optimizer: the critic's optimizer in the source, as its YAML mapping; used by comparisons on
            request, never by the constraint itself.

    Laws, asserted by `lipschitz.testing.check_constraint`:

    1. Stateless: what must persist is a buffer on the critic, registered in `prepare` under the constraint's name.
    2. `prepare` keeps shapes and trainability; the same reparametrization twice is a clear error.
    3. A penalty is finite, >= 0 and already multiplied by its coefficient; it changes nothing but its buffers.
    4. `project` is idempotent, in place, and leaves parameters inside the set bit-untouched.
    5. Randomness of `penalty` and `project` comes from the batch only. `prepare` may draw from torch's global
       generator, as layers do for their initial weights: whoever calls it seeds it (the trainer does).
    6. float32 and float64, bf16 autocast, any device, any B >= 1; another dtype works or is refused by name.
    7. For `per_sample` constraints the result on a batch is the result on each sample alone; over several
       processes it is the result of one process.

    Example:
        >>> @dataclass(frozen=True, kw_only=True)
        ... class ScoreDrift(Constraint):
        ...     name = "score_drift"
        ...     coefficient: float = 0.001
        ...     def penalty(self, critic, batch):
        ...         return self.coefficient * critic(batch.real).reshape(batch.size) ** 2
        >>> ScoreDrift(coefficient=0.1).penalty(torch.nn.Linear(2, 1), Batch(real=torch.zeros(4, 2))).shape
        torch.Size([4])
    """

    name: ClassVar[str]
    family: ClassVar[str] = "other"
    guarantee: ClassVar[str] = "none"
    per_sample: ClassVar[bool] = True
    changes: ClassVar[frozenset[str]] = frozenset()
    cost: ClassVar[str] = "unknown"
    contradicts: ClassVar[Mapping[str, str]] = MappingProxyType({})
    published_optimizer: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Ready the critic; called once, on its device, before the optimizer is built.

        Here weights are reparametrized, buffers registered, and critics refused that the constraint cannot
        work with. The optimizer and any checkpoint come after it, since parameters may be renamed.

        Args:
            critic: the network to constrain; may be changed in place.
            example: a batch as training will see it, where there is one.

        Returns:
            The critic to train: the same module, or one that wraps it.
        """
        del example
        return critic

    def penalty(self, critic: Critic, batch: Batch) -> Tensor:
        """Return what is added to the critic's loss; called at every critic step.

        Args:
            critic: any callable from samples (and conditions) to scores.
            batch: the samples of the step and the only source of randomness.

        Returns:
            One term per sample, shape (B,), or a scalar for terms without samples; differentiable with
            respect to the critic's parameters. The trainer averages over the batch.
        """
        del critic
        return no_penalty(batch)

    def project(self, critic: nn.Module, step: int = 0) -> None:
        """Move the parameters back into the allowed set; called after every critic optimizer step.

        Args:
            critic: the module that `prepare` returned; changed in place.
            step: optimizer steps of the critic before this one, from 0.
        """


def no_penalty(batch: Batch) -> Tensor:
    """Return a scalar zero that fits the batch: the penalty of a constraint that has none at this step."""
    return torch.zeros((), dtype=batch.dtype, device=batch.device)
