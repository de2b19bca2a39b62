"""How the cost of a penalty grows with the batch and with the size of the input."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from critics import Case, dcgan, mlp
from sides import classic, framework
from timing import Effort, compare

BATCHES, QUICK_BATCHES = (1, 4, 16, 64, 256, 1024), (16, 64, 256)
INPUTS, QUICK_INPUTS = (2, 32, 512, 8192), (2, 512)
IMAGE_BATCHES, QUICK_IMAGE_BATCHES = (1, 4, 16, 64), (4, 16)
IMAGE_SIDES, QUICK_IMAGE_SIDES = (16, 32, 64), (16, 32)


def growth(effort: Effort, device: torch.device, *, quick: bool) -> list[dict[str, Any]]:
    """Return one series per critic and varied size: time, ratio, and the exponent of the growth.

    The exponent p is the slope of log time over log size, by least squares: time ~ size^p. Small sizes are mostly
    overhead, so that of the two largest stands beside it.
    """

    def toy(batch: int, inputs: int) -> Case:
        return Case("toy_mlp", "", lambda: mlp(inputs), (inputs,), batch)

    def images(batch: int, side: int) -> Case:
        return Case("dcgan", "", lambda: dcgan(side), (3, side, side), batch)

    series: list[tuple[str, str, tuple[int, ...], Callable[[int], Case]]] = [
        ("toy_mlp", "batch", QUICK_BATCHES if quick else BATCHES, lambda n: toy(n, 2)),
        ("toy_mlp", "inputs (batch 64)", QUICK_INPUTS if quick else INPUTS, lambda n: toy(64, n)),
        ("dcgan", "batch (32x32)", QUICK_IMAGE_BATCHES if quick else IMAGE_BATCHES, lambda n: images(n, 32)),
        (
            "dcgan",
            "pixels a side (batch 16)",
            QUICK_IMAGE_SIDES if quick else IMAGE_SIDES,
            lambda n: images(16, n),
        ),
    ]
    found = []
    for critic, varied, sizes, case_of in series:
        rows = [{"size": size, **_penalty(case_of(size), effort, device)} for size in sizes]
        one: dict[str, Any] = {"critic": critic, "varied": varied, "rows": rows}
        for side, key in (("classic", "first_ms"), ("framework", "second_ms")):
            times = [row[key] for row in rows]
            one[f"{side}_exponent"] = exponent(sizes, times)
            one[f"{side}_exponent_at_the_end"] = exponent(sizes[-2:], times[-2:])
        found.append(one)
    return found


def _penalty(case: Case, effort: Effort, device: torch.device) -> dict[str, Any]:
    real, fake = (x.to(device) for x in case.samples(case.batch))
    critic = case.critic().to(device)
    first = classic(copy.deepcopy(critic), real, fake)
    second = framework(critic, real, fake)
    return compare(first.penalty_and_backward, second.penalty_and_backward, effort, device)


def exponent(sizes: tuple[int, ...], milliseconds: list[float]) -> float:
    """Return p of time ~ size^p by least squares on logarithms."""
    x = [math.log(size) for size in sizes]
    y = [math.log(value) for value in milliseconds]
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    return sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)) / sum(
        (a - x_mean) ** 2 for a in x
    )


def show(series: list[dict[str, Any]]) -> None:
    """Print the series."""
    for one in series:
        print(
            f"{one['critic']}, {one['varied']}: time ~ size^{one['framework_exponent']:.2f} "
            f"(classic {one['classic_exponent']:.2f}), at the end {one['framework_exponent_at_the_end']:.2f} "
            f"({one['classic_exponent_at_the_end']:.2f})"
        )
        for row in one["rows"]:
            ratio = row["ratio"]
            print(
                f"{row['size']:8d} classic {row['first_ms']:9.2f} ms   ours {row['second_ms']:9.2f} ms   "
                f"ratio {ratio['median']:.3f} ({ratio['low']:.3f}..{ratio['high']:.3f})"
            )
