"""From an output folder to a page with figures, and to a table on the terminal."""

from __future__ import annotations

from pathlib import Path

from lipschitz_trainers.reports.terminal import print_report as print_report

__all__ = ["print_report", "write_report"]


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
