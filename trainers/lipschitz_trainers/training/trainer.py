"""`Trainer`: the loop around the two steps, with records, evaluation, checkpoints and exact resume."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lipschitz import Constraint, TrainingError
from lipschitz.schedules import Constant
from lipschitz_trainers.data.base import Source
from lipschitz_trainers.metrics.base import Evaluation
from lipschitz_trainers.objectives.base import Objective
from lipschitz_trainers.training import state
from lipschitz_trainers.training.checkpoints import SPENT, CheckpointFolder
from lipschitz_trainers.training.evaluation import Evaluator
from lipschitz_trainers.training.generators import AnotherDataset, DataPlusNoise, TrainedGenerator
from lipschitz_trainers.training.interruption import Interrupted, stop_requests
from lipschitz_trainers.training.optimization import Optimization
from lipschitz_trainers.training.records import Recorder
from lipschitz_trainers.training.setup import launch, set_up
from lipschitz_trainers.training.snapshots import SnapshotFolder
from lipschitz_trainers.training.steps import IterationTerms, iteration, numbers
from lipschitz_trainers.training.stopwatch import Stopwatch


@dataclass(frozen=True)
class Checkpointing:
    """When checkpoints are written (besides at the end and on interruption).

    Attributes:
        every: generator iterations between them; `None` for none on the way.
        keep: how many of the newest to keep.
    """

    every: int | None = None
    keep: int = 2


class Trainer:
    """Trains a critic under a constraint, against a generator that learns or one that is fixed.

    Built from objects. What it learns depends on them and on `seed` only: not on how often it is evaluated,
    nor on whether it was interrupted and resumed.

    Example:
        >>> import torch, lipschitz
        >>> from lipschitz_trainers import data, objectives, training
        >>> source = data.from_tensor(torch.randn(256, 2))
        >>> adam = training.Optimization(lambda p: torch.optim.Adam(p, lr=1e-3, betas=(0.0, 0.9)))
        >>> trainer = training.Trainer(
        ...     critic=torch.nn.Sequential(torch.nn.Linear(2, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1)),
        ...     constraint=lipschitz.build("one_sided_gradient_penalty"),
        ...     objective=objectives.Wasserstein(), source=source,
        ...     generator=training.DataPlusNoise(std=1.0), optimization=adam, batch_size=64)
        >>> trainer.fit(2)
        >>> trainer.game.critic_steps
        10
    """

    def __init__(
        self,
        *,
        critic: nn.Module,
        constraint: Constraint,
        objective: Objective,
        source: Source,
        generator: TrainedGenerator | DataPlusNoise | AnotherDataset,
        optimization: Optimization,
        batch_size: int = 64,
        critic_steps: int | Callable[[int], float] = 5,
        seed: int = 0,
        device: str = "auto",
        precision: str = "32-true",
        devices: int = 1,
        compile: bool | str = False,  # noqa: A002 - PyTorch's name for it
        evaluator: Evaluator | None = None,
        folder: Path | None = None,
        checkpointing: Checkpointing | None = None,
        tensorboard: bool = False,
        fingerprint: str = "",
    ) -> None:
        """Set up a run: the critic goes to its device, is prepared, then gets its optimizer.

        Args:
            critic: freshly initialised; may be changed in place or wrapped by `prepare`.
            constraint: its three moments are called, always.
            objective: losses of critic and generator.
            source: the opened data.
            generator: one that learns, or a fixed one (critic-only training).
            optimization: the critic's optimizer.
            batch_size: samples of a critic step, over all processes.
            critic_steps: critic steps a generator iteration: a number, or a schedule over iterations.
            seed: of every random draw.
            device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
            precision: Fabric's name for it.
            devices: processes of distributed data-parallel training.
            compile: run critic steps through `torch.compile`, checked against eager code at the first step; `True`,
                or the name of a backend. Where that does not work, a warning says why and eager code is used.
            evaluator: how the run is judged.
            folder: where ``metrics.jsonl``, ``checkpoints/`` and ``artifacts/progress/`` go; `None` writes nothing.
            checkpointing: how often checkpoints are written.
            tensorboard: also write TensorBoard events.
            fingerprint: identifies the configuration; a checkpoint of another one is refused.

        Raises:
            LipschitzError: the constraint refuses the critic, or shapes do not fit.
        """
        self.stopwatch = Stopwatch()
        self.source = source
        self.evaluator = evaluator
        self.fingerprint = fingerprint
        self.checkpointing = checkpointing or Checkpointing()
        self.game = set_up(
            fabric=launch(device, precision, devices),
            critic=critic,
            constraint=constraint,
            objective=objective,
            source=source,
            generator=generator,
            optimization=optimization,
            batch_size=batch_size,
            critic_steps=critic_steps if callable(critic_steps) else Constant(value=critic_steps),
            seed=seed,
            dtype=torch.float64 if precision == "64-true" else torch.float32,
            compiler="inductor" if compile is True else compile or None,
        )
        writes = folder is not None and self.game.fabric.is_global_zero
        self.recorder = (
            Recorder(folder / "metrics.jsonl", tensorboard) if folder is not None and writes else None
        )
        # A fixed generator's samples stay what they are.
        self.snapshots = (
            SnapshotFolder(folder / "artifacts" / "progress", evaluator.every)
            if folder is not None and writes and evaluator and isinstance(generator, TrainedGenerator)
            else None
        )
        self.checkpoints = (
            CheckpointFolder(folder / "checkpoints", self.checkpointing.keep) if folder else None
        )
        self.metrics: dict[str, float] = {}
        self._measured_at: int | None = None

    def resume(self) -> bool:
        """Return to the newest checkpoint; returns False when there is none.

        Raises:
            CheckpointError: none can be read, or it belongs to another configuration.
        """
        saved = self.checkpoints.load_newest() if self.checkpoints is not None else None
        if saved is None:
            self._cut(records=0, iteration=-1)
            return False
        position = state.restore(self.game, saved, self.fingerprint)
        self.stopwatch.go_on_from(saved.get(SPENT, {}))
        self._cut(records=position, iteration=self.game.iteration)
        return True

    def _cut(self, *, records: int, iteration: int) -> None:
        if self.recorder is not None:
            self.recorder.cut(records)
        if self.snapshots is not None:
            self.snapshots.cut(iteration)

    def fit(
        self,
        steps: int,
        *,
        on_iteration: Callable[[int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Train until `steps` generator iterations are done, then write a checkpoint and evaluate.

        Args:
            steps: generator iterations since the start of the run.
            on_iteration: told the number of iterations done, after each.
            should_stop: asked before each iteration; ends training like Ctrl-C. With several processes, it is
                enough that one of them is told to stop.

        Raises:
            DataError: the run could not be judged on its data; found before training.
            Interrupted: stopped on request; a checkpoint was written.
            TrainingError: a loss is not finite.
        """
        if self.evaluator is not None and self.game.iteration < steps and self.game.fabric.is_global_zero:
            self.evaluator.get_ready(self.game, self.source)
        if self.game.iteration == 0:
            self.game.random.start_global()
        every = self.checkpointing.every
        with stop_requests() as requested:
            while (done := self.game.iteration) < steps:
                if self.game.agreed(requested() or (should_stop is not None and should_stop())):
                    self.save()
                    kept = "a checkpoint was written" if self.checkpoints is not None else "nothing was kept"
                    raise Interrupted(f"stopped after {done} of {steps} generator iterations; {kept}.")
                self._record(iteration(self.game))
                done = self.game.iteration
                if on_iteration is not None:
                    on_iteration(done)
                if self.evaluator is not None and self.evaluator.due(done):
                    self.evaluate()
                if done < steps and every is not None and done % every == 0:
                    self.save()
            self.save()
            self._judge_the_end()

    def evaluate(self) -> dict[str, float]:
        """Measure every metric now, record the values and return them; empty without an evaluator."""
        values = self._measure()
        if values and self.recorder is not None:
            self.recorder.write({"step": self.game.iteration, "evaluation": values})
        return values

    def _judge_the_end(self) -> None:
        """Evaluate the finished run, and record that once however often the run died and was resumed.

        An evaluation that was due lies before the last checkpoint, so its record survived; one that is made
        because the run ends comes after it, so that a run continued beyond its end has no trace of it.
        """
        if self.evaluator is None or self._measured_at == self.game.iteration:
            return
        if self.evaluator.due(self.game.iteration):
            self._measure()
        else:
            self.evaluate()

    def _measure(self) -> dict[str, float]:
        if self.evaluator is None:
            return {}
        fabric = self.game.fabric
        # The first process measures, the others wait for its values.
        values = self.evaluator.measure(self.game, self.source, self._keep) if fabric.is_global_zero else {}
        self.metrics = fabric.broadcast(values)
        self._measured_at = self.game.iteration
        return self.metrics

    def _keep(self, evaluation: Evaluation) -> None:
        if self.snapshots is not None:
            self.snapshots.save(evaluation.fake, self.source, evaluation.step)

    def save(self) -> None:
        """Write a checkpoint, if the run has a folder; what all processes know alike, the first one writes."""
        if self.checkpoints is None or not self.game.fabric.is_global_zero:
            return
        position = self.recorder.position() if self.recorder is not None else 0
        content = state.capture(self.game, position, self.fingerprint) | {SPENT: self.stopwatch.seconds()}
        self.checkpoints.save(content, self.game.iteration)

    def close(self) -> None:
        """Close the files of the run."""
        if self.recorder is not None:
            self.recorder.close()

    def _record(self, done: IterationTerms) -> None:
        game = self.game
        record: dict[str, Any] = {
            "step": game.iteration,
            "critic_steps": game.critic_steps,
            **numbers(game, done),
        }
        record["critic_step_seconds"] = done.critic_seconds / max(len(done.critic), 1)
        if self.recorder is not None:
            self.recorder.write(record)
        bad = [key for key, value in record.items() if isinstance(value, float) and not math.isfinite(value)]
        if bad:
            raise TrainingError(
                f"training diverged: {', '.join(bad)} became {record[bad[0]]} at generator iteration "
                f"{game.iteration} (objective {game.objective.name!r}, constraint {game.constraint.name!r}). "
                f"Lower the learning rates, or choose another constraint; earlier records and checkpoints are kept."
            )
