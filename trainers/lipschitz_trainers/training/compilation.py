"""A critic's terms through `torch.compile`, checked against eager code before they are trusted."""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lipschitz import Batch, TrainingError
from lipschitz.undisturbed import undisturbed

logger = logging.getLogger("lipschitz_trainers")

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-3}
"""Largest difference of value and gradients, relative to the largest entry, taken for rounding; by dtype."""

LOW_PRECISION = 5e-2
"""The same under autocast."""


class CompiledTerms:
    """Computes the terms of a critic step by compiled code; by eager code where that does not work.

    At the first step, value and gradients of both are compared, with the same random numbers: a compiler may be
    silently wrong about derivatives of derivatives (pytorch issues 91469, 136662). Whatever goes wrong, then or
    later, is said once and training goes on without compilation.

    Attributes:
        active: whether compiled code is still in use.
    """

    def __init__(self, terms: Callable[[Batch], Any], critic: nn.Module, backend: str = "inductor") -> None:
        """Take a function from a batch to a named tuple of scalars, the first of which is minimized."""
        self.terms = terms
        self.critic = critic
        self.active = True
        options = _options(critic) if backend == "inductor" else None
        compiler: Any = torch.compile
        try:
            self._compiled = compiler(_own_code(terms), fullgraph=True, backend=backend, options=options)
        except Exception as error:
            known = ", ".join(compiler_backends())
            raise TrainingError(
                f"torch.compile has no backend {backend!r} here ({_first_line(error)}); there are: {known}."
            ) from error
        self._checked = False

    def __call__(self, batch: Batch) -> Any:
        """Return the terms for a batch."""
        if not self.active:
            return self.terms(batch)
        try:
            if not self._checked:
                self._check(batch)
            return self._compiled(batch)
        except Exception as error:
            # The same error from eager code is the user's to see, and has nothing to do with compiling.
            result = self.terms(batch)
            self._give_up(f"{type(error).__name__}: {_first_line(error)}")
            return result

    def _check(self, batch: Batch) -> None:
        self._checked = True
        found: list[tuple[Tensor, list[Tensor]]] = []
        for compute in (self.terms, self._compiled):
            state = None if batch.generator is None else batch.generator.get_state()
            try:
                with undisturbed(self.critic, batch.device):
                    total = compute(batch)[0]
                    found.append((total.detach(), self._gradients(total)))
            finally:
                if batch.generator is not None and state is not None:
                    batch.generator.set_state(state)
        (value, eager), (got, compiled) = found
        autocast = torch.is_autocast_enabled(batch.device.type)
        tolerance = LOW_PRECISION if autocast else TOLERANCE.get(batch.dtype, LOW_PRECISION)
        worst = max(_difference([value], [got]), _difference(eager, compiled))
        if not worst <= tolerance:  # NaN counts as different
            raise _DifferentError(
                f"compiled and eager code differ by {worst:.1e} of the largest entry, more than {tolerance:.0e}"
            )

    def _gradients(self, total: Tensor) -> list[Tensor]:
        parameters = [parameter for parameter in self.critic.parameters() if parameter.requires_grad]
        found = torch.autograd.grad(total, parameters, allow_unused=True, materialize_grads=True)
        return list(found)

    def _give_up(self, reason: str) -> None:
        self.active = False
        logger.warning(
            "compile: training goes on without torch.compile, the results are the same. Reason: %s. "
            "`lipschitz doctor` says which layer of a critic cannot be compiled.",
            reason,
        )


def compiler_backends() -> list[str]:
    """Return the backends of `torch.compile` on this machine."""
    compiler: Any = torch.compiler
    return [
        "inductor",
        *(name for name in compiler.list_backends() if name != "inductor"),
        "aot_eager",
        "eager",
    ]


def _options(critic: nn.Module) -> dict[str, Any]:
    # Random numbers as in eager code: otherwise nothing that drops units could be compared. The second option is for
    # draws from the batch: torch 2.13 moves operations to save memory, and heeds no declared order of effects there.
    options: dict[str, Any] = {"fallback_random": True, "reorder_for_peak_memory": False}
    if next(critic.buffers(), None) is not None:
        # Imported here, since it brings the whole compiler along. Older releases have nothing to choose: there the
        # comparison at the first step decides.
        with contextlib.suppress(ImportError):
            from lipschitz_trainers.training.recomputation import NothingRecomputed

            options["custom_partitioner_fn"] = NothingRecomputed()
    return options


_copies = itertools.count()


def _own_code(terms: Callable[[Batch], Any]) -> Callable[[Batch], Any]:
    """Return the same function with a code object of its own: the compiler counts recompilations by code object."""

    def compute(batch: Batch) -> Any:
        return terms(batch)

    compute.__code__ = compute.__code__.replace(co_name=f"critic_terms_{next(_copies)}")
    return compute


class _DifferentError(Exception):
    """Compiled code computes something else."""


def _difference(a: Sequence[Tensor], b: Sequence[Tensor]) -> float:
    """Return the largest difference, relative to the largest entry of the first."""
    scale = max((float(x.abs().max()) for x in a if x.numel()), default=0.0)
    worst = max((float((x - y).abs().max()) for x, y in zip(a, b, strict=True) if x.numel()), default=0.0)
    return 0.0 if worst == 0 else worst / max(scale, 1e-30)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else "no message"
