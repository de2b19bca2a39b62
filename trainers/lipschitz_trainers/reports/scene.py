"""What the figures of one dataset are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from matplotlib.figure import Figure

from lipschitz_trainers.analyses.artifacts import first_artifact
from lipschitz_trainers.analyses.history import History, read_history
from lipschitz_trainers.analyses.ranking import Ranking, Row
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.style import Look

MOST = 12
"""More variants than this are not drawn; the best are."""

LOGGED = ("w1_estimate",)
"""What curves are drawn of, of all that is logged at every step."""

Artifact = TypeVar("Artifact")


@dataclass(frozen=True)
class Drawing:
    """A figure with the words that go with it.

    Attributes:
        name: of its file, without folder and ending.
        title: heading on the page.
        caption: what to look at.
        figure: what is drawn.
        photographs: it shows images, so its colors are kept exactly.
    """

    name: str
    title: str
    caption: str
    figure: Figure
    photographs: bool = False


@dataclass(frozen=True)
class Overview:
    """A whole experiment, over all its datasets.

    Attributes:
        study: the output folder.
        looks: by label.
    """

    study: Study
    looks: Mapping[str, Look]


@dataclass(frozen=True)
class Scene:
    """The variants of one dataset, best first, with their looks and logs.

    Attributes:
        study: the output folder.
        ranking: of the dataset.
        looks: by label.
        histories: of the runs, by variant and seed.
    """

    study: Study
    ranking: Ranking
    looks: Mapping[str, Look]
    histories: Mapping[tuple[str, int], History]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The variants that are drawn."""
        return self.ranking.rows[:MOST]

    @property
    def left_out(self) -> str:
        """A sentence on the variants that are not drawn, or nothing."""
        missing = len(self.ranking.rows) - len(self.rows)
        return f" Shown are the first {MOST} of {len(self.ranking.rows)} by rank." if missing else ""

    @property
    def critic_only(self) -> bool:
        """Whether the generator was fixed, so that its samples are no achievement of a constraint."""
        return any(group.critic_only for group in self.study.groups if group.dataset == self.ranking.dataset)

    def logs(self, row: Row) -> list[History]:
        """Return the logs of a variant's runs, also of those that did not finish."""
        return [self.histories[run.key] for run in row.variant.runs]

    def first_artifacts(self, read: Callable[..., Artifact | None]) -> Iterator[tuple[Row, Artifact]]:
        """Read one artifact of every variant: that of its first run that saved one."""
        for row in self.rows:
            artifact = first_artifact(map(self.study.run_folder, row.variant.runs), read)
            if artifact is not None:
                yield row, artifact


def load_scene(study: Study, ranking: Ranking, looks: Mapping[str, Look]) -> Scene:
    """Read the logs of the variants that will be drawn.

    Raises:
        DataError: a log is damaged.
    """
    runs = [run for row in ranking.rows[:MOST] for run in row.variant.runs]
    histories = {run.key: read_history(study.run_folder(run), only=LOGGED) for run in runs}
    return Scene(study, ranking, looks, histories)
