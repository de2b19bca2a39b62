"""Prepared critics to use again: preparing one, probe included, is most of what a check costs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz.critic import named_layers


class Stock:
    """Lends critics that have been prepared in the same way, each as it was when it was new.

    What training may change is put back: parameters, buffers, gradients, modes, `requires_grad`. A critic that has
    changed otherwise since (layers, hooks, attributes, names) is not lent again.

    Example:
        >>> stock = Stock()
        >>> first = stock.take("linear", lambda: nn.Linear(2, 1))
        >>> stock.take("linear", lambda: nn.Linear(2, 1)) is first  # still lent
        False
        >>> stock.give_back()
        >>> stock.take("linear", lambda: nn.Linear(2, 1)) is first
        True
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self._free: dict[Hashable, list[_Held]] = {}
        self._lent: list[tuple[Hashable, _Held]] = []

    def take(self, key: Hashable, build: Callable[[], nn.Module]) -> nn.Module:
        """Return a critic that nobody has, built with `build` if there is none under `key`."""
        free = self._free.setdefault(key, [])
        while free:
            held = free.pop()
            if held.renew():
                break
        else:
            held = _Held(build())
        self._lent.append((key, held))
        return held.critic

    def give_back(self) -> None:
        """Take everything back that has been lent."""
        while self._lent:
            key, held = self._lent.pop()
            self._free[key].append(held)

    def __reduce__(self) -> Any:
        """Start anew in another process."""
        return Stock, ()


@dataclass(eq=False)
class _Held:
    """A critic and what it was like when it was new."""

    critic: nn.Module
    values: dict[str, Tensor] = field(init=False)
    trainable: dict[str, bool] = field(init=False)
    modes: list[bool] = field(init=False)
    form: Any = field(init=False)

    def __post_init__(self) -> None:
        """Note everything."""
        self.values = {name: value.detach().clone() for name, value in _tensors(self.critic).items()}
        self.trainable = {name: value.requires_grad for name, value in _tensors(self.critic).items()}
        self.modes = [layer.training for layer in self.critic.modules()]
        self.form = _form(self.critic)

    @torch.no_grad()
    def renew(self) -> bool:
        """Put back what training may change; return False where something else has changed."""
        if _form(self.critic) != self.form:
            return False
        for name, value in _tensors(self.critic).items():
            value.grad = None
            value.requires_grad_(self.trainable[name])
            value.copy_(self.values[name])
        for layer, mode in zip(self.critic.modules(), self.modes, strict=True):
            layer.training = mode
        return True


def _tensors(critic: nn.Module) -> dict[str, Tensor]:
    return {**dict(critic.named_parameters()), **dict(critic.named_buffers())}


def _form(critic: nn.Module) -> Any:
    """Return what a check has to leave alone, to be compared."""
    tensors = {name: (id(value), value.dtype, value.shape) for name, value in _tensors(critic).items()}
    layers = [(path, id(layer), _attributes(layer)) for path, layer in named_layers(critic)]
    return tensors, layers


def _attributes(layer: nn.Module) -> dict[str, Any]:
    # Containers by size (hooks, layers inside), all else by identity; modes and tensors are put back.
    return {
        name: len(value) if isinstance(value, dict | list | set) else id(value)  # pyright: ignore[reportUnknownArgumentType]
        for name, value in vars(layer).items()
        if name != "training"
    }
