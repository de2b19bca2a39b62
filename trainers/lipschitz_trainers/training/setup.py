"""From objects to a game, in the one right order: critic, device, `prepare`, optimizer."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lipschitz import Batch, Constraint, TrainingError
from lipschitz.critic import output_of
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.objectives.base import Objective
from lipschitz_trainers.training.critic_objective import CriticObjective
from lipschitz_trainers.training.game import Game, GeneratorPlayer
from lipschitz_trainers.training.generators import AnotherDataset, DataPlusNoise, TrainedGenerator
from lipschitz_trainers.training.optimization import Optimization, ScheduledRate
from lipschitz_trainers.training.randomness import Randomness, seeded
from lipschitz_trainers.training.single_samples import require_no_lone_values

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def launch(device: str, precision: str, devices: int) -> Fabric:
    """Start Fabric.

    Args:
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
        precision: Fabric's name, such as ``"32-true"`` or ``"bf16-mixed"``.
        devices: number of processes.

    Raises:
        TrainingError: this machine has no such device, does not support the precision, or several processes
            are asked for and this one was started alone.
    """
    from lightning_fabric import Fabric  # takes two seconds, which listing and checking do without

    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it announces every process otherwise
    # Fabric's own double precision rounds every output to float32; in "32-true" it leaves dtypes alone, and
    # `set_up` makes the networks float64.
    shown = "32-true" if precision == "64-true" else precision
    try:
        fabric = Fabric(
            accelerator=device,
            devices=devices,
            precision=cast(Any, shown),
            strategy="auto" if devices == 1 else "ddp",
        )
        # Left alone, Fabric would start the whole program once more for every further process.
        environment = getattr(fabric.strategy, "cluster_environment", None)
        if environment is None or environment.creates_processes_externally:
            fabric.launch()
            if devices > 1:
                atexit.register(_leave)
            return fabric
    except Exception as error:
        raise TrainingError(
            f"cannot train on device {device!r} with precision {precision!r} and {devices} process(es): {error} "
            f"Use device: cpu and precision: 32-true, which work everywhere."
        ) from error
    raise TrainingError(
        f"devices={devices} needs as many processes, got one; `lipschitz train` starts them itself, a script of "
        f"your own is started with: torchrun --standalone --nproc-per-node {devices} SCRIPT."
    )


def _leave() -> None:
    # A process that exits with its connections open is aborted now and then by the threads that serve them.
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def set_up(
    *,
    fabric: Fabric,
    critic: nn.Module,
    constraint: Constraint,
    objective: Objective,
    source: Source,
    generator: TrainedGenerator | DataPlusNoise | AnotherDataset,
    optimization: Optimization,
    batch_size: int,
    critic_steps: Callable[[int], float],
    seed: int,
    dtype: torch.dtype = torch.float32,
    compiler: str | None = None,
) -> Game:
    """Prepare the critic and build everything a step touches.

    Raises:
        TrainingError: shapes of generator and data differ, or the batch does not divide among the processes.
        LipschitzError: the constraint refuses the critic.
    """
    share = share_of(batch_size, fabric.world_size, "batch_size")
    random = Randomness(seed, fabric.device)
    trained = generator if isinstance(generator, TrainedGenerator) else None
    if trained is not None:
        trained.module.to(device=fabric.device, dtype=dtype)
    critic.to(device=fabric.device, dtype=dtype)

    size = share
    if trained is not None:
        made = batch_size if trained.batch_size is None else trained.batch_size
        size = share_of(made, fabric.world_size, "the generator's batch_size")
    if 1 in (share, size):
        field = "batch_size" if share == 1 else "generator.batch_size"
        _try_one_sample(source, critic, trained, random, fabric.device, dtype, field)
    example = _example(source, trained, share, random, fabric.device, dtype)
    _try_critic(critic, example)
    with seeded(seed, "prepare"):
        critic = constraint.prepare(critic, example)
    if not isinstance(critic, nn.Module):
        raise TrainingError(
            f"prepare() of constraint {constraint.name!r} must return the critic to train, got "
            f"{type(critic).__name__}; is its `return critic` missing?"
        )

    critic_objective = fabric.setup_module(CriticObjective(critic, objective, constraint, compiler))
    critic_optimizer = fabric.setup_optimizers(optimization.build(critic.parameters()))
    rates = [ScheduledRate(critic_optimizer, optimization.schedule)]
    player = None
    if trained is not None:
        wrapped = fabric.setup_module(trained.module)
        optimizer = fabric.setup_optimizers(trained.optimization.build(trained.module.parameters()))
        rates.append(ScheduledRate(optimizer, trained.optimization.schedule))
        player = GeneratorPlayer(
            module=trained.module,
            wrapped=wrapped,
            optimizer=optimizer,
            latent=trained.latent,
            batch_size=size,
            processes=fabric.world_size,
            share=lambda n: slice(n * fabric.global_rank, n * (fabric.global_rank + 1)),
            random=random["latent"],
            average=None if trained.ema is None else moving_average(trained.module, trained.ema),
        )
    fixed = generator if not isinstance(generator, TrainedGenerator) else None
    return Game(
        fabric=fabric,
        critic=critic,
        critic_objective=critic_objective,
        critic_optimizer=critic_optimizer,
        constraint=constraint,
        objective=objective,
        generator=player,
        fixed=fixed,
        supply=None if fixed is None else fixed.supply(random["noise"], random["fakes"]),
        data=source.train(random["data"]),
        condition_data=source.train(random["conditions"]),
        conditional=bool(example.condition),
        batch_size=batch_size,
        steps_schedule=critic_steps,
        rates=rates,
        random=random,
    )


def share_of(batch_size: int, processes: int, what: str) -> int:
    """Return how many samples of a batch each process gets.

    Raises:
        TrainingError: not all get the same number; `what` names the batch's size.
    """
    if batch_size % processes:
        raise TrainingError(
            f"{what} {batch_size} must be a multiple of the number of processes, {processes}."
        )
    return batch_size // processes


def moving_average(network: nn.Module, decay: float) -> AveragedModel:
    """Return the exponential moving average of a network.

    Parameters are averaged from the first update on; buffers (running statistics, the vectors of a power iteration)
    are copied: an average of unit vectors is shorter than one.
    """
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=False)
    return average.eval().requires_grad_(False)


def _example(
    source: Source,
    trained: TrainedGenerator | None,
    size: int,
    random: Randomness,
    device: torch.device,
    dtype: torch.dtype,
) -> Batch:
    """Return a batch like those of training, without disturbing any stream, generator or running statistic."""
    samples = source.train(random.fresh("example")).next(size)
    condition = tuple(entry.to(device) for entry in samples.condition)
    real = samples.x.to(device=device, dtype=dtype)
    fake = torch.zeros_like(real)
    if trained is not None:
        z = torch.randn(size, trained.latent, generator=random.fresh("example/latent")).to(
            device=device, dtype=dtype
        )
        mode = trained.module.training
        try:
            with torch.no_grad():
                fake = trained.module.eval()(z, *condition)
        finally:
            trained.module.train(mode)
        if fake.shape != real.shape:
            raise TrainingError(
                f"the generator makes samples of shape {tuple(fake.shape[1:])}, the data has {tuple(real.shape[1:])}; "
                f"build the generator for the shape of the data."
            )
    return Batch(real=real, fake=fake, condition=condition, generator=random.fresh("example/penalty"))


def _try_one_sample(
    source: Source,
    critic: nn.Module,
    trained: TrainedGenerator | None,
    random: Randomness,
    device: torch.device,
    dtype: torch.dtype,
    field: str,
) -> None:
    """Raise a clear error when a network cannot learn from batches of one sample, whose size is a field."""
    samples = source.train(random.fresh("example")).next(1)
    condition = tuple(entry.to(device) for entry in samples.condition)
    require_no_lone_values(critic, "critic", field, samples.x.to(device=device, dtype=dtype), *condition)
    if trained is not None:
        z = torch.randn(1, trained.latent, generator=random.fresh("example/latent"))
        z = z.to(device=device, dtype=dtype)
        require_no_lone_values(trained.module, "generator", field, z, *condition)


def _try_critic(critic: nn.Module, example: Batch) -> None:
    """Raise a clear error when the critic cannot score the data, before anything is trained."""
    mode = critic.training
    try:
        with torch.no_grad():
            raw = critic.eval()(example.real, *example.condition)
    except RuntimeError as error:
        raise TrainingError(
            f"the critic cannot be evaluated on samples of shape {tuple(example.real.shape[1:])}: {error}"
        ) from error
    finally:
        critic.train(mode)
    output_of(raw, example.size)
