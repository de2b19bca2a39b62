"""When does the one-sided penalty on the violators alone pay?

Samples whose gradient norm is at most the target cost nothing and pass no gradient on. With `violators_only` norms of
all samples come without a graph, then those of the violators with one. The first stage is work that the dense penalty
shares with its graph, so this wins where violators are few and loses where they are many.

Two questions, two tables: the cost by the share p of violators, beside the dense penalty of the framework and the
classic double backward; and p as it is while a GAN trains. `pays` in the results is computed from both.

    python benchmarks/sparse_one_sided.py [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import itertools
import json
import statistics
import warnings
from pathlib import Path
from typing import Any

import torch
from critics import CASES, Case
from equality import TOLERANCES, difference
from penalty_cost import EQUALITY_IMAGES, machine
from sides import COEFFICIENT, Side, classic_penalty, drawn_points
from timing import FULL, QUICK, Effort, compare
from torch import Tensor, nn

import lipschitz
from lipschitz_trainers import registry
from lipschitz_trainers.training import Optimization, TrainedGenerator, Trainer

SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
CPU = torch.device("cpu")


def cost(case: Case, share: float, size: int, effort: Effort) -> dict[str, Any]:
    """Compare the three penalties with their backward where exactly this share of the samples violates."""
    prepared = lipschitz.build("one_sided_gradient_penalty", coefficient=COEFFICIENT)
    critic = case.critic()
    real, fake = case.samples(size)
    points = drawn_points(real, fake, torch.Generator().manual_seed(0))
    critic = prepared.prepare(critic, lipschitz.Batch(real=real, fake=fake))
    sides = three_sides(critic, points, share)
    apart = differences(copy.deepcopy(critic).double(), points[:EQUALITY_IMAGES].double(), share)
    rows: dict[str, Any] = {"critic": case.name, "batch": size, "share": share, "difference": apart}
    rows["equal"] = max(apart.values()) <= TOLERANCES["float64"]
    for base in ("dense", "classic"):
        rows[f"sparse_to_{base}"] = compare(
            lambda side=sides[base]: _back(side), lambda: _back(sides["sparse"]), effort, CPU
        )
    return rows


def differences(critic: nn.Module, points: Tensor, share: float) -> dict[str, float]:
    """Return how far the gradients of the dense and the sparse penalty are from the classic ones, in float64.

    Relative to the largest entry; with no violators, where every gradient must be zero, absolute.
    """
    gradients: dict[str, list[Tensor]] = {}
    for name, side in three_sides(critic, points, share).items():
        _back(side)
        gradients[name] = side.gradients()
    if share == 0:
        return {name: _largest(found) for name, found in gradients.items()}
    return {name: difference(gradients[name], gradients["classic"]) for name in ("dense", "sparse")}


def three_sides(critic: nn.Module, points: Tensor, share: float) -> dict[str, Side]:
    """Return the classic, the dense and the sparse one-sided penalty, on one prepared critic."""
    target = target_for(lipschitz.gradient_norms(critic, points).detach(), share)
    dense, sparse = (
        lipschitz.build(
            "one_sided_gradient_penalty",
            coefficient=COEFFICIENT,
            target=target,
            points="real",
            violators_only=violators_only,
        )
        for violators_only in (False, True)
    )
    penalties = {
        "classic": lambda: classic_penalty(critic, points, kind="one_sided", target=target),
        "dense": lambda: dense.penalty(critic, lipschitz.Batch(real=points)).mean(),
        "sparse": lambda: sparse.penalty(critic, lipschitz.Batch(real=points)).mean(),
    }
    return {name: Side(critic, points, points, penalty) for name, penalty in penalties.items()}


def target_for(norms: Tensor, share: float) -> float:
    """Return a target that this share of the norms is above, at least one unless the share is 0."""
    ordered = norms.sort(descending=True).values
    violators = max(1, round(share * len(norms))) if share else 0
    if violators == 0:
        return 1.01 * float(ordered[0])
    if violators == len(norms):
        return 0.99 * float(ordered[-1])
    return float(ordered[violators - 1] + ordered[violators]) / 2


def _back(side: Side) -> None:
    side.optimizer.zero_grad()
    penalty = side.penalty()
    if penalty.requires_grad:
        penalty.backward()


def _largest(gradients: list[Tensor]) -> float:
    return max(float(g.abs().max()) for g in gradients)


@dataclasses.dataclass(frozen=True)
class Training:
    """A short training run whose violators are counted."""

    dataset: str
    critic: dict[str, Any]
    generator: dict[str, Any]
    latent: int
    batch: int
    iterations: int
    quick_iterations: int
    cost_of: str


MLP = {"name": "mlp", "width": 512, "depth": 3}
TRAININGS = (
    Training("swiss_roll", MLP, MLP, 2, 256, 400, 10, "toy_mlp"),
    Training("eight_gaussians", MLP, MLP, 2, 256, 400, 10, "toy_mlp"),
    Training(
        "digits",
        {"name": "conv_critic", "width": 32},
        {"name": "conv_generator", "width": 32},
        32,
        64,
        400,
        10,
        "dcgan_32",
    ),
)

_seen: list[float] = []


class Watched(lipschitz.constraints()["one_sided_gradient_penalty"]):
    """The one-sided penalty, noting the share of samples that cost something."""

    name = "watched_one_sided_gradient_penalty"

    def penalty(self, critic: Any, batch: lipschitz.Batch) -> Tensor:
        terms = super().penalty(critic, batch)
        _seen.append(float((terms > 0).float().mean()))
        return terms


def violators_in_training(training: Training, quick: bool) -> list[float]:
    """Return the share of violators at every critic step of a run."""

    def adam(parameters: Any) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, lr=1e-4, betas=(0.0, 0.9))

    def network(fields: dict[str, Any], inputs: tuple[int, ...], outputs: tuple[int, ...]) -> nn.Module:
        return registry.build("network", **fields).build(inputs, outputs)

    torch.manual_seed(0)
    source = registry.build("dataset", training.dataset).open()
    generator = network(training.generator, (training.latent,), source.shape)
    trainer = Trainer(
        critic=network(training.critic, source.shape, ()),
        constraint=Watched(coefficient=COEFFICIENT),
        objective=registry.build("objective", "wasserstein"),
        source=source,
        generator=TrainedGenerator(generator, training.latent, Optimization(adam)),
        optimization=Optimization(adam),
        batch_size=training.batch,
        critic_steps=5,
        device="cpu",
    )
    _seen.clear()
    trainer.fit(training.quick_iterations if quick else training.iterations)
    return list(_seen)


def ratio_at(share: float, costs: list[dict[str, Any]]) -> float:
    """Return the ratio of sparse to dense at a share, linear between the measured ones."""
    known = sorted((row["share"], row["sparse_to_dense"]["ratio"]["median"]) for row in costs)
    for (a, low), (b, high) in itertools.pairwise(known):
        if share <= b:
            return low + (high - low) * (share - a) / (b - a)
    return known[-1][1]


def break_even(costs: list[dict[str, Any]]) -> float | None:
    """Return the largest share of violators at which the sparse penalty is not slower, or `None` if it always is."""
    cheap = [k / 1000 for k in range(1001) if ratio_at(k / 1000, costs) <= 1]
    return max(cheap, default=None)


def verdict(expected_ratio: float) -> str:
    """Return ``"yes"``, ``"no"``, or ``"even"`` within five percent: no reason to choose either."""
    if abs(expected_ratio - 1) <= 0.05:
        return "even"
    return "yes" if expected_ratio < 1 else "no"


def study(quick: bool, effort: Effort) -> dict[str, Any]:
    """Return both tables and the verdict."""
    costs = []
    for name in ("toy_mlp", "dcgan_32"):
        case = CASES[name]
        for share in SHARES:
            row = cost(case, share, case.size(quick), effort)
            costs.append(row)
            to_dense, to_classic = (
                row[f"sparse_to_{base}"]["ratio"]["median"] for base in ("dense", "classic")
            )
            print(
                f"{name:10} violators {share:4.0%}: sparse / dense {to_dense:.3f}, sparse / classic {to_classic:.3f}, "
                f"gradients {'equal' if row['equal'] else 'DIFFER'} ({max(row['difference'].values()):.0e}, float64)"
            )
    trainings = []
    for training in TRAININGS:
        shares = violators_in_training(training, quick)
        own = [row for row in costs if row["critic"] == training.cost_of]
        ratios = [ratio_at(share, own) for share in shares]
        tenths = [
            statistics.fmean(shares[k * len(shares) // 10 : (k + 1) * len(shares) // 10]) for k in range(10)
        ]
        row = {"dataset": training.dataset, "critic_steps": len(shares), "batch": training.batch}
        row |= {"share": statistics.fmean(shares), "share_by_tenth": tenths, "cost_as": training.cost_of}
        row |= {"break_even": break_even(own), "expected_ratio": statistics.fmean(ratios)}
        row["pays"] = verdict(row["expected_ratio"])
        trainings.append(row)
        print(
            f"{training.dataset:16} {len(shares)} critic steps: violators {row['share']:.1%} on average, by tenth "
            f"{' '.join(f'{x:.2f}' for x in tenths)}; expected sparse / dense {row['expected_ratio']:.3f}"
        )
    return {"cost": costs, "training": trainings}


def main() -> None:
    """Run the study, print and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="about half a minute; very short trainings")
    parser.add_argument(
        "--seconds", type=float, help="aimed at for one comparison, instead of the mode's own"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    effort = QUICK if chosen.quick else FULL
    if chosen.seconds is not None:
        effort = dataclasses.replace(effort, seconds=chosen.seconds)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message="There is a performance drop")
    record = {"environment": machine(CPU), "mode": "quick" if chosen.quick else "full"}
    record |= study(chosen.quick, effort)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
