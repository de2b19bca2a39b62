"""`check_constraint`: does a constraint obey the laws of `lipschitz.Constraint`, as far as can be observed?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch

from lipschitz.constraint import Constraint
from lipschitz.errors import CriticError, LawError, PluginError
from lipschitz.registry import require_valid
from lipschitz.testing import (
    laws_devices,
    laws_dtypes,
    laws_penalty,
    laws_prepare,
    laws_processes,
    laws_project,
    laws_samples,
    laws_sampling,
    laws_state,
    laws_training,
)
from lipschitz.testing.critics import CONFORMANCE_CRITICS, ExampleCritic
from lipschitz.testing.stock import Stock
from lipschitz.testing.trial import Trial

T = TypeVar("T")


@dataclass(frozen=True)
class Check:
    """One observation that a law predicts.

    Attributes:
        law: its number in the docstring of `lipschitz.Constraint`.
        run: raises `LawError`; returns why it could not be made, or `None`.
        every_dtype: whether to repeat it in every dtype.
    """

    law: int
    run: Callable[[Trial], str | None]
    every_dtype: bool = False

    @property
    def name(self) -> str:
        """Name in the report, such as ``"law 4: twice is once"``."""
        return f"law {self.law}: {getattr(self.run, '__name__', '').replace('_', ' ')}"


CHECKS: tuple[Check, ...] = (
    Check(2, laws_prepare.shapes_and_trainability_stay),
    Check(1, laws_state.is_a_value),
    Check(1, laws_state.attributes_stay),
    Check(1, laws_state.calls_are_not_remembered),
    Check(2, laws_prepare.weights_still_learn),
    Check(2, laws_prepare.twice_is_an_error_or_nothing),
    Check(2, laws_prepare.changes_are_declared),
    Check(5, laws_sampling.global_generators_stay),
    Check(5, laws_sampling.the_batch_decides),
    Check(1, laws_state.new_buffers_carry_its_name),
    Check(1, laws_state.state_dict_holds_everything),
    Check(3, laws_penalty.finite_and_not_negative, every_dtype=True),
    Check(3, laws_penalty.gradient_reaches_the_critic),
    Check(3, laws_penalty.finite_for_a_critic_of_zeros, every_dtype=True),
    Check(3, laws_penalty.critic_is_left_alone),
    Check(3, laws_penalty.samples_are_left_alone),
    Check(3, laws_penalty.coefficient_multiplies),
    Check(3, laws_training.composing_with_nothing_changes_nothing),
    Check(3, laws_training.composing_adds_up),
    Check(3, laws_training.every_takes_multiples),
    Check(3, laws_training.training_stays_finite),
    Check(4, laws_project.works_in_place),
    Check(4, laws_project.twice_is_once, every_dtype=True),
    Check(4, laws_project.inside_is_untouched, every_dtype=True),
    Check(4, laws_project.changes_are_declared),
    Check(6, laws_dtypes.one_sample_is_a_batch, every_dtype=True),
    Check(6, laws_dtypes.precisions_agree, every_dtype=True),
    Check(6, laws_dtypes.autocast_works, every_dtype=True),
    Check(6, laws_dtypes.any_device),
    Check(7, laws_samples.each_sample_alone, every_dtype=True),
    Check(7, laws_samples.shards),
    Check(7, laws_samples.order_does_not_matter),
)
"""Every check, in the order in which they run: each may rely on what those before it have found."""


@dataclass(frozen=True)
class Report:
    """What `check_constraint` did.

    Attributes:
        constraint: what was checked.
        checks: names of the checks that were made, each on every critic that was not refused.
        critics: names of the critics they were made on.
        refusals: (name of the critic, why the constraint refuses it).
        skipped: why some checks could not be made.
    """

    constraint: Constraint
    checks: tuple[str, ...]
    critics: tuple[str, ...]
    refusals: tuple[tuple[str, str], ...] = ()
    skipped: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the report in a few lines."""
        lines = [f"{self.constraint!r} passes {len(self.checks)} checks on {', '.join(self.critics)}."]
        lines += [f"refused: {name}: {reason}" for name, reason in self.refusals]
        lines += [f"not checked: {reason}" for reason in self.skipped]
        return "\n".join(lines)


def check_constraint(
    constraint: Constraint,
    *,
    critics: Sequence[ExampleCritic] | None = None,
    dtypes: Sequence[torch.dtype] = (torch.float32, torch.float64),
    seed: int = 0,
    device: str | None = None,
    processes: int = 1,
) -> Report:
    """Check that a constraint obeys the seven laws listed at `lipschitz.Constraint`.

    Runs all three moments on small critics many times and looks at values, gradients, parameters, buffers and
    random generators: alone, composed with others, lazily (`lipschitz.every`), after a round trip through a state
    dict, and over thirty training steps. What it cannot see: laws broken only on critics unlike the examples; and,
    unless asked for, other devices than ``cpu`` and ``meta``, and other processes.

    Args:
        constraint: a value, such as ``MyConstraint(coefficient=3)``.
        critics: what to check it on; by default `lipschitz.testing.critics.CONFORMANCE_CRITICS`. The constraint may
            refuse some of them with a `CriticError`, not all.
        dtypes: of critics and samples; most checks are made in the first one only.
        seed: of parameters and samples.
        device: one on which to repeat the penalty and the projection, such as ``"cuda"``.
        processes: from 2, also trains in as many processes (DDP over gloo, on the CPU) and in one, and compares.
            Takes some seconds; the constraint must be importable.

    Returns:
        What was checked, refused and skipped.

    Raises:
        LawError: a law is broken; the message says which, where, and with which numbers.
        PluginError: it is no constraint, its class could not even be registered, or cannot be sent to processes.
        FieldError: the device cannot be used here.

    Example:
        >>> import lipschitz
        >>> from lipschitz.testing.critics import PERCEPTRON
        >>> report = check_constraint(lipschitz.build("weight_clipping"), critics=[PERCEPTRON])
        >>> report.critics
        ('perceptron',)
        >>> "law 4: twice is once" in report.checks
        True
    """
    with _each_warning_once():
        return _checked(constraint, critics, dtypes, seed, device, processes)


def _checked(
    constraint: Constraint,
    critics: Sequence[ExampleCritic] | None,
    dtypes: Sequence[torch.dtype],
    seed: int,
    device: str | None,
    processes: int,
) -> Report:
    if not isinstance(constraint, Constraint):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise PluginError(f"check_constraint takes a constraint, such as MyConstraint(), got {constraint!r}.")
    require_valid(type(constraint))
    elsewhere = None if device is None else laws_devices.require_device(device)
    refusals: list[tuple[str, str]] = []
    checked: list[str] = []
    accepted: list[Trial] = []
    made: set[str] = set()
    skipped: dict[str, None] = {}  # in the order in which they came up, each once
    for example in CONFORMANCE_CRITICS if critics is None else critics:
        trial = Trial(constraint, example, dtypes[0], seed, Stock())
        reason = _refusal(trial)
        if reason is not None:
            refusals.append((example.name, reason))
            continue
        checked.append(example.name)
        accepted.append(trial)
        for check in CHECKS:
            for dtype in dtypes if check.every_dtype else dtypes[:1]:
                note = _run(check.law, check.run, trial.in_dtype(dtype))
                if note is None:
                    made.add(check.name)
                else:
                    skipped[note] = None
    if not checked:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in refusals) or "there was none to check"
        raise LawError(f"no law could be checked, since {constraint!r} refuses every critic: {reasons}")
    names = [check.name for check in CHECKS if check.name in made]
    if elsewhere is not None:
        for trial in accepted:
            _run(6, lambda trial: laws_devices.device_agrees_with_cpu(trial, elsewhere), trial)
        names.append(laws_devices.NAME)
    if processes > 1:
        in_double = [trial.in_dtype(torch.float64) for trial in accepted]
        notes = laws_processes.processes_learn_what_one_learns(in_double, processes)
        names += [] if notes else [laws_processes.NAME]
        skipped |= dict.fromkeys(notes)
    return Report(constraint, tuple(names), tuple(checked), tuple(refusals), tuple(skipped))


@contextmanager
def _each_warning_once() -> Generator[None]:
    """Let every message of the core's logger through once: a constraint is prepared hundreds of times here."""
    seen: set[str] = set()

    def is_new(record: logging.LogRecord) -> bool:
        message = record.getMessage()
        known = message in seen
        seen.add(message)
        return not known

    logger = logging.getLogger("lipschitz")
    logger.addFilter(is_new)
    try:
        yield
    finally:
        logger.removeFilter(is_new)


def _refusal(trial: Trial) -> str | None:
    """Return why the constraint cannot work with the trial's critic, or `None`."""
    before = laws_state.attributes_of(trial.constraint)  # before the first call, which some remember
    try:
        critic = _run(2, lambda trial: trial.prepared(), trial)
        _run(3, lambda trial: trial.penalty(critic, trial.batch()), trial)
        _run(4, lambda trial: trial.constraint.project(critic), trial)
    except LawError as error:
        if isinstance(error.__cause__, CriticError):
            return str(error.__cause__)
        raise
    laws_state.require_same_attributes(trial, before)
    return None


def _run(law: int, function: Callable[[Trial], T], trial: Trial) -> T:
    try:
        return function(trial)
    except LawError:
        raise
    except Exception as error:
        raise trial.broken(law, f"{type(error).__name__}: {error}") from error
    finally:
        if trial.stock is not None:
            trial.stock.give_back()
