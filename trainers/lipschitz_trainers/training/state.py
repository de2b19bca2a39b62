"""What a checkpoint holds: everything a resumed run needs to equal an uninterrupted one bit for bit."""

from __future__ import annotations

from typing import Any

from lipschitz import CheckpointError
from lipschitz_trainers.training.game import Game


def capture(game: Game, records: int, fingerprint: str) -> dict[str, Any]:
    """Return the state of a run.

    Args:
        game: the run.
        records: length of its ``metrics.jsonl`` in bytes.
        fingerprint: identifies its configuration.
    """
    saved: dict[str, Any] = {
        "fingerprint": fingerprint,
        "iteration": game.iteration,
        "critic_steps": game.critic_steps,
        "records": records,
        "critic": game.critic.state_dict(),
        "critic_optimizer": game.critic_optimizer.state_dict(),
        "precision": game.fabric.strategy.precision.state_dict(),
        "random": game.random.state_dict(),
        "data": game.data.state_dict(),
        "condition_data": game.condition_data.state_dict(),
    }
    if game.supply is not None and game.supply.stream is not None:
        saved["fake_data"] = game.supply.stream.state_dict()
    if game.generator is not None:
        saved["generator"] = game.generator.module.state_dict()
        saved["generator_optimizer"] = game.generator.optimizer.state_dict()
        if game.generator.average is not None:
            saved["average"] = game.generator.average.state_dict()
    return saved


def restore(game: Game, saved: dict[str, Any], fingerprint: str) -> int:
    """Return a freshly set up game to a saved state; returns the length of its records.

    Raises:
        CheckpointError: the checkpoint belongs to another configuration, or lacks something.
    """
    if saved.get("fingerprint") != fingerprint:
        raise CheckpointError(
            "the checkpoint was written under another configuration; resume with the config.yaml beside it, "
            "or train into another folder."
        )
    try:
        game.critic.load_state_dict(saved["critic"])
        game.critic_optimizer.load_state_dict(saved["critic_optimizer"])
        game.fabric.strategy.precision.load_state_dict(saved["precision"])
        game.random.load_state_dict(saved["random"])
        game.data.load_state_dict(saved["data"])
        game.condition_data.load_state_dict(saved["condition_data"])
        if game.supply is not None and game.supply.stream is not None:
            game.supply.stream.load_state_dict(saved["fake_data"])
        if game.generator is not None:
            game.generator.module.load_state_dict(saved["generator"])
            game.generator.optimizer.load_state_dict(saved["generator_optimizer"])
            if game.generator.average is not None:
                game.generator.average.load_state_dict(saved["average"])
    except (KeyError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint does not fit this run: {error}") from error
    game.iteration = saved["iteration"]
    game.critic_steps = saved["critic_steps"]
    return int(saved["records"])
