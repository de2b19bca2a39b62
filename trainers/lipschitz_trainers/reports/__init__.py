"""From an output folder to a page with figures, and to a table on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lipschitz_trainers.analyses.outcomes import Outcome
from lipschitz_trainers.reports.terminal import print_report as print_report

__all__ = ["has_report", "print_report", "write_claims_page", "write_report"]


def write_report(out_dir: Path | str) -> Path:
    """Draw ``figures/*.png`` and write ``report.html`` from what an output folder holds.

    Nothing is trained and no other file is touched, so a report can be made again at any time.

    Returns:
        The page.

    Raises:
        DataError: the folder holds no readable ``results.json``, or a run's configuration is damaged.
    """
    # Drawing libraries are slow to import, and the terminal's tables do without them.
    from lipschitz_trainers.reports import writing

    return writing.write_report(Path(out_dir))


def has_report(out_dir: Path) -> bool:
    """Return whether an output folder has its page and the list of its figures."""
    return all((out_dir / name).exists() for name in ("report.html", "figures/index.json"))


def write_claims_page(
    path: Path,
    outcomes: Mapping[Path, Outcome],
    problems: Mapping[str, str] | None = None,
    not_run: Sequence[str] = (),
) -> None:
    """Write one page with every claim of many experiments, as they were last checked.

    Args:
        path: the page.
        outcomes: what experiments came to, by their output folders, in the order of the page.
        problems: why an experiment did not come to its end, by name.
        not_run: names of further experiments.
    """
    from lipschitz_trainers.reports import claims_page

    claims_page.write_claims_page(path, outcomes, problems or {}, not_run)
