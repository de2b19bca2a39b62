"""Write the tables of the documentation from what is registered and measured, so that nothing in them is typed.

With ``--check`` nothing is written: it fails where a table is out of date, or where an outcome that is kept was made
with other settings than its experiment has now.

python docs/generate.py [--check]
"""

from __future__ import annotations

import functools
import inspect
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lipschitz
from lipschitz.registry import plugin_manager
from lipschitz_trainers.analyses import load_study, rank
from lipschitz_trainers.analyses.outcomes import Outcome, stale
from lipschitz_trainers.analyses.results import Results
from lipschitz_trainers.config.experiment import experiment_names
from lipschitz_trainers.reports.claims_markdown import escaped
from lipschitz_trainers.reports.claims_markdown import markdown as claims_markdown
from lipschitz_trainers.reports.leaderboard_markdown import markdown as leaderboard_markdown
from lipschitz_trainers.reports.leaderboards import CURVES
from lipschitz_trainers.reports.table import columns

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
REPRODUCED = RESULTS / "reproduce"
"""What `lipschitz reproduce --keep` wrote."""


def main(arguments: list[str]) -> str | None:
    """Write every table, or with ``--check`` return which file and which outcome is out of date."""
    check = "--check" in arguments
    old: list[str] = []
    for name, tables in TABLES.items():
        path = ROOT / name
        now = path.read_text(encoding="utf-8")
        new = written(now, tables)
        if new != now:
            old.append(name)
        if not check:
            path.write_text(new, encoding="utf-8")
    told = [f"{', '.join(old)}: out of date; run make docs"] if old and check else []
    reasons = stale(kept().values())
    if reasons:
        told.append(
            "kept outcomes are not those of the experiments as they are now; run each again with\n"
            f"  lipschitz reproduce NAME --keep {REPRODUCED.relative_to(ROOT)}\n"
            + "".join(f"  {name}: {reason}\n" for name, reason in reasons.items())
        )
    if told and not check:
        sys.stderr.write("\n".join(told) + "\n")
    return "\n".join(told) if told and check else None


def written(text: str, tables: dict[str, Callable[[], str]]) -> str:
    """Return a page with the text between its marks replaced."""
    for name, table in tables.items():
        start, end = f"<!-- {name}: written by `make docs` -->\n", f"<!-- end of {name} -->\n"
        before, found, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise SystemExit(f"there is no place for the table {name!r}: {start.strip()} ... {end.strip()}")
        text = before + start + table() + end + after
    return text


def shipped() -> dict[str, type[lipschitz.Constraint]]:
    """Return the constraints of this distribution by name."""
    registered = lipschitz.constraints()
    own = {
        name
        for info in plugin_manager().infos.values()
        if info.distribution.startswith("torch-lipschitz ")
        for name in info.provides.get("register_constraints", [])
    }
    return {name: cls for name, cls in registered.items() if name in own}


def markdown(header: list[str], rows: list[list[str]], left: int = 1) -> str:
    """Return a table whose columns after the first few are aligned to the right."""
    lines = [header, [":--"] * left + ["--:"] * (len(header) - left), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def constraints() -> str:
    """Return what each constraint does, and who published it."""
    rows: list[list[str]] = []
    for name, cls in shipped().items():
        doc = inspect.getdoc(cls) or ""
        summary = " ".join(doc.split("\n\n")[0].split())
        rows.append([f"`{name}`", cls.family, cls.guarantee, summary, source(doc)])
    return markdown(["name", "family", "guarantee", "what it does", "source"], rows, left=5)


def source(doc: str) -> str:
    """Return the first reference of a docstring as a link, such as "[Gulrajani et al. 2017](...)"."""
    reference = " ".join(doc.partition("References:\n")[2].split())
    found = re.match(r"(?P<authors>[^:]+): .*?, (?P<year>\d{4}), arXiv (?P<arxiv>[\d.]+\d)", reference)
    if found is None:
        raise SystemExit(f"no authors, year and arXiv number in {reference[:90]!r}")
    first, *others = found["authors"].split(", ")
    who = [first, f"{first} and {''.join(others)}", f"{first} et al."][min(len(others), 2)]
    return f"[{who} {found['year']}](https://arxiv.org/abs/{found['arxiv']})"


def guarantees() -> str:
    """Return what each constraint promises and what a critic step under it costs, by family."""
    record = json.loads((RESULTS / "constraint_cost.json").read_text(encoding="utf-8"))["constraints"]
    ordered = sorted(shipped().items(), key=lambda item: (item[1].family, item[0]))
    rows = [
        [cls.family, f"`{name}`", cls.guarantee, cls.cost, *ratios(record[name])] for name, cls in ordered
    ]
    critics = [found["critic"] for found in next(iter(record.values()))["critics"]]
    return markdown(
        ["family", "name", "guarantee", "takes", *(f"× step, {critic}" for critic in critics)], rows, left=4
    )


def ratios(record: dict[str, Any]) -> list[str]:
    """Return the median ratios to a step without a constraint, one a critic."""
    return [f"{found['ratio']['median']:.2f}" for found in record["critics"]]


def eight_gaussians() -> str:
    """Return the ranking of all constraints on eight Gaussians."""
    (group,) = load_study(RESULTS / "eight_gaussians").groups
    ranking = rank(group)
    shown = [column for column in columns(ranking) if column.title not in LEFT_OUT]
    rows = [[column.text(row) for column in shown] for row in ranking.rows]
    for row in rows:
        row[1] = f"`{row[1]}`"
    return markdown([column.title for column in shown], rows, left=2)


@functools.cache
def kept() -> dict[str, Outcome]:
    """Return the outcomes that are kept, by experiment."""
    found = {path.stem: Outcome.load(path) for path in sorted(REPRODUCED.glob("*.json"))}
    gone = sorted(found.keys() - set(experiment_names()))
    if gone:
        raise SystemExit(
            f"{REPRODUCED} has outcomes of experiments that are not there: {', '.join(gone)}; delete them"
        )
    return found


def claims() -> str:
    """Return every claim of the experiments whose outcome is kept."""
    missing = [name for name in experiment_names() if name not in kept()]
    return claims_markdown(list(kept().values()), missing, "../trainers/lipschitz_trainers/experiments")


def leaderboard(name: str) -> str:
    """Return the cosines and claims of a kept run of the Wasserstein-1 benchmark."""
    folder = RESULTS / name
    if not folder.exists():
        return "Not run yet.\n"
    drawn = folder / "cosines.png"
    figure = (
        f"\n![Cosines over training](../benchmarks/results/{name}/cosines.png)\n\n*{escaped(CURVES)}*\n"
        if drawn.exists()
        else ""
    )
    return leaderboard_markdown(Results.load(folder)) + figure


LEFT_OUT = {"sliced W1 ↓", "critic's W1", "W1 error", "ms/step", "seeds", "real vs real"}
"""Columns of the report that the page has no room for, or says in words."""

TABLES: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"constraints": constraints},
    "docs/choosing-a-constraint.md": {"guarantees": guarantees, "eight_gaussians": eight_gaussians},
    "docs/claims.md": {"claims": claims},
    "docs/w1-leaderboard.md": {
        name: functools.partial(leaderboard, name)
        for name in (
            "w1_six_pairs",
            "w1_twice",
            "w1_published",
            "w1_all_constraints",
            "w1_recipes",
            "w1_ten_pairs",
            "w1_all_pairs",
            "w1_longer",
            "w1_smooth",
        )
    },
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
