"""Write the table of constraints into README.md, or with ``--check`` say whether it is up to date."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import lipschitz
from lipschitz.registry import plugin_manager

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- constraints: written by `make docs` -->\n", "<!-- end of constraints -->\n"


def table() -> str:
    """Return the table of the constraints that this distribution ships, as Markdown."""
    rows = ["| name | family | guarantee | what it does | source |", "|---|---|---|---|---|"]
    shipped = {
        name
        for info in plugin_manager().infos.values()
        if info.distribution.startswith("torch-lipschitz ")
        for name in info.provides.get("register_constraints", [])
    }
    for name, cls in lipschitz.constraints().items():
        if name not in shipped and shipped:
            continue
        doc = inspect.getdoc(cls) or ""
        summary = " ".join(doc.split("\n\n")[0].split())
        reference = doc.partition("References:\n")[2].strip().splitlines()[0].strip()
        author = reference.split(":")[0].split(",")[0]
        arxiv = doc.partition("arXiv ")[2][:10]
        rows.append(
            f"| `{name}` | {cls.family} | {cls.guarantee} | {summary} "
            f"| [{author} et al.](https://arxiv.org/abs/{arxiv}) |"
        )
    return "\n".join(rows) + "\n"


def updated(text: str) -> str:
    """Return README's text with the table as it should be."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


if __name__ == "__main__":
    lipschitz.constraints()
    text = README.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        sys.exit(
            0
            if updated(text) == text
            else "README.md: the table of constraints is out of date; run make docs"
        )
    README.write_text(updated(text), encoding="utf-8")
