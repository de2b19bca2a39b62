"""Calling a penalty that somebody wrote: on samples of a form it accepts, from a seed, leaving no trace."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lipschitz.errors import PenaltyError
from lipschitz.testing.identify.forms import COMMON, COMMON_SIZES, RANKS, Form, enlarged, variations
from lipschitz.testing.identify.probing_critics import ProbingCritic, Record, Regions, everywhere
from lipschitz.testing.identify.samples import Samples, apart, signs

PenaltyFunction = Callable[[Any, Any, Any], Any]
"""``fn(critic, real, fake)``, a penalty as training scripts write it."""

SHOWN = 4
"""Failures that an error message lists."""


class NotAScalarError(PenaltyError):
    """A penalty was computed, and it is not one floating-point number."""


@dataclass(frozen=True)
class Penalty:
    """A penalty function together with a form of samples it accepts.

    Attributes:
        function: called ``function(critic, real, fake)``.
        form: of the samples.
    """

    function: PenaltyFunction
    form: Form

    def __call__(self, critic: nn.Module, samples: Samples, seed: int = 0) -> Tensor:
        """Return the penalty, shape (), with whatever graph the function gave it.

        Raises:
            PenaltyError: the function raises, or the penalty is no scalar.
        """
        with _global_seeds(seed), torch.inference_mode(False), torch.enable_grad():
            try:
                value = self.function(critic, samples.real.clone(), samples.fake.clone())
            except Exception as error:
                lines = str(error).strip().splitlines()
                what = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
                raise PenaltyError(
                    f"fn(critic, real, fake) raises, with samples of shape {tuple(samples.real.shape)}: {what}"
                ) from error
            return _as_scalar(value, self.form.size)

    def critic(
        self,
        slopes: Tensor,
        regions: Regions = everywhere,
        *,
        curvature: float = 0.0,
        record: Record | None = None,
    ) -> ProbingCritic:
        """Return a new critic with these slopes, shape (R, D) or (D,)."""
        slopes = slopes.reshape(-1, self.form.features)
        return ProbingCritic(self.form, slopes, regions, curvature=curvature, record=record)

    def of_linear_critic(self, magnitude: float) -> float:
        """Return the penalty of a critic whose gradient has this absolute value in every coordinate."""
        with torch.no_grad():
            self._linear.slopes.copy_(magnitude * signs(self.form))
        return float(self(self._linear, apart(self.form)).detach())

    @cached_property
    def _linear(self) -> ProbingCritic:
        # One for all magnitudes: some penalties examine every critic that is new to them.
        return self.critic(signs(self.form))

    def in_other_form(
        self, *, size: int | None = None, shape: tuple[int, ...] | None = None
    ) -> Penalty | None:
        """Return the penalty with another batch size or shape, or `None` if it does not run there."""
        form = dataclasses.replace(self.form, size=size or self.form.size, shape=shape or self.form.shape)
        other = dataclasses.replace(self, form=form)
        return other if isinstance(other.tried(), float) else None

    def with_twice_the_samples(self) -> Penalty | None:
        """Return the penalty on batches twice as large, or `None` if it does not run there."""
        return self.in_other_form(size=2 * self.form.size)

    def with_larger_samples(self) -> Penalty | None:
        """Return the penalty on samples with more numbers in them, or `None` if it does not run there."""
        return self.in_other_form(shape=enlarged(self.form.shape))

    def tried(self) -> float | PenaltyError:
        """Return the penalty of a linear critic, or what went wrong."""
        try:
            return self.of_linear_critic(1 / math.sqrt(self.form.features))
        except PenaltyError as error:
            return error


def accepted(
    function: PenaltyFunction, shape: tuple[int, ...] | None, size: int | None
) -> tuple[list[Penalty], list[str]]:
    """Find the forms of samples that a function accepts.

    Args:
        function: the penalty.
        shape: of one sample, where only one is to be tried.
        size: of a batch, where only one is to be tried.

    Returns:
        The penalty with each shape it accepts, and for every other shape tried why not.

    Raises:
        PenaltyError: the function is not callable, or works with none.
    """
    if not callable(function):
        raise PenaltyError(
            f"identify_penalty takes a function fn(critic, real, fake) -> scalar, got {function!r}."
        )
    found: list[Penalty] = []
    refused: dict[str, PenaltyError] = {}
    for shapes, sizes in _rounds(shape, size):
        for tried_size in sizes:
            for tried_shape in shapes:
                got = _first_that_works(function, tried_shape, tried_size)
                if isinstance(got, Penalty):
                    found.append(got)
                else:
                    refused.setdefault(str(Form(tried_shape)).replace("B", str(tried_size)), got)
            if found:
                return found, list(map(str, refused.values()))
    first = next(
        (e for e in refused.values() if isinstance(e, NotAScalarError)), next(iter(refused.values()))
    )
    texts = list(dict.fromkeys(map(str, refused.values())))
    listed = "\n".join(f"  {text}" for text in texts[:SHOWN])
    if len(texts) > SHOWN:
        listed += (
            f"\n  and {len(texts) - SHOWN} more, up to batches of {max(COMMON_SIZES)} and shape {COMMON[-1]}"
        )
    raise PenaltyError(
        f"no gradient penalty could be computed. {first}\nIf fn works for one shape or batch size only, name them: "
        f"identify_penalty(fn, shape=(3, 32, 32), batch_size=64). What was tried:\n{listed}"
    ) from first


def _rounds(
    shape: tuple[int, ...] | None, size: int | None
) -> Iterable[tuple[Iterable[tuple[int, ...]], Iterable[int]]]:
    sizes = COMMON_SIZES if size is None else (size,)
    if shape is not None:
        return [((shape,), sizes)]
    return [(RANKS, sizes[:1]), (COMMON, sizes[:1]), (RANKS, sizes[1:]), (COMMON, sizes[1:])]


def _first_that_works(function: PenaltyFunction, shape: tuple[int, ...], size: int) -> Penalty | PenaltyError:
    errors: list[PenaltyError] = []
    for form in variations(shape, size):
        penalty = Penalty(function, form)
        got = penalty.tried()
        if not isinstance(got, PenaltyError):
            return penalty
        errors.append(got)
    return errors[0]


def _as_scalar(value: Any, size: int) -> Tensor:
    if isinstance(value, (bool, int, float)):
        return torch.tensor(float(value), dtype=torch.float64)
    if not isinstance(value, Tensor):
        raise NotAScalarError(f"a penalty must be a scalar tensor, got {type(value).__name__}.")
    if value.numel() != 1 or not value.is_floating_point():
        hint = (
            "it looks like one term per sample; pass lambda *args: fn(*args).mean()"
            if value.shape[:1] == (size,)
            else "reduce it to one number"
        )
        raise NotAScalarError(
            f"a penalty must be a floating-point scalar, got {value.dtype} of shape {tuple(value.shape)}; {hint}."
        )
    return value.reshape(())


@contextmanager
def _global_seeds(seed: int) -> Generator[None]:
    """Start the global generators of torch, NumPy and Python from a seed, and put them back afterwards."""
    # Not torch.manual_seed, which would also start the generators of every GPU anew.
    generator: Any = torch.default_generator
    states = random.getstate(), np.random.get_state(), generator.get_state()  # noqa: NPY002 - what scripts use
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        generator.set_state(states[2])
