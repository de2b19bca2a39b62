"""Law 7 over real processes: data-parallel training gives what one process gives. Made on request only.

Each process trains on its shard of the same batches, wrapped in `torch.nn.parallel.DistributedDataParallel`; the
parameters must then be those of one process that trained on the whole batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import parametrize

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.errors import LawError
from lipschitz.testing.processes import run_in_processes
from lipschitz.testing.trial import Trial, largest, snapshot

STEPS = 4
"""Critic steps of the trial training."""

SHARD = 3
"""Samples of each process."""

NAME = "law 7: processes learn what one learns"


def processes_learn_what_one_learns(trials: Sequence[Trial], processes: int) -> list[str]:
    """Train every trial's critic in several processes and in this one, and compare the parameters.

    Args:
        trials: of one constraint, in float64, on the critics it accepts.
        processes: how many.

    Returns:
        Why the check could not be made, or why differences break no law: what looks at the batch as a whole
        (``per_sample`` is False) may see its shard only.

    Raises:
        LawError: a process fails, or ends with other parameters.
        PluginError: constraint or critics cannot be sent to another process.
    """
    if not torch.distributed.is_available():
        return ["processes: this build of torch has no torch.distributed"]
    try:
        found = run_in_processes(trained, list(trials), processes)
    except LawError as error:
        raise trials[0].broken(7, str(error)) from error
    alone = trained(trials, 0, 1, SHARD * processes)
    notes: dict[str, None] = {}
    for i, trial in enumerate(trials):
        for rank, states in enumerate(found):
            problem = _difference(alone[i], states[i])
            if not problem:
                continue
            message = f"after {STEPS} steps, in process {rank} of {processes}, {problem} from training in one process."
            if trial.constraint.per_sample:
                raise trial.broken(
                    7,
                    f"{message} Draw from batch.uniform(...) or batch.normal(...); or set per_sample = False.",
                )
            notes["processes: they learn something else than one (per_sample is False)"] = None
    return list(notes)


def trained(
    trials: Sequence[Trial], rank: int, processes: int, size: int | None = None
) -> list[dict[str, Tensor]]:
    """Return every critic's parameters and buffers after a few steps with this process's shard of the batches.

    Args:
        trials: what to train.
        rank: of this process.
        processes: how many there are; more than one need a process group.
        size: of the global batch; by default `SHARD` samples for each process.
    """
    return [_trained(trial, rank, processes, size or SHARD * processes) for trial in trials]


class Objective(nn.Module):
    """Scores and penalty in one forward: DDP needs one backward pass through the module it wraps."""

    def __init__(self, trial: Trial, critic: nn.Module) -> None:
        """Combine the two; only the critic has parameters."""
        super().__init__()
        self.trial = trial
        self.critic = critic

    def forward(self, real: Batch, fake: Batch) -> Tensor:
        """Return what is minimized, a scalar."""
        with parametrize.cached():
            on_real, on_fake = self.trial.scores(self.critic, real), self.trial.scores(self.critic, fake)
            return on_fake.mean() - on_real.mean() + self.trial.penalty(self.critic, real).mean()


def _trained(trial: Trial, rank: int, processes: int, size: int) -> dict[str, Tensor]:
    critic = trial.prepared()
    objective: Any = Objective(trial, critic)
    shard = slice(rank * size // processes, (rank + 1) * size // processes)
    if processes > 1:
        # A parameter that takes no part in the loss would be waited for.
        probe = trial.prepared()
        loss: Any = Objective(trial, probe)(*_batches(trial, size, 0, shard))
        loss.backward()
        unused = any(value.grad is None for value in probe.parameters() if value.requires_grad)
        objective = DistributedDataParallel(objective, find_unused_parameters=unused)
    optimizer: Any = torch.optim.SGD(critic.parameters(), lr=0.01)
    for step in range(STEPS):
        optimizer.zero_grad()
        objective(*_batches(trial, size, step, shard)).backward()
        optimizer.step()
        trial.constraint.project(critic, step)
    return snapshot(critic)


def _batches(trial: Trial, size: int, step: int, shard: slice) -> tuple[Batch, Batch]:
    """Return a shard of a step's batch, and its fake samples in place of the real ones."""
    whole = trial.batch(size, step=step, seed=step)

    def part(leaf: Tensor) -> Tensor:
        return leaf[shard]

    real, fake = trees.map_leaves(part, whole.real), trees.map_leaves(part, whole.fake)
    condition = tuple(entry[shard] for entry in whole.condition)
    place: dict[str, Any] = {"step": step, "offset": shard.start, "global_size": size}
    return (
        Batch(real=real, fake=fake, condition=condition, generator=whole.generator, **place),
        Batch(real=fake, condition=condition, **place),
    )


def _difference(want: dict[str, Tensor], got: dict[str, Tensor]) -> str:
    """Return where two states differ and by how much, or nothing."""
    for name, value in want.items():
        error, size = largest(got[name].double() - value.double()), largest(value)
        if error > 1e-7 * size + 1e-9:
            return f"{name!r} differs by {error:.3g}, of {size:.3g},"
    return ""
