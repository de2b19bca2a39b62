"""Output folders as a finished experiment leaves them, made up without training anything."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import yaml

ONE, TWO = "one_sided_gradient_penalty", "two_sided_gradient_penalty"
CLIPPING, SPECTRAL = "weight_clipping", "spectral_norm"

W1 = {ONE: 0.081, TWO: 0.094, SPECTRAL: 0.15, CLIPPING: 0.42}
"""The W1 every constraint ends at, on average."""
SLOPE = {ONE: 0.86, TWO: 1.01, SPECTRAL: 0.55, CLIPPING: 0.0021}
COST = {ONE: 0.0031, TWO: 0.0030, SPECTRAL: 0.0016, CLIPPING: 0.0011}
ADAM = {"name": "adam", "lr": 0.0001, "betas": [0.0, 0.9]}


def build(
    folder: Path,
    *,
    constraints: tuple[str, ...] = (ONE, TWO, SPECTRAL, CLIPPING),
    datasets: tuple[str, ...] = ("swiss_roll",),
    kind: str = "points",
    seeds: int = 3,
    noise: float = 0.004,
    lines: int = 60,
    steps: int = 3000,
    broken: dict[tuple[str, int], str] | None = None,
    profile: str = "quick",
    optimizers: dict[str, dict[str, Any]] | None = None,
    **extra: Any,
) -> Path:
    """Write a whole output folder and return it.

    Args:
        folder: where to.
        constraints: one variant each, on every dataset.
        datasets: with several, a variant is called ``<dataset>-<constraint>``.
        kind: ``"points"`` or ``"images"``.
        seeds: how many.
        noise: standard deviation of the main metric over seeds.
        lines: logged training steps a run.
        steps: generator iterations.
        broken: error by (variant, seed) of the runs that failed halfway.
        profile: of the experiment.
        optimizers: critic optimizers by constraint, where they differ from Adam.
        extra: further keys of ``results.json``.
    """
    random = np.random.default_rng(0)
    runs = []
    for dataset in datasets:
        for constraint in constraints:
            variant = f"{dataset}-{constraint}" if len(datasets) > 1 else constraint
            for seed in range(seeds):
                error = (broken or {}).get((variant, seed))
                directory = f"runs/{variant}-seed{seed}"
                metrics = _metrics(constraint, kind, random.normal(scale=noise), dataset, seed)
                optimizer = (optimizers or {}).get(constraint, ADAM)
                _write_run(
                    folder / directory,
                    constraint,
                    kind,
                    dataset,
                    metrics,
                    optimizer,
                    steps,
                    lines,
                    error,
                    random,
                )
                runs.append(
                    {
                        "variant": variant,
                        "seed": seed,
                        "directory": directory,
                        "status": "failed" if error else "done",
                        "metrics": {} if error else metrics,
                        "wall_seconds": 61.5,
                        "error": error,
                    }
                )
    content = {
        "experiment": "compare",
        "profile": profile,
        "environment": {"python": "3.11.4", "torch": "2.13.0+cpu", "device": "cpu", "threads": 1},
        "runs": runs,
        "claims": [],
        **extra,
    }
    write_results(folder, content)
    return folder


def write_results(folder: Path, content: dict[str, Any]) -> None:
    """Write ``results.json`` as it is given, right or wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(content))


def fix_generators(folder: Path) -> None:
    """Make all runs of a folder critic-only."""
    for path in folder.glob("runs/*/config.yaml"):
        config = yaml.safe_load(path.read_text())
        config["generator"] = {"fixed": {"name": "data_plus_noise", "std": 1.0}}
        path.write_text(yaml.safe_dump(config, sort_keys=False))


def _metrics(constraint: str, kind: str, noise: float, dataset: str, seed: int) -> dict[str, float]:
    w1, slope = W1.get(constraint, 0.2) + noise, SLOPE.get(constraint, 0.9)
    common = {
        "critic_w1": w1 * slope,
        "critic_w1_error": w1 * (slope - 1),
        "slopes": slope,
        "critic_step_seconds": COST.get(constraint, 0.002) * (1 + 0.02 * seed),
        **{
            f"slope_{place}_mean": slope * factor
            for place, factor in (("real", 0.9), ("fake", 1.05), ("line", 1.0))
        },
        **{f"slope_{place}_max": slope * 1.6 for place in ("real", "fake", "line")},
    }
    if kind == "images":
        score = 9.6 - 8 * w1
        return common | {
            "classifier_score": score,
            "classifier_score_floor": 9.41,
            "sliced_w1": w1,
            "sliced_w1_floor": 0.031,
        }
    modes = (
        {}
        if dataset == "swiss_roll"
        else {"mode_coverage": 8.0, "mode_count": 8.0, "high_quality_share": 1 - w1}
    )
    return common | modes | {"w1": w1, "w1_floor": 0.052, "sliced_w1": w1 / 1.7, "sliced_w1_floor": 0.03}


def _write_run(
    folder: Path,
    constraint: str,
    kind: str,
    dataset: str,
    metrics: dict[str, float],
    optimizer: dict[str, Any],
    steps: int,
    lines: int,
    error: str | None,
    random: np.random.Generator,
) -> None:
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    config = {
        "dataset": {"name": dataset},
        "steps": steps,
        "batch_size": 256,
        "critic": {"network": {"name": "mlp", "width": 512}, "optimizer": optimizer, "steps": 5},
        "generator": {"network": {"name": "mlp", "width": 512}, "optimizer": ADAM, "ema": None},
        "constraint": {"name": constraint, "coefficient": 10.0},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    last = steps // 2 if error else steps
    entries: list[dict[str, Any]] = []
    goal, floor = metrics.get("w1", metrics["sliced_w1"]), 0.052
    for step in np.linspace(0, last, lines).astype(int).tolist():
        exact = goal + 1.6 * math.exp(-step / (steps / 8))
        estimate = exact * metrics["slopes"] * (1 + 0.15 * random.normal())
        entries.append(
            {
                "step": step,
                "critic_steps": 5 * step,
                "critic_loss": -estimate,
                "penalty": 0.01,
                "w1_estimate": estimate,
                "generator_loss": 0.1,
                "critic_step_seconds": metrics["critic_step_seconds"],
            }
        )
    for step in np.linspace(0, last, 7).astype(int).tolist():
        exact = goal + 1.6 * math.exp(-step / (steps / 8))
        off = exact * (metrics["slopes"] - 1)
        main = {"w1": exact, "w1_floor": floor, "sliced_w1": exact / 2, "critic_w1_error": off}
        if kind == "images":
            main = {
                "sliced_w1": exact,
                "classifier_score": 9.6 - 5 * min(exact, 1.6),
                "classifier_score_floor": 9.41,
            }
        entries.append({"step": step, "evaluation": main})
    entries.sort(key=lambda entry: entry["step"])
    (folder / "metrics.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    if not error:
        _write_artifacts(folder / "artifacts", kind, dataset, goal, metrics["slopes"], random)


def _write_artifacts(
    folder: Path, kind: str, dataset: str, spread: float, slope: float, random: np.random.Generator
) -> None:
    if kind == "images":
        rows, columns = np.mgrid[-1:1:16j, -1:1:16j]
        angle = random.uniform(0, np.pi, size=(2, 64, 1, 1, 1))
        strokes = np.exp(-((rows * np.cos(angle) + columns * np.sin(angle)) ** 2) / 0.05)
        noise = np.array([0.02, spread]).reshape(2, 1, 1, 1, 1) * random.normal(size=(2, 64, 1, 16, 16))
        real, fake = np.clip(2 * strokes - 1 + 2 * noise, -1, 1).astype(np.float32)
        np.savez_compressed(folder / "samples.npz", real=real, fake=fake)
        return
    if dataset == "swiss_roll":
        turn = 1.5 * np.pi * (1 + 2 * random.uniform(size=(2, 1000)))
        points = np.stack([turn * np.cos(turn), turn * np.sin(turn)], axis=-1) / 7.5
    else:
        angle = 2 * np.pi * random.integers(8, size=(2, 1000)) / 8
        points = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    points = points + np.array([0.03, spread]).reshape(2, 1, 1) * random.normal(size=(2, 1000, 2))
    np.savez_compressed(
        folder / "samples.npz", real=points[0].astype(np.float32), fake=points[1].astype(np.float32)
    )
    x, y = np.linspace(-2.5, 2.5, 60), np.linspace(-2.5, 2.5, 50)
    radius = np.hypot(x[None, :], y[:, None])
    values = slope * (np.cos(2 * radius) + 0.3 * x[None, :])
    np.savez_compressed(folder / "surface.npz", x=x, y=y, values=values.astype(np.float32))
