"""One constraint on one critic in one dtype: what every check of a law is given."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from lipschitz.batch import Batch
from lipschitz.constraint import Constraint
from lipschitz.critic import Critic, named_layers, scores_of
from lipschitz.errors import CriticError, LawError
from lipschitz.seeding import fixed_seed
from lipschitz.testing.critics import ExampleCritic
from lipschitz.testing.stock import Stock

LAWS = {
    1: "stateless",
    2: "prepare",
    3: "penalty",
    4: "project",
    5: "randomness",
    6: "dtypes and devices",
    7: "samples",
}
"""Short names of the laws in the docstring of `lipschitz.Constraint`."""

SIZE = 6
"""Samples in a batch; differs from every axis of the example critics, so that mixed-up axes show."""


@dataclass(frozen=True)
class Trial:
    """Builds critics and batches that depend on nothing but its fields.

    Attributes:
        constraint: what is checked.
        example: the critic it is checked on.
        dtype: of parameters and samples.
        seed: of everything drawn.
        stock: where to get prepared critics that have been used before; without one, each is new.
    """

    constraint: Constraint
    example: ExampleCritic
    dtype: torch.dtype = torch.float32
    seed: int = 0
    stock: Stock | None = dataclasses.field(default=None, compare=False, repr=False)

    def broken(self, law: int, message: str) -> LawError:
        """Return the error that says which law is broken, where and how."""
        return LawError(
            f"law {law} ({LAWS[law]}) is broken by {self.constraint!r}, on the {self.example.name} in "
            f"{str(self.dtype).removeprefix('torch.')}: {message}"
        )

    def require(self, holds: bool | Tensor, law: int, message: str) -> None:
        """Raise `broken` unless something holds."""
        if not bool(holds):
            raise self.broken(law, message)

    def fresh(self, scale: float = 1.0) -> nn.Module:
        """Return the critic before `prepare`, its parameters multiplied by `scale`, in training mode."""
        with fixed_seed(self.seed):
            critic = self.example.build()
        with torch.no_grad():
            for parameter in critic.parameters():
                parameter.mul_(scale)
        return critic.to(self.dtype).train()

    def prepare(self, critic: nn.Module, example: Batch | None = None) -> nn.Module:
        """Return what the constraint makes of a critic; the same on every call."""
        with fixed_seed(self.seed):
            prepared: Any = self.constraint.prepare(critic, self.batch() if example is None else example)
        if not isinstance(prepared, nn.Module):
            got = type(prepared).__name__
            raise self.broken(2, f"prepare returned {got}, not a module; return the critic to train.")
        return prepared

    def prepared(self, scale: float = 1.0) -> nn.Module:
        """Return a critic after `prepare`, as if it were new."""

        def build() -> nn.Module:
            return self.prepare(self.fresh(scale))

        if self.stock is None:
            return build()
        # By identity: whether the constraint can be hashed is for a check to find out.
        kind = (id(self.constraint), id(self.example), self.dtype, self.seed, scale)
        return self.stock.take(kind, build)

    def batch(self, size: int = SIZE, *, step: int = 0, seed: int = 0) -> Batch:
        """Return a batch with a generator of its own; the same numbers on every call and in every dtype."""
        generator = torch.Generator().manual_seed(self.seed + seed)

        def normal(*tail: int) -> Tensor:
            return torch.randn((size, *tail), generator=generator, dtype=torch.float64)

        return Batch(
            real=(normal(*self.example.shape) + 1).to(self.dtype),
            fake=(normal(*self.example.shape) - 1).to(self.dtype),
            condition=tuple(normal(*tail).to(self.dtype) for tail in self.example.condition),
            step=step,
            generator=generator,
        )

    def penalty(self, critic: Critic, batch: Batch, constraint: Constraint | None = None) -> Tensor:
        """Return the penalty after a look at its form: a tensor of shape (B,) or (), floating point."""
        value: Any = (constraint or self.constraint).penalty(critic, batch)
        if not isinstance(value, Tensor):
            raise self.broken(
                3, f"penalty returned {type(value).__name__}, not a tensor; see lipschitz.no_penalty."
            )
        if value.shape not in {(), (batch.size,)}:
            raise self.broken(
                3,
                f"for {batch.size} samples penalty has shape {tuple(value.shape)} instead of ({batch.size},), one term "
                f"per sample, or () for terms without samples.",
            )
        if not value.is_floating_point():
            raise self.broken(3, f"penalty has dtype {value.dtype}, which is not floating point.")
        return value

    def scores(self, critic: Critic, batch: Batch) -> Tensor:
        """Return the critic's scores of the real samples, shape (B,)."""
        try:
            return scores_of(critic(batch.real, *batch.condition), batch.size)
        except CriticError as error:
            raise self.broken(2, f"the prepared critic gives no scores: {error}") from error

    def in_dtype(self, dtype: torch.dtype) -> Trial:
        """Return the same trial in another dtype."""
        return dataclasses.replace(self, dtype=dtype)


def snapshot(critic: nn.Module) -> dict[str, Tensor]:
    """Return copies of all parameters and buffers by path."""
    return {name: value.detach().clone() for name, value in critic.state_dict(keep_vars=True).items()}


def restore(critic: nn.Module, state: dict[str, Tensor]) -> nn.Module:
    """Set all parameters and buffers to what `snapshot` returned; cheaper than to prepare another critic."""
    critic.load_state_dict(state)
    return critic


def parameters_by_layer(critic: nn.Module) -> list[tuple[str, nn.Module, str, Tensor]]:
    """Return every parameter as (path of its layer, the layer, its name there, its value)."""
    return [
        (path, layer, name, value)
        for path, layer in named_layers(critic)
        for name, value in layer.named_parameters(recurse=False)
    ]


def same_bits(a: Tensor, b: Tensor) -> bool:
    """Return whether two tensors have the same shape and the same values, NaN equal to NaN."""
    return a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())


def largest(value: Tensor) -> float:
    """Return the largest absolute entry, 0 for an empty tensor."""
    return float(value.detach().abs().max()) if value.numel() else 0.0


def shown(value: Tensor) -> str:
    """Return the entries of a tensor for a message."""
    entries: Any = value.detach().flatten()
    return ", ".join(f"{float(entry):.4g}" for entry in entries)


def layer_named(path: str) -> str:
    """Return a layer's name for a message; the critic itself has an empty path."""
    return f"layer {path!r}" if path else "the critic itself"


def names_of(constraint: Constraint) -> set[str]:
    """Return the names under which a constraint and those inside it may keep buffers."""
    names = {constraint.name}
    for field in dataclasses.fields(constraint):
        value: Any = getattr(constraint, field.name)
        for part in pytree.tree_leaves(value):
            if isinstance(part, Constraint):
                names |= names_of(part)
    return names
