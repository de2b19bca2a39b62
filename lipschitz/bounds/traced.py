"""A tensor that remembers how it came from the critic's input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

from torch import Tensor
from torch.utils import _pytree as pytree

from lipschitz.bounds.nodes import Node, Unknown
from lipschitz.errors import BoundError

Recorder: TypeAlias = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
"""Called with function, positional and keyword arguments of every torch function that sees a traced tensor."""


class Traced(Tensor):
    """Stands for a tensor that depends on the critic's input.

    Every torch function called with one goes to its recorder, which computes with the tensor behind it and notes the
    step. What gets around that (NumPy, C++ extensions) fails: nothing depends on the input unnoticed.
    """

    _value: Tensor
    _node: Node
    _version_noted: int
    _recorder: Recorder

    @staticmethod
    def around(value: Tensor, node: Node, recorder: Recorder) -> Traced:
        """Wrap a tensor that came about as `node` says."""
        make: Any = Tensor._make_wrapper_subclass  # pyright: ignore
        layout = {"strides": value.stride(), "dtype": value.dtype, "device": value.device}
        traced = cast(Traced, make(Traced, value.size(), **layout))
        traced._value, traced._recorder = value, recorder
        traced.renew(node)
        return traced

    def renew(self, node: Node) -> None:
        """Note that the tensor was changed in place, and how."""
        self._node, self._version_noted = node, self._value._version  # pyright: ignore[reportAttributeAccessIssue]

    def settle(self) -> None:
        """Note where the tensor was changed through a view of it, or as the source of one."""
        if self._value._version != self._version_noted:  # pyright: ignore[reportAttributeAccessIssue]
            message = (
                "a tensor of the critic was changed in place through a view of it, which bounds cannot follow; "
                "compute the result out of place."
            )
            self.renew(Unknown(tuple(self._value.shape), message))

    def node(self) -> Node:
        """Return how the tensor came about."""
        return self._node

    def value(self) -> Tensor:
        """Return the tensor behind it."""
        return self._value

    def __repr__(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Show the shape, in error messages."""
        return f"Traced{tuple(self._value.shape)}"

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Hand the call to the recorder."""
        return traced_in((args, kwargs))[0]._recorder(func, args, kwargs or {})

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Refuse what was not seen above."""
        raise BoundError(
            f"bounds cannot follow how the critic calls {func}; give the layer a rule of its own."
        )


def tensors_in(tree: Any) -> list[Tensor]:
    """Return the tensors of a tree, in order."""
    return [leaf for leaf in pytree.tree_leaves(tree) if isinstance(leaf, Tensor)]


def traced_in(tree: Any) -> list[Traced]:
    """Return the traced tensors of a tree, in order."""
    return [leaf for leaf in tensors_in(tree) if isinstance(leaf, Traced)]


def values_of(tree: Any) -> Any:
    """Return the tree with the tensors behind the traced ones."""

    def value(leaf: Any) -> Any:
        return leaf.value() if isinstance(leaf, Traced) else leaf

    return pytree.tree_map(value, tree)
