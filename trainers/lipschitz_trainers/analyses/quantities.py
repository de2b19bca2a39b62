"""The numbers of a run that tables and verdicts use, and the metric keys they are stored under."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from lipschitz_trainers.analyses.image_scores import IMAGE_SCORES
from lipschitz_trainers.analyses.results import RunResult
from lipschitz_trainers.analyses.study import Group


@dataclass(frozen=True)
class Main:
    """A metric to rank by.

    Attributes:
        key: its key among a run's metrics.
        title: how a reader calls it.
        lower_is_better: which direction wins.
        absolute: its size counts, not its sign.
        floor_title: heading of the same metric of what every run is compared with; "" for the usual: between two
            sets of real samples.
        floor_help: one line on it.
        bounded: it lies between -1 and 1, or may be below 0: its axis is not logarithmic.
    """

    key: str
    title: str
    lower_is_better: bool
    absolute: bool = False
    floor_title: str = ""
    floor_help: str = "what real samples reach: the best to hope for"
    bounded: bool = False

    def of(self, run: RunResult) -> float:
        """Return the value of one run; NaN without."""
        return abs(run.metric(self.key)) if self.absolute else run.metric(self.key)

    @property
    def better(self) -> str:
        """``"lower"`` or ``"higher"``."""
        return "lower" if self.lower_is_better else "higher"

    @property
    def floor(self) -> str:
        """Key of the same metric between two sets of real samples."""
        return f"{self.key}_floor"


@dataclass(frozen=True)
class Quantity:
    """A number shown beside the main metric.

    Attributes:
        name: how the code calls it.
        title: how a reader calls it.
        key: its key among a run's metrics.
        scale: factor from the stored to the shown unit.
    """

    name: str
    title: str
    key: str
    scale: float = 1.0

    def of(self, run: RunResult) -> float:
        """Return the number of one run; NaN without."""
        return self.scale * run.metric(self.key)


MAIN_METRICS = (
    Main("frechet_distance", "Fréchet distance", lower_is_better=True),
    Main("inception_score", "score by the Inception formula", lower_is_better=False),
    Main("kernel_distance", "kernel distance", lower_is_better=True, bounded=True),
    Main("ngram_jensen_shannon", "n-gram JSD in bits", lower_is_better=True, bounded=True),
    Main("classifier_score", "classifier score", lower_is_better=False),
    Main("w1", "W1", lower_is_better=True),
    Main("sliced_w1", "sliced W1", lower_is_better=True),
)
"""By preference: images by the scores that were asked for, text, labelled images, points in few dimensions, anything
else."""

CRITIC_METRICS = (
    Main(
        "cosine",
        "cosine",
        lower_is_better=False,
        floor_title="-|x|",
        floor_help="the cosine of the trivial critic -|x|, which knows nothing: the least to beat",
        bounded=True,
    ),
    Main("critic_w1_error", "absolute W1 error", lower_is_better=True, absolute=True),
)
"""With a fixed generator every constraint sees the same samples; what differs is how well critics measure them: by the
cosine between their gradients and the optimal critic's where that is known, else by their value."""

QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        Quantity("sliced_w1", "sliced W1", "sliced_w1"),
        Quantity("critic_w1", "critic's W1", "critic_w1"),
        Quantity("w1_error", "W1 error", "critic_w1_error"),
        Quantity("cosine_fake", "cosine at the other side", "cosine_fake"),
        Quantity("l2", "L2 to the optimal gradient", "l2"),
        Quantity("true_w1", "true W1", "true_w1"),
        Quantity("true_error", "error of the true W1", "true_w1_error"),
        Quantity("slope_real", "slope on real", "slope_real_mean"),
        Quantity("slope_fake", "slope on fake", "slope_fake_mean"),
        Quantity("slope_line", "slope on line", "slope_line_mean"),
        Quantity("slope_max", "max slope on line", "slope_line_max"),
        Quantity("lipschitz_lower", "steepest slope found", "lipschitz_lower"),
        Quantity("lipschitz_upper", "certified Lipschitz constant", "lipschitz_upper"),
        Quantity("calibrated_by_upper", "W1 over the certified constant", "calibrated_w1_by_upper"),
        Quantity("calibrated_by_lower", "W1 over the steepest slope found", "calibrated_w1_by_lower"),
        *(Quantity(key, score.name, key) for key, score in IMAGE_SCORES.items()),
        *(
            Quantity(f"{key}_floor", f"{score.name} of real images", f"{key}_floor")
            for key, score in IMAGE_SCORES.items()
        ),
        Quantity("modes", "modes", "mode_coverage"),
        Quantity("mode_count", "modes of the data", "mode_count"),
        Quantity("quality", "high quality", "high_quality_share"),
        Quantity("cost", "ms a critic step", "critic_step_seconds", scale=1e3),
        Quantity("cpu", "processor seconds", "cpu_seconds"),
    )
}
"""Everything beside the main metric, by name."""


def main_metric(group: Group) -> Main | None:
    """Return the metric to rank a group by: the first of `MAIN_METRICS` of which a run has a finite value.

    A score of images is titled by what made it, and does not rank runs that were judged differently.
    """
    for main in (*CRITIC_METRICS, *MAIN_METRICS) if group.critic_only else MAIN_METRICS:
        if not any(math.isfinite(main.of(run)) for variant in group.variants for run in variant.runs):
            continue
        if main.key not in IMAGE_SCORES:
            return main
        title = group.score_titles.get(main.key, IMAGE_SCORES[main.key].title({}, 0))
        if title is not None:
            return replace(main, title=title)
    return None
