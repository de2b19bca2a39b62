"""Two jobs timed in turn in one process, so that what disturbs the machine disturbs both.

Wall-clock time counts what other processes take away; the time this process computed for ("busy") does not, so
on one thread of a shared machine it is the robust one. On CUDA, busy is the time between two events.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

Job = Callable[[], object]


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    Attributes:
        seconds: aimed at for one comparison.
        fewest: pairs at least, even if that takes longer.
        most: pairs at most.
        sample: seconds one sample lasts at least; shorter jobs are repeated within it.
    """

    seconds: float
    fewest: int
    most: int
    sample: float


QUICK = Effort(seconds=0.7, fewest=3, most=25, sample=0.01)
FULL = Effort(seconds=15.0, fewest=7, most=101, sample=0.03)
ONCE = Effort(seconds=0.0, fewest=1, most=1, sample=0.0)


def stopwatch(device: torch.device) -> Callable[[Job, int], tuple[float, float]]:
    """Return a function from a job and a number of repetitions to (wall, busy) seconds a repetition."""

    def on_cpu(job: Job, repetitions: int) -> tuple[float, float]:
        wall, busy = time.perf_counter(), time.process_time()
        for _ in range(repetitions):
            job()
        busy, wall = time.process_time() - busy, time.perf_counter() - wall
        return wall / repetitions, busy / repetitions

    def on_cuda(job: Job, repetitions: int) -> tuple[float, float]:
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize(device)
        wall = time.perf_counter()
        start.record()
        for _ in range(repetitions):
            job()
        end.record()
        torch.cuda.synchronize(device)
        wall = time.perf_counter() - wall
        return wall / repetitions, start.elapsed_time(end) / 1e3 / repetitions

    return on_cuda if device.type == "cuda" else on_cpu


def compare(first: Job, second: Job, effort: Effort, device: torch.device) -> dict[str, object]:
    """Time two jobs in turn and return medians, and the ratio second / first.

    The order within a pair alternates. Python's collector rests during a sample, as in `timeit`.

    Returns:
        ``first_ms`` and ``second_ms`` (medians of busy time), ``ratio`` and ``wall_ratio``: `spread` of the ratios
        of the pairs, in busy and in wall-clock time; ``fastest_ratio``: of each side's fastest sample;
        ``pairs`` and ``repetitions`` (within a sample).
    """
    measure = stopwatch(device)
    for job in (first, second):  # what happens once: lazy initialisation, compilation, the allocator's growth
        measure(job, 1)
    once = max(measure(first, 1)[0], measure(second, 1)[0], 1e-6)
    repetitions = max(1, math.ceil(effort.sample / once))
    pairs = round(effort.seconds / (2 * repetitions * once))
    pairs = min(max(pairs, effort.fewest), effort.most)

    samples: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    gc.collect()
    gc.freeze()  # later collections look at new objects only and are cheap
    gc.disable()
    try:
        for i in range(pairs):
            for which in (0, 1) if i % 2 == 0 else (1, 0):
                samples[which].append(measure((first, second)[which], repetitions))
                gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()

    wall, busy = ([[sample[clock] for sample in side] for side in samples] for clock in (0, 1))
    return {
        "first_ms": 1e3 * statistics.median(busy[0]),
        "second_ms": 1e3 * statistics.median(busy[1]),
        "ratio": spread([b / a for a, b in zip(*busy, strict=True)]),
        "wall_ratio": spread([b / a for a, b in zip(*wall, strict=True)]),
        "fastest_ratio": min(busy[1]) / min(busy[0]),
        "pairs": pairs,
        "repetitions": repetitions,
    }


def spread(values: list[float]) -> dict[str, float]:
    """Return the median and the quartiles."""
    if len(values) == 1:
        return dict.fromkeys(("median", "low", "high"), values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": median, "low": low, "high": high}
