"""A critic that is no module, as a module: so that what it refers to can be found, and put back."""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn

from lipschitz.critic import Critic


class FunctionCritic(nn.Module):
    """A critic that is no module; the modules it refers to are its layers.

    Example:
        >>> net = nn.Linear(2, 1)
        >>> [name for name, _ in FunctionCritic(lambda x: net(x)).named_children()]
        ['net']
    """

    def __init__(self, function: Critic) -> None:
        """Find the modules that the function refers to."""
        super().__init__()
        self.called = [function]  # in a list: copying a bound method would copy its owner
        owner = getattr(function, "__self__", None)
        found = {"__self__": owner} if isinstance(owner, nn.Module) else _modules_of(function)
        for name, module in found.items():
            self.add_module(f"{name}_" if hasattr(self, name) else name, module)

    def forward(self, *arguments: Any) -> Any:
        """Call the function."""
        return self.called[0](*arguments)


def _modules_of(function: Critic) -> dict[str, nn.Module]:
    try:
        names = inspect.getclosurevars(function)
    except TypeError:
        return {}
    return {
        name: value
        for name, value in {**names.globals, **names.nonlocals}.items()
        if isinstance(value, nn.Module)
    }
