"""A run as it was left: its objects again, at the newest checkpoint."""

from __future__ import annotations

from pathlib import Path

from lipschitz import ConfigError
from lipschitz_trainers.config.run_file import load_run
from lipschitz_trainers.running.build import build_trainer, fingerprint
from lipschitz_trainers.running.folders import CONFIG
from lipschitz_trainers.training import Trainer, state
from lipschitz_trainers.training.checkpoints import CheckpointFolder


def load_trained(folder: Path) -> Trainer:
    """Return the trainer of the run in a folder, in the state of its newest checkpoint; it writes nothing.

    Args:
        folder: of one run, with ``config.yaml`` and ``checkpoints/``.

    Raises:
        ConfigError: the folder holds no run, or one without a checkpoint.
        CheckpointError: no checkpoint can be read.
        LipschitzError: the run's data cannot be read, or its parts do not fit together.
    """
    if not (folder / CONFIG).is_file():
        runs = sorted(path.parent for path in folder.glob(f"runs/*/{CONFIG}"))
        hint = (
            f"{folder} is an experiment: name one of its runs, such as {runs[0]}."
            if runs
            else ("Name the folder of one run, such as DIR/runs/<variant>-seed0 of an experiment.")
        )
        raise ConfigError(f"{folder} holds no run: there is no {CONFIG}. {hint}")
    config = load_run(folder / CONFIG, ["devices=1", "tensorboard=false"])
    saved = CheckpointFolder(folder / "checkpoints").load_newest()
    if saved is None:
        raise ConfigError(
            f"{folder} holds no checkpoint: its run failed or has not come to one yet. Start it again with "
            f"lipschitz train {folder / CONFIG} --out {folder} --resume."
        )
    trainer = build_trainer(config, None)
    state.restore(trainer.game, saved, fingerprint(config))
    return trainer
