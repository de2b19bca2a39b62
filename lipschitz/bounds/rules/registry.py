"""Rules by the name of the torch function."""

from __future__ import annotations

from collections.abc import Callable

from lipschitz.bounds.calls import Rule

RULES: dict[str, Rule] = {}
"""One rule for all spellings of a function: ``torch.f``, ``F.f``, ``Tensor.f``, ``Tensor.f_``."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a function as the rule of torch functions with these names."""

    def register(function: Rule) -> Rule:
        for name in names:
            assert name not in RULES, name
            RULES[name] = function
        return function

    return register
