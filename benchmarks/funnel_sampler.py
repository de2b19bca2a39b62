"""What does a draw from the pairs of the Wasserstein-1 benchmark cost, beside a sampler that forms every offset?

`MinFunnelsTruth.sample` draws points of P in double precision by two matrix products, in memory for points times
funnels. The other side writes the recipe out: offsets of all points from all centres, points x funnels x dimension, in
single precision, as in the published benchmark. Both draw uniform points first. One process, one thread, both in turn;
the ratio is naive / ours. Peak memory is that of one draw, beyond what is held before.

    python benchmarks/funnel_sampler.py [--points 4096] [--seconds 15] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from peak_memory import peak_bytes
from penalty_cost import machine
from timing import Effort, compare
from torch import Tensor

from lipschitz_trainers.truth import MinFunnelsTruth
from lipschitz_trainers.truth.funnels import HALF_WIDTH

CPU = torch.device("cpu")

PAIRS = ((2, 4), (16, 64), (128, 256))
"""Dimension and funnels: the smallest of the published pairs, one between, and the largest."""
BARS = {(128, 256): 5.0}
"""What the ratio of times must not be below."""


def naive(points: Tensor, centres: Tensor, heights: Tensor, power: float) -> Tensor:
    """Return the points of P that points of Q, shape (n, dimension), are coupled with; in their precision."""
    offsets = points.unsqueeze(1) - centres
    distances = offsets.norm(dim=2)
    lowest, active = (distances + heights).min(dim=1, keepdim=True)
    start = centres[active.squeeze(1)]
    below = distances.gather(1, active)
    v = (points - start) / below
    above_own_tip = lowest - heights
    excess = above_own_tip - (offsets * v.unsqueeze(1)).sum(dim=2)
    crossing = (distances.square() - above_own_tip.square()) / (2 * excess)
    crossing[~((crossing > 0) & (crossing > -above_own_tip))] = torch.inf
    crossing.scatter_(1, active, torch.inf)
    leaving = (HALF_WIDTH * v.sign() - points) / v
    length = below + torch.cat([crossing, leaving], dim=1).amin(dim=1, keepdim=True)
    return start + (below / length) ** power * length * v


def main(arguments: Sequence[str] | None = None) -> int:
    """Time both in turn and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=4096, help="of a draw")
    parser.add_argument("--seconds", type=float, default=15.0, help="aimed at for each row")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    effort = Effort(seconds=chosen.seconds, fewest=5, most=101, sample=0.03)

    rows = []
    print(f"{'pair':>10} {'naive':>9} {'ours':>9} {'ratio':>7} {'quartiles':>15} {'bar':>5} {'MiB':>17}")
    for dimension, funnels in PAIRS:
        truth = MinFunnelsTruth(dimension=dimension, funnels=funnels)
        centres, heights = truth.cones.centres.float(), truth.cones.heights.float()
        generator = torch.Generator().manual_seed(0)

        def written_out(
            truth: MinFunnelsTruth = truth,
            centres: Tensor = centres,
            heights: Tensor = heights,
            generator: torch.Generator = generator,
        ) -> Tensor:
            unit = torch.rand(chosen.points, truth.dimension, generator=generator)
            return naive(HALF_WIDTH * (2 * unit - 1), centres, heights, truth.power)

        def ours(truth: MinFunnelsTruth = truth, generator: torch.Generator = generator) -> Tensor:
            return truth.sample("p", chosen.points, generator)

        found = compare(ours, written_out, effort, CPU)
        memory = {"first_bytes": peak_bytes(ours, CPU), "second_bytes": peak_bytes(written_out, CPU)}
        bar = BARS.get((dimension, funnels))
        rows.append({"dimension": dimension, "funnels": funnels, **found, "memory": memory, "bar": bar})
        ratio, mebibytes = found["ratio"], [size / 2**20 for size in memory.values()]
        print(
            f"{f'd{dimension} n{funnels}':>10} {found['second_ms']:9.2f} {found['first_ms']:9.2f} "
            f"{ratio['median']:7.2f} {ratio['low']:7.2f}-{ratio['high']:.2f} {bar or '-':>5} "
            f"{mebibytes[1]:8.1f} {mebibytes[0]:8.1f}"
        )
    if chosen.json is not None:
        record = {"environment": machine(CPU), "mode": "full", "points": chosen.points, "pairs": rows}
        chosen.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
