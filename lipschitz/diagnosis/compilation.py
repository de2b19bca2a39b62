"""Can torch.compile compile a whole penalty, and does that give the same numbers?

Traced with ``fullgraph=True`` and differentiated ahead of time, but not turned into machine code, which would take
a C++ compiler and a minute.
"""

from __future__ import annotations

import logging
import types
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn

from lipschitz.diagnosis.evaluation import first_line
from lipschitz.diagnosis.findings import Finding
from lipschitz.diagnosis.subject import Subject
from lipschitz.diagnosis.tracing import calls, innermost
from lipschitz.gradients import gradient_norms
from lipschitz.penalties import two_sided
from lipschitz.probing import as_found, differ

compiler: Any = cast(Any, torch).compile  # has no complete type annotations

TOLERANCE = 1e-3
"""Relative difference of a compiled penalty, or of its gradient, that is put down to rounding."""


def no_compile(subject: Subject) -> Iterator[Finding]:
    """Report critics whose penalty torch.compile refuses, or compiles into something else."""
    try:
        exact = _gradients(subject, _penalty(subject))
        with _quiet():
            compiled = _gradients(subject, _compiled(_penalty(subject)))
    except Exception as error:
        path = _first_refused(subject)
        yield Finding(
            code="no_compile",
            layer=path,
            severity="info",
            message=f"torch.compile(fullgraph=True) refuses {subject.name(path)} ({_reason(error)}), so the "
            f"penalty runs without compilation.",
            fix="nothing, unless you want to compile: then keep Python values, printing and libraries other than torch "
            "out of the forward pass",
        )
        return
    repeatable = not differ(
        subject.scores(seed=1), subject.scores(seed=2)
    )  # compiled code draws other numbers
    if repeatable and any(_far(a, b) for a, b in zip(exact, compiled, strict=True)):
        yield Finding(
            code="compile_differs",
            layer="",
            severity="warning",
            message="the compiled penalty or its gradient differs from the one computed step by step, so compiled "
            "training would go elsewhere.",
            fix="do not compile this critic's penalty; Python state that the forward pass changes is the usual reason",
        )


def _gradients(subject: Subject, penalty: Callable[..., Tensor]) -> list[Tensor]:
    """Return a penalty and its derivatives with respect to the parameters."""
    parameters = list(subject.trainable().values())
    with as_found(subject.critic):
        value = penalty(subject.points, *subject.condition)
        return [value.detach(), *torch.autograd.grad(value, parameters, materialize_grads=True)]


def _penalty(subject: Subject) -> Callable[..., Tensor]:
    critic = subject.critic

    def penalty(points: Any, *condition: Any) -> Tensor:
        return two_sided(gradient_norms(critic, points, *condition, engine="batched")).mean()

    return penalty


def _compiled(function: Callable[..., Any]) -> Any:
    # What was compiled is remembered with the code object, and only so many critics would fit on one.
    twin: Any = types.FunctionType(
        function.__code__.replace(co_name=f"{function.__name__}_"),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    return compiler(twin, backend="aot_eager", fullgraph=True, dynamic=False)


def _first_refused(subject: Subject) -> str:
    """Return the innermost first layer that is not PyTorch's own and cannot be compiled alone."""
    for call in innermost(calls(subject.critic, subject.call)):
        layer = call.layer
        if not call.path or type(layer).__module__.startswith("torch.nn"):
            continue

        def alone(*given: Any, layer: nn.Module = layer, **named: Any) -> Any:
            return layer(*given, **named)

        try:
            with _quiet(), as_found(subject.critic):
                _compiled(alone)(*call.given, **call.named)
        except Exception:
            return call.path
    return ""


def _reason(error: Exception) -> str:
    text = first_line(error)
    # Dynamo begins with the class of its error and puts what it was about on a line of its own.
    for line in str(error).splitlines():
        if line.strip().startswith("Explanation:"):
            return line.strip().removeprefix("Explanation:").strip().rstrip(".")[:160]
    return text


def _far(exact: Tensor, compiled: Tensor) -> bool:
    return not torch.allclose(
        exact, compiled, rtol=TOLERANCE, atol=TOLERANCE * float(exact.abs().max()) + 1e-9
    )


@contextmanager
def _quiet() -> Generator[None]:
    loggers = [logging.getLogger(name) for name in ("torch._dynamo", "torch._functorch", "torch.fx")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
