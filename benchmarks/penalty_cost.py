"""What does a gradient penalty cost, beside the classic double backward?

For seven critics: the penalty with its backward, and the whole critic step (scores, Wasserstein loss, penalty,
one backward, Adam), of the framework and of the classic code (`torch.autograd.grad` with `create_graph=True`,
as a careful user writes it): time, peak memory, and whether the gradients are equal.

One process, one thread, both sides in turn; a ratio is the median over pairs of (framework / classic) in the
time this process computed, with quartiles. `--control` puts the classic code on both sides: every ratio should
then be 1, and what it differs by is noise.

    python benchmarks/penalty_cost.py --quick
    python benchmarks/penalty_cost.py --json benchmarks/results/penalty_cost.json
    python benchmarks/penalty_cost.py --growth --json benchmarks/results/penalty_growth.json
    python benchmarks/penalty_cost.py --device cuda          also compiled and captured in CUDA graphs

Exit status 1 when a critic fails, or its gradients differ; a missed bar is reported only.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import torch
from accelerated import accelerated
from critics import CASES, Case
from equality import equality
from growth import growth
from growth import show as show_growth
from peak_memory import peak_bytes
from sides import Kind, Side, classic, framework
from timing import FULL, QUICK, Effort, compare

from lipschitz_trainers.running.environment import environment

EQUALITY_IMAGES, QUICK_EQUALITY_IMAGES = 4, 2
"""Images the gradients are compared on: convolutions in float64 are slow. Vectors are all compared."""


def machine(device: torch.device) -> dict[str, Any]:
    """Return what ran this, for the record."""
    return {
        **environment(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": str(device),
    }


def needs_math_attention(case: Case, device: torch.device) -> bool:
    """Return whether the engine must be told which attention kernel has a double backward."""
    if not case.attention:
        return False
    real, fake = (x.to(device) for x in case.samples(2))
    try:
        framework(case.critic().to(device), real, fake).penalty_and_backward()
    except RuntimeError:
        return True
    return False


def measure(
    case: Case,
    effort: Effort,
    *,
    quick: bool = False,
    device: torch.device | None = None,
    control: bool = False,
    one_sided: bool = True,
    compiled: bool = False,
) -> dict[str, Any]:
    """Return everything measured for one critic, as it goes into the JSON."""
    device = torch.device("cpu") if device is None else device
    size = case.size(quick)
    real, fake = (x.to(device) for x in case.samples(size))
    told = needs_math_attention(case, device)

    def sides(kind: Kind) -> tuple[Side, Side]:
        critic = case.critic().to(device)
        first = classic(copy.deepcopy(critic), real, fake, kind=kind, attention=case.attention)
        if control:
            return first, classic(critic, real, fake, kind=kind, attention=case.attention)
        return first, framework(critic, real, fake, kind=kind, attention=told)

    result: dict[str, Any] = {
        "description": case.description,
        "parameters": sum(p.numel() for p in case.critic().parameters()),
        "shape": list(case.shape),
        "batch": size,
        "scaled_down_from_batch": case.batch if size != case.batch else None,
        "told_to_use_math_attention": told,
    }
    first, second = sides("two_sided")
    # Memory first: the optimizers' state must be there, nothing else of a step.
    first.step()
    second.step()
    result["memory"] = {}
    for what in ("penalty", "step"):
        bytes_ = []
        for side in (first, second):
            side.optimizer.zero_grad()
            job = side.penalty_and_backward if what == "penalty" else side.step
            bytes_.append(peak_bytes(job, device))
        result["memory"][what] = {
            "classic_bytes": bytes_[0],
            "framework_bytes": bytes_[1],
            "ratio": bytes_[1] / bytes_[0],
        }
    result["penalty"] = compare(first.penalty_and_backward, second.penalty_and_backward, effort, device)
    result["step"] = compare(first.step, second.step, effort, device)
    if one_sided:
        first, second = sides("one_sided")
        result["one_sided_penalty"] = compare(
            first.penalty_and_backward, second.penalty_and_backward, effort, device
        )
    images = QUICK_EQUALITY_IMAGES if quick else EQUALITY_IMAGES
    compared_on = min(size, images) if len(case.shape) > 1 else size
    result["gradients"] = equality(case, compared_on, device, told=told, quick=quick)
    result["bars"] = judge(case, result, bars=not control)
    if compiled or device.type == "cuda":
        result["accelerated"] = accelerated(case, size, effort, device)
    return result


def judge(case: Case, result: dict[str, Any], *, bars: bool = True) -> list[dict[str, Any]]:
    """Hold the measurements against the bars, at the three decimals that are printed; a control has none."""
    rows = [
        ("penalty", result["penalty"]["ratio"]["median"], case.bars.penalty),
        ("step", result["step"]["ratio"]["median"], case.bars.step),
        ("memory of the penalty", result["memory"]["penalty"]["ratio"], case.bars.memory),
        ("memory of the step", result["memory"]["step"]["ratio"], case.bars.memory),
    ]
    if "one_sided_penalty" in result:
        measured = result["one_sided_penalty"]["ratio"]["median"]
        rows.insert(1, ("one-sided penalty", measured, case.bars.penalty))
    return [
        {
            "what": what,
            "measured": measured,
            "bar": bar if bars else None,
            "met": round(measured, 3) <= bar if bars else None,
        }
        for what, measured, bar in rows
    ]


HEADER = (
    f"{'critic':18} {'batch':>5} {'measure':>22} {'classic':>10} {'ours':>10} {'ratio':>6} "
    f"{'quartiles':>13} {'fastest':>7} {'wall':>6} {'bar':>5}"
)


def show(name: str, result: dict[str, Any]) -> None:
    """Print one critic's rows."""
    if "error" in result:
        print(f"{name:18} FAILED: {result['error']}")
        return
    batch = f"{result['batch']}{'*' if result['scaled_down_from_batch'] else ''}"
    for bar in result["bars"]:
        start = f"{name:18} {batch:>5} {bar['what']:>22}"
        verdict = "" if bar["bar"] is None else f"{bar['bar']:5.2f} {'pass' if bar['met'] else 'MISS'}"
        if bar["what"].startswith("memory"):
            found = result["memory"][bar["what"].split()[-1]]
            a, b = (found[f"{side}_bytes"] / 2**20 for side in ("classic", "framework"))
            print(f"{start} {a:7.2f}MiB {b:7.2f}MiB {bar['measured']:6.3f} {'':28} {verdict}")
            continue
        found = result[bar["what"].replace("-", "_").replace(" ", "_")]
        spread = f"{found['ratio']['low']:.3f}..{found['ratio']['high']:.3f}"
        print(
            f"{start} {found['first_ms']:8.2f}ms {found['second_ms']:8.2f}ms {bar['measured']:6.3f} "
            f"{spread:>13} {found['fastest_ratio']:7.3f} {found['wall_ratio']['median']:6.3f} {verdict}"
        )
    for row in result["gradients"]:
        verdict = "equal" if row["equal"] else "DIFFER"
        print(
            f"{'':25} gradients of {row['of']}, {row['kind']}, {row['dtype']}: largest relative difference "
            f"{row['difference']:.1e} (tolerance {row['tolerance']:.0e}) {verdict}"
        )
    if result["told_to_use_math_attention"]:
        print(f"{'':25} the engine had to be told which attention kernel has a double backward")
    for variant, found in result.get("accelerated", {}).items():
        text = found if isinstance(found, str) else found.get("failed")
        if text is None:
            text = f"{found['second_ms']:.2f} ms, ratio to classic eager {found['ratio']['median']:.3f}"
        print(f"{'':25} step, {variant}: {text}")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, write; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="under a minute; smaller batches are marked *")
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES), metavar="CRITIC")
    parser.add_argument("--growth", action="store_true", help="how cost grows with batch and input size")
    parser.add_argument("--control", action="store_true", help="classic code on both sides: the noise")
    parser.add_argument("--compile", action="store_true", help="time the compiled step on the CPU too")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument(
        "--seconds", type=float, help="aimed at for one comparison, instead of the mode's own"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    if chosen.device == "cuda" and not torch.cuda.is_available():
        print("skipped: there is no CUDA device here, so nothing was measured on one.")
        return 0
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message="There is a performance drop")
    device = torch.device(chosen.device)
    effort = QUICK if chosen.quick else FULL
    if chosen.seconds is not None:
        effort = dataclasses.replace(effort, seconds=chosen.seconds)

    started = time.perf_counter()
    record: dict[str, Any] = {"environment": machine(device), "mode": "quick" if chosen.quick else "full"}
    record["control"] = chosen.control
    where = record["environment"]
    print(
        f"{where['processor']}, {where['threads']} thread, torch {where['torch']}, {device}, {record['mode']}"
    )
    if chosen.growth:
        record["growth"] = growth(effort, device, quick=chosen.quick)
        show_growth(record["growth"])
        failed = False
    else:
        failed = _measure_all(chosen, effort, device, record)
    record["seconds"] = time.perf_counter() - started
    print(f"{record['seconds']:.0f} s")
    if device.type == "cpu" and not torch.cuda.is_available():
        record["cuda"] = "skipped: no CUDA device on this machine"
        print(
            f"CUDA: {record['cuda']} (--device cuda times eager, compiled and captured steps where there is one)"
        )
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return int(failed)


def _measure_all(
    chosen: argparse.Namespace, effort: Effort, device: torch.device, record: dict[str, Any]
) -> bool:
    record["critics"] = {}
    failed = False
    print(HEADER)
    for name in chosen.only:
        started = time.perf_counter()
        try:
            result = measure(
                CASES[name],
                effort,
                quick=chosen.quick,
                device=device,
                control=chosen.control,
                one_sided=not chosen.quick,
                compiled=chosen.compile,
            )
            failed = failed or not all(row["equal"] for row in result["gradients"])
        except Exception as error:
            result, failed = {"error": f"{type(error).__name__}: {error}"}, True
        result["seconds"] = time.perf_counter() - started
        record["critics"][name] = result
        show(name, result)
    if any(result.get("scaled_down_from_batch") for result in record["critics"].values()):
        print("* a smaller batch than the critic step the bar is set for")
    return failed


if __name__ == "__main__":
    sys.exit(main())
