"""Which layer is to blame? Runs of a critic watched layer by layer, and layers called alone on what they were given."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from lipschitz import trees
from lipschitz.critic import named_layers
from lipschitz.probing import differ

Run = Callable[[], Any]
"""Calls the critic."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer.

    Attributes:
        path: of the layer.
        layer: called as ``layer(*given, **named)``.
        given: copies of its arguments.
        named: copies of its keyword arguments.
        outputs: copies of the tensors it returned.
    """

    path: str
    layer: nn.Module
    given: tuple[Any, ...]
    named: dict[str, Any]
    outputs: tuple[Tensor, ...]

    def alone(self) -> tuple[Callable[[], list[Tensor]], list[Tensor]]:
        """Return a function that calls the layer again, and the leaves of autograd it depends on."""
        watched: list[Tensor] = []

        def fresh(leaf: Any) -> Any:
            if not isinstance(leaf, Tensor) or not leaf.is_floating_point():
                return leaf
            watched.append(leaf.detach().clone().requires_grad_(True))
            return watched[-1]

        given, named = trees.map_leaves(fresh, (self.given, self.named))

        def again() -> list[Tensor]:
            def copied(leaf: Any) -> Any:  # a layer may work in place, which autograd refuses on its leaves
                return leaf.clone() if isinstance(leaf, Tensor) else leaf

            arguments, keywords = trees.map_leaves(copied, (given, named))
            return tensors_of(self.layer(*arguments, **keywords))

        return again, watched


def tensors_of(tree: Any) -> list[Tensor]:
    """Return the floating-point tensors in anything."""
    return [
        leaf for leaf in pytree.tree_leaves(tree) if isinstance(leaf, Tensor) and leaf.is_floating_point()
    ]


def calls(critic: nn.Module, run: Run) -> list[Call]:
    """Return the calls of all layers in one run, in the order in which they end: inner layers before outer ones."""
    found: list[Call] = []
    begun: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def begin(layer: nn.Module, given: Any, named: Any) -> None:
        begun.append(trees.map_leaves(_copied, (given, named)))

    def end(path: str) -> Callable[..., None]:
        def done(layer: nn.Module, given: Any, named: Any, output: Any) -> None:
            arguments, keywords = begun.pop()
            outputs = tuple(leaf.detach().clone() for leaf in tensors_of(output))
            found.append(Call(path, layer, arguments, keywords, outputs))

        return done

    with _hooked(critic, lambda path: (begin, end(path))), torch.no_grad():
        run()
    return found


def differing_layers(critic: nn.Module, first: Run, second: Run, kept: Tensor | None = None) -> list[str]:
    """Return the layers that return other values in a second run although they were given the same.

    Where a layer differs, its values of the first run are handed on, so that layers after it are judged alone. What
    takes the gradient of such a layer in its own forward pass is not judged.

    Args:
        critic: whose layers to compare.
        first: a run, to compare with.
        second: another one.
        kept: shape (B,), the rows that must not differ; by default everything must be equal.
    """
    recorded: dict[str, list[Call]] = {}
    for call in calls(critic, first):
        recorded.setdefault(call.path, []).append(call)
    begun: list[tuple[Any, ...]] = []
    found: dict[str, None] = {}
    excused: set[str] = set()

    def begin(layer: nn.Module, given: Any, named: Any) -> None:
        begun.append(tuple(leaf.detach().clone() for leaf in tensors_of((given, named))))

    def end(path: str) -> Callable[..., Any]:
        def done(layer: nn.Module, given: Any, named: Any, output: Any) -> Any:
            inputs = begun.pop()
            earlier = recorded.get(path)
            if not earlier:
                return None
            call = earlier.pop(0)
            flat, structure = pytree.tree_flatten(output)
            places = [
                i for i, leaf in enumerate(flat) if isinstance(leaf, Tensor) and leaf.is_floating_point()
            ]
            if len(places) != len(call.outputs):
                return None
            before = tensors_of((call.given, call.named))
            blamed = len(before) == len(inputs) and not any(map(_unequal(kept), before, inputs))
            for place, old in zip(places, call.outputs, strict=True):
                if blamed and path not in excused and _unequal(kept)(old, flat[place]):
                    found[path] = None
                    if flat[place].requires_grad:  # someone around takes its gradient, which differs as well
                        excused.update(_around(path))
                # Below the tolerance too: cancellation in later layers would bring it out.
                flat[place] = _mended(old, flat[place], kept)
            return pytree.tree_unflatten(flat, structure)

        return done

    with _hooked(critic, lambda path: (begin, end(path))), torch.no_grad():
        second()
    return list(found)


def failing_layer(critic: nn.Module, run: Run) -> tuple[str, Exception] | None:
    """Return the innermost layer that was being called when a run failed, with the error; None if it did not fail.

    The path is empty when it failed in the critic's own forward or after it.
    """
    open_layers: list[str] = []

    def begin(path: str) -> Callable[..., None]:
        def start(layer: nn.Module, given: Any, named: Any) -> None:
            open_layers.append(path)

        return start

    def end(layer: nn.Module, given: Any, named: Any, output: Any) -> None:
        open_layers.pop()

    with _hooked(critic, lambda path: (begin(path), end)):
        try:
            run()
        except Exception as error:
            return (open_layers[-1] if open_layers else ""), error
    return None


@contextmanager
def _hooked(
    critic: nn.Module, hooks: Callable[[str], tuple[Callable[..., Any], Callable[..., Any]]]
) -> Generator[None]:
    handles: list[Any] = []
    for path, layer in named_layers(critic):
        before, after = hooks(path)
        # First and last, so that hooks of the critic's own (the old spectral norm) count as part of the layer.
        handles.append(layer.register_forward_pre_hook(before, prepend=True, with_kwargs=True))
        handles.append(layer.register_forward_hook(after, with_kwargs=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _copied(leaf: Any) -> Any:
    return leaf.detach().clone() if isinstance(leaf, Tensor) else leaf


def _unequal(kept: Tensor | None) -> Callable[[Tensor, Tensor], bool]:
    def unequal(a: Tensor, b: Tensor) -> bool:
        if a.shape != b.shape:
            return kept is None
        if kept is None:
            return differ(a, b)
        if a.shape[:1] != kept.shape:
            return False
        mask = kept.to(a.device)
        return differ(a[mask], b[mask])

    return unequal


def _around(path: str) -> Iterator[str]:
    """Yield the paths of the layers around one."""
    while path:
        path = path.rpartition(".")[0]
        yield path


def _mended(old: Tensor, new: Tensor, kept: Tensor | None) -> Tensor:
    if kept is None:
        return _with_graph(old, new)
    if old.shape != new.shape or old.shape[:1] != kept.shape:
        return new
    return torch.where(kept.to(old.device).reshape(-1, *[1] * (old.ndim - 1)), _with_graph(old, new), new)


def _with_graph(values: Tensor, source: Tensor) -> Tensor:
    """Return values with the graph of others: a critic may take gradients of its own in the forward pass."""
    if not source.requires_grad or values.shape != source.shape:
        return values
    # The difference is zero to the bit, except where it is no number.
    return values + (source - source.detach()).nan_to_num(0.0)


def innermost(found: list[Call]) -> Iterator[Call]:
    """Yield the first call of every layer, inner layers before outer ones."""
    seen: set[str] = set()
    for call in found:
        if call.path not in seen:
            seen.add(call.path)
            yield call
