"""The critic under examination and what to call it with."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils import parametrize

from lipschitz import trees
from lipschitz.batch import Batch
from lipschitz.critic import CriticOutput, scores_of
from lipschitz.scrap import redraw, scrap_copy
from lipschitz.seeding import reseed
from lipschitz.trees import Tree

_cudnn: Any = torch.backends.cudnn  # has no complete type annotations
_sdpa_kernel: Any = sdpa_kernel

TRIES = 4
"""Random weights that are tried before a critic counts as flat."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A critic that checks may do anything to, and what to call it with.

    Attributes:
        critic: a copy in the original's mode; the original itself where `copied` is false.
        batch: the example as given, at least two samples.
        points: its first samples, at most 8.
        condition: their conditions.
        copied: whether `critic` is a copy; otherwise only its buffers are put back afterwards.
        visible: whether the critic is a module, so that its layers and parameters are known.
    """

    critic: nn.Module
    batch: Batch
    points: Tree
    condition: tuple[Any, ...]
    copied: bool = True
    visible: bool = True

    @property
    def size(self) -> int:
        """Number of samples in `points`."""
        return trees.leaves(self.points)[0].shape[0]

    @property
    def device(self) -> torch.device:
        """Where the points are."""
        return trees.leaves(self.points)[0].device

    def call(self, points: Tree | None = None, *, seed: int = 1) -> Any:
        """Return what the critic returns, here or at other points; the same randomness each time, no buffer changes."""
        reseed(seed, [self.device])
        # Copies of buffers instead of putting values back: autograd may have saved what a layer updates in place.
        buffers = {path: buffer.clone() for path, buffer in self.critic.named_buffers()}
        arguments = (self.points if points is None else points, *self.condition)
        return functional_call(self.critic, buffers, arguments)

    def scores(self, points: Tree | None = None, *, seed: int = 1) -> Tensor:
        """Return the scores, shape (B,)."""
        return scores_of(self.call(points, seed=seed), self.size)

    def slopes(self, points: Tree | None = None, *, seed: int = 1) -> tuple[Tree, list[Tensor]]:
        """Return the points, watched by autograd, and the gradients of the summed scores there, with their graph."""
        watched = trees.map_leaves(watch, self.points if points is None else points)
        with torch.enable_grad(), differentiable_kernels():
            total = self.scores(watched, seed=seed).sum()
            slopes = torch.autograd.grad(
                total, trees.leaves(watched), create_graph=True, materialize_grads=True
            )
        return watched, list(slopes)

    def trainable(self) -> dict[str, nn.Parameter]:
        """Return the parameters that can be trained, by their path."""
        return {
            path: parameter
            for path, parameter in self.critic.named_parameters()
            if parameter.requires_grad and parameter.is_floating_point()
        }

    def name(self, path: str) -> str:
        """Return how messages call the layer at a path."""
        layer = self.critic.get_submodule(path)
        if not path:
            return "the critic" if not self.visible else f"the forward pass of {type(layer).__name__}"
        return type(layer).__name__.removeprefix("Parametrized")

    def redrawn(self, seed: int = 0) -> Subject:
        """Return the same with random parameters (which opens gates that start at zero) and random points."""
        if not self.copied:
            return self
        reseed(seed, [self.device])
        scrap = scrap_copy(self.critic)
        redraw(scrap)
        return replace(self, critic=scrap, points=trees.map_leaves(torch.randn_like, self.points))

    def alive(self) -> Subject:
        """Return the same with random parameters under which the scores are not flat, if there are any.

        Narrow rectifier networks may be dead, all by chance.
        """
        candidates = [self.redrawn(seed) for seed in range(TRIES)]
        return next((one for one in candidates if one._has_slope()), candidates[0])

    def _has_slope(self) -> bool:
        with torch.enable_grad():
            if not self.scores(trees.map_leaves(watch, self.points)).requires_grad:
                return False
        return any(bool((slope != 0).any()) for slope in self.slopes()[1])

    def in_float64(self) -> Subject | None:
        """Return the same in float64, or None where that does not work or scores are not repeatable."""
        if not self.copied:
            return None
        points, condition = trees.map_leaves(doubled, (self.points, self.condition))
        subject = replace(self, critic=scrap_copy(self.critic).double(), points=points, condition=condition)
        try:
            scores, again = subject.scores(), subject.scores(seed=2)
        except Exception:  # dtypes written into the critic, kernels without float64, ...
            return None
        usable = scores.dtype == torch.float64 and torch.allclose(scores, again, rtol=1e-12, atol=1e-12)
        return subject if usable and bool(scores.isfinite().all()) else None

    def for_quotients(self, samples: int = 4) -> Subject | None:
        """Return a few samples in float64, in evaluation mode, with plain weights; None where that does not work.

        Reparametrized weights become plain ones, since how they are computed may have jumps (signs on a diagonal, in
        Householder's form), or a power iteration that autograd does not follow.
        """
        if not self.copied:
            return None

        def few(leaf: Tensor) -> Tensor:
            return leaf[:samples]

        critic = scrap_copy(self.critic).eval()
        for layer in list(critic.modules()):
            for name in _reparametrized(layer):
                # Not remove_parametrizations: that takes the property from the class, which the original shares.
                steps: Any = layer.parametrizations
                steps[name] = _Plain(getattr(layer, name)).eval()
        points, condition = trees.map_leaves(few, (self.points, self.condition))
        return replace(self, critic=critic, points=points, condition=condition).in_float64()


class _Plain(nn.Module):
    """Stands for the reparametrization of a weight that is one no longer."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().clone())

    def forward(self) -> Tensor:
        return self.weight


def _reparametrized(layer: nn.Module) -> list[str]:
    steps: Any = getattr(layer, "parametrizations", {}) if parametrize.is_parametrized(layer) else {}
    return list(steps)


def doubled(leaf: Tensor) -> Tensor:
    """Return a tensor in float64, unless it holds no real numbers."""
    return leaf.double() if leaf.is_floating_point() else leaf


def watch(leaf: Tensor) -> Tensor:
    """Return the values of a tensor as a leaf that autograd watches."""
    return leaf.detach().clone().requires_grad_(True)


def everything_returned(raw: Any) -> list[Tensor]:
    """Return all differentiable tensors of what a critic returned: scores, logits, features."""
    tree = tuple(raw) if isinstance(raw, CriticOutput) else raw
    return [leaf for leaf in trees.leaves(tree) if isinstance(leaf, Tensor) and leaf.requires_grad]  # pyright: ignore[reportUnnecessaryIsInstance]


@contextmanager
def differentiable_kernels() -> Generator[None]:
    """Use the kernels whose gradients can be differentiated again: math attention, no cuDNN recurrence."""
    with ExitStack() as stack:
        stack.enter_context(_sdpa_kernel(SDPBackend.MATH))
        if _cudnn.is_available():
            stack.enter_context(_cudnn.flags(enabled=False))
        yield
