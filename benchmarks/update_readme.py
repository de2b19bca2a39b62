"""Write the tables of benchmarks/README.md from the files in benchmarks/results, so that no number is typed.

python benchmarks/update_readme.py [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
README, RESULTS = HERE / "README.md", HERE / "results"

Record = dict[str, Any]


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; columns after the first are aligned right."""
    lines = [header, [":--", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def where(record: Record) -> str:
    """Return one line on the machine."""
    found = record["environment"]
    threads = f"{found['threads']} thread" + "s" * (found["threads"] != 1)
    return (
        f"{found['processor']}, {found['cores']} cores, {threads}; {found['platform']}, Python {found['python']}, "
        f"torch {found['torch']}, {found['device']}; {record['mode']} mode."
    )


def spread(found: Record) -> str:
    """Return a ratio with its quartiles."""
    return f"{found['median']:.3f} ({found['low']:.3f}–{found['high']:.3f})"


def penalty_cost(record: Record) -> str:
    """Return the ratios, the times and the equality of gradients."""
    good = {name: row for name, row in record["critics"].items() if "error" not in row}
    ratios, times, gradients = [], [], []
    for name, row in good.items():
        bars = {bar["what"]: bar for bar in row["bars"]}

        def cell(what: str, text: str, bars: Record = bars) -> str:
            bar = bars[what]
            if bar["bar"] is None:
                return text
            return f"{text} {'≤' if bar['met'] else '**>**'} {bar['bar']:.2f}"

        cells = [f"{name}: {row['description']}", batch(row)]
        for what in ("penalty", "one-sided penalty", "step"):
            key = what.replace("-", "_").replace(" ", "_")
            cells.append(cell(what, spread(row[key]["ratio"])) if key in row else "–")
        cells += [
            cell(f"memory of the {what}", f"{row['memory'][what]['ratio']:.3f}")
            for what in ("penalty", "step")
        ]
        ratios.append(cells)
        memory = row["memory"]["step"]
        times.append(
            [
                name,
                *(f"{row[k][f'{s}_ms']:.2f}" for k in ("penalty", "step") for s in ("first", "second")),
                *(f"{memory[f'{side}_bytes'] / 2**20:.1f}" for side in ("classic", "framework")),
            ]
        )
        gradients.append([name, *(equal(row["gradients"], key) for key in COMPARED)])
    judged = [bar for row in good.values() for bar in row["bars"] if bar["met"] is not None]
    missed = [
        f"{name} ({bar['what']})" for name, row in good.items() for bar in row["bars"] if bar["met"] is False
    ]
    failed = [f"{name} ({row['error']})" for name, row in record["critics"].items() if "error" in row]
    said = f"{sum(bar['met'] for bar in judged)} of {len(judged)} bars met."
    said += f" Missed: {', '.join(missed)}." if missed else ""
    said += f" Failed: {', '.join(failed)}." if failed else ""
    told = [name for name, row in good.items() if row["told_to_use_math_attention"]]
    said += f" Told which attention kernel to use: {', '.join(told)}." if told else ""
    if any(row["scaled_down_from_batch"] for row in good.values()):
        said += " Batches marked * are smaller than those that the bars are set for."
    return "\n\n".join(
        [
            where(record),
            said,
            table(
                ["critic", "batch", "penalty", "one-sided", "critic step", "memory, penalty", "memory, step"],
                ratios,
            ),
            "Milliseconds (medians) and peak memory of the critic step (MiB):",
            table(
                [
                    "critic",
                    "penalty, classic",
                    "framework",
                    "step, classic",
                    "framework",
                    "MiB, classic",
                    "framework",
                ],
                times,
            ),
            "Largest difference of the parameters' gradients, relative to the largest entry (samples compared):",
            table(["critic", *(f"{of}, {kind}, {dtype}" for of, kind, dtype in COMPARED)], gradients),
        ]
    )


COMPARED = (
    ("penalty", "two_sided", "float64"),
    ("penalty", "one_sided", "float64"),
    ("loss", "two_sided", "float64"),
    ("penalty", "two_sided", "float32"),
)


def equal(rows: list[Record], key: tuple[str, str, str]) -> str:
    """Return the difference of one comparison, marked where it is too large."""
    for row in rows:
        if (row["of"], row["kind"], row["dtype"]) == key:
            text = f"{row['difference']:.0e} ({row['batch']})"
            return text if row["equal"] else f"**{text}**"
    return "–"


def batch(row: Record) -> str:
    """Return the batch size, marked where it was scaled down."""
    return f"{row['batch']}{'*' if row['scaled_down_from_batch'] else ''}"


def penalty_growth(record: Record) -> str:
    """Return one table per series."""
    parts = [where(record)]
    for series in record["growth"]:
        parts.append(
            f"{series['critic']} by {series['varied']}: time ~ size^{series['framework_exponent']:.2f} "
            f"(classic {series['classic_exponent']:.2f}); between the two largest "
            f"{series['framework_exponent_at_the_end']:.2f} ({series['classic_exponent_at_the_end']:.2f})."
        )
        rows = [
            [str(row["size"]), f"{row['first_ms']:.2f}", f"{row['second_ms']:.2f}", spread(row["ratio"])]
            for row in series["rows"]
        ]
        parts.append(table(["size", "classic, ms", "framework, ms", "ratio"], rows))
    return "\n\n".join(parts)


def sparse_one_sided(record: Record) -> str:
    """Return the cost by the share of violators, that share in training, and the verdict."""
    costs = [
        [
            f"{row['critic']}, batch {row['batch']}",
            f"{row['share']:.0%}",
            spread(row["sparse_to_dense"]["ratio"]),
            spread(row["sparse_to_classic"]["ratio"]),
            f"{max(row['difference'].values()):.0e}",
        ]
        for row in record["cost"]
    ]
    trainings = [
        [
            f"{row['dataset']}, batch {row['batch']}",
            str(row["critic_steps"]),
            f"{row['share']:.0%}",
            " ".join(f"{100 * x:.0f}" for x in row["share_by_tenth"]),
            "never" if row["break_even"] is None else f"{row['break_even']:.0%}",
            f"{row['expected_ratio']:.3f}",
            row["pays"],
        ]
        for row in record["training"]
    ]
    paying = [row["dataset"] for row in record["training"] if row["pays"] == "yes"]
    worst = max(row["sparse_to_dense"]["ratio"]["median"] for row in record["cost"])
    said = (
        f"Expected to be cheaper than the dense penalty by more than 5% in {len(paying)} of "
        f"{len(record['training'])} trainings; at worst, with nothing but violators, {worst:.2f} times as expensive."
    )
    return "\n\n".join(
        [
            where(record),
            said,
            table(
                ["critic", "violators", "sparse / dense", "sparse / classic", "difference, float64"], costs
            ),
            table(
                [
                    "training",
                    "critic steps",
                    "violators",
                    "by tenth of the run, %",
                    "break-even",
                    "expected sparse / dense",
                    "pays",
                ],
                trainings,
            ),
        ]
    )


def constraint_cost(record: Record) -> str:
    """Return the cost of a critic step under each constraint, cheapest first on the last critic."""
    rows = sorted(record["constraints"].items(), key=lambda row: row[1]["critics"][-1]["ratio"]["median"])
    critics = [f"{found['critic']}, batch {found['batch']}" for found in rows[0][1]["critics"]]
    cells = [
        [f"`{name}`", row["cost"], *(spread(found["ratio"]) for found in row["critics"])]
        for name, row in rows
    ]
    return "\n\n".join([where(record), table(["constraint", "what it takes", *critics], cells)])


def trainer_overhead(record: Record) -> str:
    """Return the time of a generator iteration by the trainer and by hand."""
    cells = [
        [
            f"{name.partition('-')[0]}, `{name.partition('-')[2]}`",
            f"{row['first_ms']:.0f}",
            f"{row['second_ms']:.0f}",
            f"{spread(row['ratio'])} ≤ {row['bar']:.2f}",
        ]
        for name, row in record["games"].items()
    ]
    header = ["a generator iteration of", "by hand, ms", "trainer, ms", "trainer / by hand"]
    return "\n\n".join([where(record), table(header, cells)])


def funnel_sampler(record: Record) -> str:
    """Return time and memory of a draw from the pairs of the Wasserstein-1 benchmark."""
    cells = []
    for row in record["pairs"]:
        ratio, bar, memory = row["ratio"], row["bar"], row["memory"]
        met = "" if bar is None else f" {'≥' if ratio['median'] >= bar else '**<**'} {bar:.1f}"
        cells.append(
            [
                f"{row['dimension']}, {row['funnels']}",
                f"{row['second_ms']:.2f}",
                f"{row['first_ms']:.2f}",
                f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f}){met}",
                *(f"{memory[f'{side}_bytes'] / 2**20:.1f}" for side in ("second", "first")),
            ]
        )
    header = ["dimension, funnels", "naive, ms", "ours, ms", "naive / ours", "MiB, naive", "ours"]
    said = f"{record['points']:,} points a draw."
    return "\n\n".join([where(record), said, table(header, cells)])


SECTIONS: dict[str, Callable[[Record], str]] = {
    "penalty_cost": penalty_cost,
    "penalty_growth": penalty_growth,
    "sparse_one_sided": sparse_one_sided,
    "constraint_cost": constraint_cost,
    "trainer_overhead": trainer_overhead,
    "funnel_sampler": funnel_sampler,
}


def written(text: str) -> str:
    """Return the README with every section's tables replaced."""
    for name, render in SECTIONS.items():
        path = RESULTS / f"{name}.json"
        body = "Not measured yet."
        if path.exists():
            body = render(json.loads(path.read_text(encoding="utf-8")))
        start, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
        pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), flags=re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"benchmarks/README.md has no section between {start} and {end}.")
        text = pattern.sub(lambda _, s=start, b=body, e=end: f"{s}\n{b}\n{e}", text)
    return text


def main(arguments: list[str] | None = None) -> int:
    """Write the README, or with `--check` say whether it is up to date."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args(arguments)
    now = README.read_text(encoding="utf-8")
    new = written(now)
    if chosen.check:
        if new != now:
            print("benchmarks/README.md is out of date: run python benchmarks/update_readme.py")
        return int(new != now)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
