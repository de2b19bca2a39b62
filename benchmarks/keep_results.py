"""Keep what a long run found: results, configurations and the leaderboard's figures, without the runs' own files.

python benchmarks/keep_results.py OUT_DIR NAME

Writes benchmarks/results/NAME/results.json, from which `make docs` makes the tables of docs/w1-leaderboard.md.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from lipschitz_trainers.analyses.study import load_study
from lipschitz_trainers.reports.leaderboard_markdown import CONFIGS

RESULTS = Path(__file__).parent / "results"
KEPT = ("dataset", "generator", "critic", "constraint", "objective", "batch_size", "steps")
FIGURES = ("leaderboard.png", "cosines.png")


def main(out_dir: str, name: str) -> str | None:
    """Write the folder; return what is wrong, if anything."""
    study = load_study(out_dir)
    missing = [run.variant for run in study.results.runs if run.key not in study.configs]
    if missing:
        return f"{out_dir}: no configuration of {', '.join(missing)}"
    configs = {
        run.variant: {key: study.configs[run.key][key] for key in KEPT if key in study.configs[run.key]}
        for run in study.results.runs
    }
    target = RESULTS / name
    target.mkdir(parents=True, exist_ok=True)
    replace(study.results, others={**study.results.others, CONFIGS: configs}).save(target)
    for figure in FIGURES:
        found = Path(out_dir, "figures", figure)
        if found.exists():
            shutil.copy(found, target / figure)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else __doc__)
