"""The two sides of the comparison: the classic double backward, written well, and the framework."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import lipschitz

COEFFICIENT = 10.0

Kind = Literal["two_sided", "one_sided"]


def drawn_points(real: Tensor, fake: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return one point on each segment, as by hand; the framework draws the same from an equal generator."""
    # float32 whatever the samples are, so that both sides see the same points in every dtype.
    epsilon = torch.rand(len(real), generator=generator, device=real.device).to(real.dtype)
    epsilon = epsilon.view(-1, *[1] * (real.ndim - 1))
    return epsilon * real + (1 - epsilon) * fake


def classic_penalty(
    critic: Callable[[Tensor], Tensor],
    points: Tensor,
    *,
    kind: Kind = "two_sided",
    target: float = 1.0,
    around_forward: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Tensor:
    """Return the mean penalty as a careful user writes it by hand, with `create_graph=True`."""
    points = points.detach().requires_grad_(True)
    with around_forward():
        scores = critic(points)
    (gradients,) = torch.autograd.grad(scores.sum(), points, create_graph=True)
    excess = torch.linalg.vector_norm(gradients.flatten(1), dim=1) - target
    if kind == "one_sided":
        excess = excess.clamp(min=0)
    return COEFFICIENT * excess.square().mean()


def math_attention() -> AbstractContextManager[object]:
    """Return the context in which attention has a double backward."""
    return sdpa_kernel(SDPBackend.MATH)


@dataclass
class Side:
    """One way to do a critic step.

    Attributes:
        critic: its own copy.
        real: real samples.
        fake: fake samples.
        penalty: returns the mean penalty, attached to the graph.
        capturable: whether the optimizer can be captured in a CUDA graph.
    """

    critic: nn.Module
    real: Tensor
    fake: Tensor
    penalty: Callable[[], Tensor]
    capturable: bool = False
    optimizer: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.Adam(
            self.critic.parameters(), lr=1e-4, betas=(0.0, 0.9), capturable=self.capturable
        )

    def penalty_and_backward(self) -> None:
        """The penalty alone, and its gradient."""
        self.optimizer.zero_grad()
        self.penalty().backward()

    def loss_and_backward(self) -> None:
        """Scores, Wasserstein loss and penalty, one backward."""
        loss = self.critic(self.fake).mean() - self.critic(self.real).mean() + self.penalty()
        self.optimizer.zero_grad()
        loss.backward()

    def step(self) -> None:
        """The whole critic step, optimizer included."""
        self.loss_and_backward()
        self.optimizer.step()

    def gradients(self) -> list[Tensor]:
        """Return copies of the parameters' gradients; a missing one counts as zero."""
        return [
            torch.zeros_like(p) if p.grad is None else p.grad.detach().clone()
            for p in self.critic.parameters()
        ]


def classic(
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    *,
    kind: Kind = "two_sided",
    target: float = 1.0,
    attention: bool = False,
    seed: int = 0,
) -> Side:
    """Return the classic side; attention is restricted to the kernel that can be derived twice."""
    generator = torch.Generator(real.device).manual_seed(seed)
    around = math_attention if attention else nullcontext

    def penalty() -> Tensor:
        points = drawn_points(real, fake, generator)
        return classic_penalty(critic, points, kind=kind, target=target, around_forward=around)

    return Side(critic, real, fake, penalty)


def framework(
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    *,
    kind: Kind = "two_sided",
    target: float = 1.0,
    attention: bool = False,
    seed: int = 0,
    probe: bool = True,
) -> Side:
    """Return the framework's side, prepared as a trainer does.

    Args:
        critic: its copy; prepared here.
        real: real samples.
        fake: fake samples.
        kind: which penalty.
        target: of the norm.
        attention: choose the kernel for the engine; one that does so by itself is called with false.
        seed: of the points.
        probe: whether `prepare` sees an example; false where it has, for the same critic.
    """
    constraint = lipschitz.build(f"{kind}_gradient_penalty", coefficient=COEFFICIENT, target=target)
    generator = torch.Generator(real.device).manual_seed(seed)
    probing = torch.Generator(real.device).manual_seed(1)
    example = lipschitz.Batch(real=real, fake=fake, generator=probing) if probe else None
    critic = constraint.prepare(critic, example)

    around = math_attention if attention else nullcontext

    def penalty() -> Tensor:
        with around():
            terms = constraint.penalty(critic, lipschitz.Batch(real=real, fake=fake, generator=generator))
        return terms.mean()

    return Side(critic, real, fake, penalty)
