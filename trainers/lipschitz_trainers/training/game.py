"""The state of a run: both players, where samples come from, randomness and counters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from lipschitz import Constraint, TrainingError
from lipschitz_trainers.data.base import Samples, Stream
from lipschitz_trainers.objectives.base import Objective
from lipschitz_trainers.training.generators import AnotherDataset, DataPlusNoise, FakeSupply
from lipschitz_trainers.training.optimization import ScheduledRate
from lipschitz_trainers.training.randomness import Randomness

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass
class GeneratorPlayer:
    """A trained generator at play.

    Attributes:
        module: the network itself.
        wrapped: the same, set up by Fabric (precision, DDP).
        optimizer: its optimizer, set up by Fabric.
        latent: dimension of z.
        batch_size: samples of a generator step on this process.
        share: slices this process's part out of a global draw.
        random: the generator of z.
        average: its moving average, if any.
    """

    module: nn.Module
    wrapped: nn.Module
    optimizer: Any
    latent: int
    batch_size: int
    share: Callable[[int], slice]
    processes: int
    random: torch.Generator
    average: AveragedModel | None = None

    def __call__(self, condition: tuple[Tensor, ...], size: int | None = None) -> Tensor:
        """Return samples for fresh z."""
        n = self.batch_size if size is None else size
        # Every process draws the step's z and takes its share, so that their number changes nothing.
        z = torch.randn(n * self.processes, self.latent, generator=self.random, device=self.random.device)
        parameter = next(self.module.parameters())
        return self.wrapped(z[self.share(n)].to(device=parameter.device, dtype=parameter.dtype), *condition)

    def step(self) -> None:
        """Take an optimizer step and update the average."""
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.module)


@dataclass
class Game:
    """Everything a step touches.

    Attributes:
        fabric: device, precision, processes.
        critic: the critic's module, as `prepare` returned it.
        critic_objective: scores, objective and penalty as one module, set up by Fabric.
        critic_optimizer: set up by Fabric.
        constraint: called at all three moments.
        objective: the losses.
        generator: the trained generator, or `None` when it is fixed.
        fixed: the fixed generator, or `None` when it is trained.
        supply: its fakes for this run, or `None`.
        data: the stream of real samples.
        condition_data: the stream whose labels generator steps use.
        batch_size: samples of a critic step over all processes.
        steps_schedule: critic steps by generator iteration.
        rates: learning-rate schedules.
        random: named generators.
        iteration: generator iterations done.
        critic_steps: critic optimizer steps done.
    """

    fabric: Fabric
    critic: nn.Module
    critic_objective: nn.Module
    critic_optimizer: Any
    constraint: Constraint
    objective: Objective
    generator: GeneratorPlayer | None
    fixed: DataPlusNoise | AnotherDataset | None
    supply: FakeSupply | None
    data: Stream
    condition_data: Stream
    conditional: bool
    batch_size: int
    steps_schedule: Callable[[int], float]
    rates: list[ScheduledRate]
    random: Randomness
    iteration: int = 0
    critic_steps: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """Offset of this process's samples in the global batch, and its size."""
        return self.share(self.batch_size // self.fabric.world_size).start, self.batch_size

    def share(self, n: int) -> slice:
        """Return which of ``n * processes`` samples belong to this process."""
        return slice(n * self.fabric.global_rank, n * (self.fabric.global_rank + 1))

    def real(self, total: int) -> Samples:
        """Return this process's share of the next real samples, on the device."""
        return self._to_device(self.data.next(total), self.share(total // self.fabric.world_size))

    def fake(self, real: Samples) -> Tensor:
        """Return as many fakes as there are real samples, for the critic: no gradient reaches the generator."""
        if self.generator is None:
            if self.supply is None:
                raise TrainingError("a game needs a trained or a fixed generator, got neither.")
            return self.supply.draw(real, *self.place)
        with torch.no_grad():
            return self.generator(real.condition, len(real.x))

    def conditions(self, n: int) -> tuple[Tensor, ...]:
        """Return conditions for n samples of a generator step."""
        if not self.conditional:
            return ()
        total = n * self.fabric.world_size
        return self._to_device(self.condition_data.next(total), self.share(n)).condition

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean over the processes, whose shares of a batch are equal."""
        return self.fabric.all_reduce(values, reduce_op="mean")  # pyright: ignore[reportReturnType]

    def agreed(self, wish: bool) -> bool:
        """Return whether any process wishes it: all of them stop together, or none does."""
        if self.fabric.world_size == 1:
            return wish
        return bool(self.mean(torch.tensor(float(wish), device=self.fabric.device)) > 0)

    def critic_steps_now(self) -> int:
        """Return how many critic steps this generator iteration has."""
        return round(self.steps_schedule(self.iteration))

    def set_learning_rates(self) -> None:
        """Set the learning rates of this generator iteration."""
        for rate in self.rates:
            rate.set(self.iteration)

    @contextmanager
    def critic_frozen(self) -> Iterator[None]:
        """Let no gradient be computed for the critic's parameters."""
        trainable = [parameter for parameter in self.critic.parameters() if parameter.requires_grad]
        for parameter in trainable:
            parameter.requires_grad_(False)
        try:
            yield
        finally:
            for parameter in trainable:
                parameter.requires_grad_(True)

    def _to_device(self, samples: Samples, part: slice) -> Samples:
        device = self.fabric.device
        dtype = next(self.critic.parameters()).dtype
        x = samples.x[part].to(device=device, dtype=dtype, non_blocking=True)
        return Samples(x, tuple(entry[part].to(device, non_blocking=True) for entry in samples.condition))
