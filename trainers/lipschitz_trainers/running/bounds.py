"""Bounds of a trained critic's Lipschitz constant, overall and layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import LipschitzError, product_bound
from lipschitz.bounds import operator_norm, tight_bound
from lipschitz.critic import named_layers
from lipschitz_trainers.metrics.lipschitz_interval import interval, search_places
from lipschitz_trainers.running.trained import load_trained
from lipschitz_trainers.training.evaluation import evaluation_mode


@dataclass(frozen=True)
class NormBounds:
    """Bounds in one norm.

    Attributes:
        norm: of the input space: ``"2"``, ``"1"`` or ``"inf"``.
        lower: the steepest slope found; `None` where there is none.
        upper: certified; `None` where there is none.
        reasons: why a bound is missing, by ``"lower"`` or ``"upper"``.
    """

    norm: str
    lower: float | None
    upper: float | None
    reasons: dict[str, str]


@dataclass(frozen=True)
class LayerNorms:
    """A linear layer and its operator norms.

    Attributes:
        path: inside the critic.
        layer: its type.
        norms: by norm of input and output; `None` where it has none that is known.
    """

    path: str
    layer: str
    norms: dict[str, float | None]


@dataclass(frozen=True)
class RunBounds:
    """What `lipschitz bounds` prints.

    Attributes:
        run: the run's folder.
        step: generator iterations done.
        critic_steps: critic steps done.
        bounds: one entry a norm.
        layers: linear layers in the order in which they are called.
    """

    run: str
    step: int
    critic_steps: int
    bounds: list[NormBounds]
    layers: list[LayerNorms]

    def plain(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return asdict(self)


def run_bounds(folder: Path, norms: Sequence[str], steps: int, *, tight: bool = False) -> RunBounds:
    """Bound the critic of the run in a folder as it was at the newest checkpoint, in evaluation mode.

    Args:
        folder: of one run.
        norms: of ``"2"``, ``"1"``, ``"inf"``.
        steps: of the search for the steepest slope.
        tight: take `lipschitz.bounds.tight_bound` for the upper bound, which may take minutes.

    Raises:
        LipschitzError: as `load_trained`. A bound that cannot be given is no error.
    """
    trainer = load_trained(folder)
    assert trainer.evaluator is not None  # runs built from a configuration have one
    certify = tight_bound if tight else product_bound
    with evaluation_mode(trainer.game):
        evaluation = trainer.evaluator.evaluation(trainer.game, trainer.source)
        places = search_places(evaluation)
        bounds: list[NormBounds] = []
        for norm in norms:
            found = interval(evaluation.critic, places, norm=float(norm), steps=steps, certify=certify)
            lower = None if found.lower is None else found.lower.value
            bounds.append(NormBounds(norm, lower, found.upper, found.reasons))
        layers = layer_norms(trainer.game.critic, evaluation.real[:1], norms)
    return RunBounds(str(folder), trainer.game.iteration, trainer.game.critic_steps, bounds, layers)


@torch.no_grad()
def layer_norms(critic: nn.Module, example: Tensor, norms: Sequence[str]) -> list[LayerNorms]:
    """Return the operator norms of a critic's linear layers and convolutions at their real input sizes.

    Their product bounds the critic if it is a chain of them and of activations that do not stretch.

    Args:
        critic: called once.
        example: one sample, shape (1, *shape).
        norms: of ``"2"``, ``"1"``, ``"inf"``.
    """
    shapes: dict[str, tuple[int, ...]] = {}

    def watch(path: str, layer: nn.Module) -> Any:
        def note(module: nn.Module, inputs: Any) -> None:
            shapes.setdefault(path, tuple(inputs[0].shape[1:]))

        return layer.register_forward_pre_hook(note)

    layers = {path: layer for path, layer in named_layers(critic) if isinstance(layer, LINEAR)}
    handles = [watch(path, layer) for path, layer in layers.items()]
    try:
        parameter = next(critic.parameters())
        critic(example.to(parameter))
    finally:
        for handle in handles:
            handle.remove()
    return [
        LayerNorms(
            path, _kind(layers[path]), {norm: _norm(layers[path], shape, float(norm)) for norm in norms}
        )
        for path, shape in shapes.items()
    ]


LINEAR = (
    nn.Linear,
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
)
"""Layers listed one by one."""


def _kind(layer: nn.Module) -> str:
    return next(kind.__name__ for kind in LINEAR if isinstance(layer, kind))


def _norm(layer: nn.Module, shape: tuple[int, ...], norm: float) -> float | None:
    try:
        return operator_norm(layer, shape, norm)
    except LipschitzError:
        return None
