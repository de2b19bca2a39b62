"""What does a critic step cost under each constraint, beside the same step without any?

For every registered constraint, with its default fields, and two critics: the whole critic step (scores of real and
fake, Wasserstein loss, penalty, one backward, Adam, projection), and the same step without a constraint. Weights that
a constraint computes from others are computed once a step, as the trainer does.

One process, one thread, both sides in turn; a ratio is the median over pairs of (constrained / bare) in the time this
process computed, with quartiles.

    python benchmarks/constraint_cost.py --quick
    python benchmarks/constraint_cost.py --json benchmarks/results/constraint_cost.json
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import logging
import sys
from pathlib import Path
from typing import Any

import torch
from critics import CASES, Case
from penalty_cost import machine
from timing import FULL, QUICK, Effort, compare
from torch import Tensor, nn
from torch.nn.utils import parametrize

import lipschitz

CRITICS = ("toy_mlp", "dcgan_32")
CPU = torch.device("cpu")


class Unconstrained(lipschitz.Constraint):
    """Does nothing at each of the three moments, and costs nothing."""

    name = "unconstrained"


class CriticStep:
    """The critic step of a trainer, on samples that stay the same."""

    def __init__(
        self, constraint: lipschitz.Constraint, critic: nn.Module, real: Tensor, fake: Tensor
    ) -> None:
        self.constraint, self.real, self.fake = constraint, real, fake
        example = lipschitz.Batch(real=real, fake=fake, generator=torch.Generator().manual_seed(1))
        self.critic = constraint.prepare(critic, example)
        self.optimizer = torch.optim.Adam(self.critic.parameters(), lr=1e-4, betas=(0.0, 0.9))
        self.generator = torch.Generator().manual_seed(0)
        self.done = 0

    def __call__(self) -> None:
        """Take one step."""
        batch = lipschitz.Batch(real=self.real, fake=self.fake, step=self.done, generator=self.generator)
        with parametrize.cached():
            loss = self.critic(self.fake).mean() - self.critic(self.real).mean()
            loss = loss + self.constraint.penalty(self.critic, batch).mean()
            self.optimizer.zero_grad()
            loss.backward()
        self.optimizer.step()
        self.constraint.project(self.critic, self.done)
        self.done += 1


def measure(name: str, case: Case, effort: Effort) -> dict[str, Any]:
    """Return what a step costs under a constraint, beside one without, on one critic."""
    real, fake = case.samples(case.batch)
    critic = case.critic()
    bare = CriticStep(Unconstrained(), copy.deepcopy(critic), real, fake)
    constrained = CriticStep(lipschitz.build(name), critic, real, fake)
    return {"critic": case.name, "batch": case.batch, **compare(bare, constrained, effort, CPU)}


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, write; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, help="aimed at for one comparison")
    parser.add_argument("--only", nargs="+", metavar="CONSTRAINT", help="these constraints; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    logging.getLogger("lipschitz").setLevel(logging.ERROR)  # a critic without dropout, and the like
    effort = QUICK if chosen.quick else FULL
    if chosen.seconds is not None:
        effort = dataclasses.replace(effort, seconds=chosen.seconds)
    cases = [CASES[name] for name in CRITICS]
    rows: dict[str, dict[str, Any]] = {}
    for name in chosen.only or lipschitz.constraints():
        cls = type(lipschitz.build(name))
        found = [measure(name, case, effort) for case in cases]
        rows[name] = {"family": cls.family, "cost": cls.cost, "critics": found}
        ratios = "  ".join(f"{row['critic']} {row['ratio']['median']:5.2f}" for row in found)
        print(f"{name:40} {cls.cost:18} {ratios}", flush=True)
    if chosen.json:
        record = {
            "environment": machine(CPU),
            "mode": "quick" if chosen.quick else "full",
            "constraints": rows,
        }
        chosen.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
