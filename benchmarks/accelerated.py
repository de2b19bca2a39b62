"""The critic step compiled, and captured in a CUDA graph: what a GPU user would turn on.

The points are drawn outside of what is compiled or captured, into a fixed tensor. The classic double backward
cannot be compiled (autograd with `create_graph` breaks the graph), but it can be captured.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from critics import Case
from sides import COEFFICIENT, Side, classic_penalty
from timing import Effort, compare
from torch import Tensor

import lipschitz

Step = Callable[[], object]


def _framework_at_points(side: Side, points: Tensor) -> Callable[[], Tensor]:
    constraint = lipschitz.build("two_sided_gradient_penalty", coefficient=COEFFICIENT, points="real")

    def objective() -> Tensor:
        scores = side.critic(side.fake).mean() - side.critic(side.real).mean()
        return scores + constraint.penalty(side.critic, lipschitz.Batch(real=points)).mean()

    return objective


def _classic_at_points(side: Side, points: Tensor) -> Callable[[], Tensor]:
    def objective() -> Tensor:
        scores = side.critic(side.fake).mean() - side.critic(side.real).mean()
        return scores + classic_penalty(side.critic, points)

    return objective


def _drawing(side: Side, points: Tensor, step: Step) -> Step:
    epsilon = torch.empty(len(points), *[1] * (points.ndim - 1), device=points.device, dtype=points.dtype)

    def run() -> None:
        epsilon.uniform_()
        torch.lerp(side.fake, side.real, epsilon, out=points)
        step()

    return run


def _step(side: Side, objective: Callable[[], Tensor]) -> Step:
    def step() -> None:
        loss = objective()
        side.optimizer.zero_grad()
        loss.backward()
        side.optimizer.step()

    return step


def _captured(side: Side, step: Step) -> Step:
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):  # lazy initialisation must not be captured
            step()
    torch.cuda.current_stream().wait_stream(stream)
    side.optimizer.zero_grad()  # so that the gradients live in the graph's memory
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def variants(device: torch.device) -> dict[str, Callable[[Case, Tensor, Tensor], Step]]:
    """Return makers of whole critic steps by name; those with graphs on CUDA only."""

    def side(case: Case, real: Tensor, fake: Tensor) -> tuple[Side, Tensor]:
        made = Side(case.critic().to(device), real, fake, lambda: real, capturable=device.type == "cuda")
        return made, torch.lerp(fake, real, 0.5)

    def eager(case: Case, real: Tensor, fake: Tensor) -> Step:
        made, points = side(case, real, fake)
        return _drawing(made, points, _step(made, _framework_at_points(made, points)))

    def compiled(mode: str) -> Callable[[Case, Tensor, Tensor], Step]:
        def make(case: Case, real: Tensor, fake: Tensor) -> Step:
            torch.compiler.reset()
            made, points = side(case, real, fake)
            objective = torch.compile(_framework_at_points(made, points), fullgraph=True, mode=mode)
            return _drawing(made, points, _step(made, objective))

        return make

    def graph(
        objective: Callable[[Side, Tensor], Callable[[], Tensor]],
    ) -> Callable[[Case, Tensor, Tensor], Step]:
        def make(case: Case, real: Tensor, fake: Tensor) -> Step:
            made, points = side(case, real, fake)
            return _drawing(made, points, _captured(made, _step(made, objective(made, points))))

        return make

    found = {"eager": eager, "compiled": compiled("default")}
    if device.type == "cuda":
        found["compiled, CUDA graphs"] = compiled("reduce-overhead")
        found["CUDA graph"] = graph(_framework_at_points)
        found["classic, CUDA graph"] = graph(_classic_at_points)
    return found


def accelerated(case: Case, size: int, effort: Effort, device: torch.device) -> dict[str, object]:
    """Time each variant's critic step against the classic eager one; what fails says why.

    Attention needs its math kernel while a double backward is recorded; the classic step is not timed without.
    """
    if case.attention:
        return {"skipped": "attention kernels are chosen by a context that does not reach compiled code"}
    real, fake = (x.to(device) for x in case.samples(size))
    base = Side(case.critic().to(device), real, fake, lambda: real, capturable=device.type == "cuda")
    points = torch.lerp(fake, real, 0.5)
    classic = _drawing(base, points, _step(base, _classic_at_points(base, points)))
    results: dict[str, object] = {}
    for name, make in variants(device).items():
        try:
            results[name] = compare(classic, make(case, real, fake), effort, device)
        except Exception as error:  # a missing compiler, an operation that cannot be captured, ...
            results[name] = {"failed": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"}
    return results
