"""Which random architectures succeed, by method and threshold (arXiv 1704.00028, section 5.1, tables 1, 2 and 5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from lipschitz_trainers.analyses.divergence import diverged
from lipschitz_trainers.analyses.evidence import resting_on, steps_told, weighed
from lipschitz_trainers.analyses.formula_scores import Score, score_of
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.analyses.wording import listed, plural
from lipschitz_trainers.config.experiment import load_experiment

NAME = "table2_random_architectures"
"""Of the packaged experiment."""

GP, GAN = "two_sided_gradient_penalty", "standard_gan"

RATES = {GP: 1e-4, GAN: 2e-4}
"""The paper's learning rates, of both players."""

SPACE = 4 * 4 * 4 * 4 * 2 * 2 * 3 * 3
"""Architectures in the paper's table 1."""

DIGEST = "44c583a2d688f7a0"
"""Of the 200 architectures that were drawn when the experiment was made (SHA-256 of their JSON, 16 digits)."""

RARE = 0.05
"""Share of the architectures up to which it is rare that only the standard GAN succeeds."""


class Counts(NamedTuple):
    """How many architectures succeed under which method."""

    only_gan: int
    only_penalty: int
    both: int
    neither: int


PAPER: Mapping[float, Counts] = {
    threshold: Counts(*counts)
    for threshold, counts in {
        1.0: (0, 8, 192, 0),
        1.5: (0, 50, 150, 0),
        2.0: (0, 60, 140, 0),
        2.5: (0, 74, 125, 1),
        3.0: (1, 88, 110, 1),
        3.5: (0, 111, 86, 3),
        4.0: (1, 126, 67, 6),
        4.5: (0, 136, 55, 9),
        5.0: (0, 147, 42, 11),
        5.5: (0, 148, 32, 20),
        6.0: (0, 145, 21, 34),
        6.5: (1, 131, 11, 57),
        7.0: (1, 104, 5, 90),
        7.5: (2, 67, 3, 128),
        8.0: (1, 34, 0, 165),
        8.5: (0, 6, 0, 194),
        9.0: (0, 0, 0, 200),
    }.items()
}
"""Table 5, by smallest Inception score; table 2 has five of its rows."""

TABLE_2 = (1.0, 3.0, 5.0, 7.0, 9.0)


class Pair(NamedTuple):
    """One architecture's scores; NaN where the generator diverged."""

    architecture: str
    gan: float
    penalty: float


def claims(study: Study) -> Iterator[Claim]:
    """Count successes by threshold, and check how the architectures were drawn."""
    score = score_of(study)
    pairs = pairs_of(study, score)
    yield sampling(study)
    yield _counted(study, more_at_some(study, score, pairs))
    yield _counted(study, never_fewer(study, score, pairs))
    yield _counted(study, rarely_only_gan(study, score, pairs))
    for threshold in TABLE_2:
        yield _counted(study, row_of_table_2(study, score, pairs, threshold))


def pairs_of(study: Study, score: Score | None) -> list[Pair]:
    """Return the scores of every architecture that both methods have finished, seed by seed; none without a score.

    A run whose training diverged has finished too: it did not succeed.
    """
    if score is None:
        return []
    ended = {run.key: run for run in study.results.runs if run.status == "done" or diverged(run)}
    return [
        Pair(
            name,
            ended[f"{name}-{GAN}", seed].metric(score.key),
            ended[f"{name}-{GP}", seed].metric(score.key),
        )
        for name in architectures(study)
        for variant, seed in ended
        if variant == f"{name}-{GAN}" and (f"{name}-{GP}", seed) in ended
    ]


def architectures(study: Study) -> list[str]:
    """Return the names of the architectures that were to run."""
    return list(dict.fromkeys(run.variant.partition("-")[0] for run in study.results.runs))


def _counted(study: Study, claim: Claim) -> Claim:
    """Return a claim about counts, which any run that is missing could turn; one that diverged did not succeed."""
    variants = [f"{name}-{method}" for name in architectures(study) for method in (GAN, GP)]
    return resting_on(study, claim, variants, counted=variants, pooled=True)


def counts(pairs: Sequence[Pair], threshold: float) -> Counts:
    """Return how many architectures score above a threshold; what diverged does not.

    Example:
        >>> counts([Pair("a", 2.0, 5.0), Pair("b", float("nan"), 1.0)], 3.0)
        Counts(only_gan=0, only_penalty=1, both=0, neither=1)
    """
    found = [(pair.gan > threshold, pair.penalty > threshold) for pair in pairs]
    return Counts(*(found.count(one) for one in ((True, False), (False, True), (True, True), (False, False))))


def rates_told(study: Study) -> str:
    """Return in a sentence how many times the paper's learning rates are; "" if they are the paper's, or not known."""
    times = sorted(
        {
            round(config[player]["optimizer"]["lr"] / RATES[method], 6)
            for (variant, _), config in study.configs.items()
            if (method := variant.partition("-")[2]) in RATES
            for player in ("generator", "critic")
        }
    )
    if times in ([], [1]):
        return ""
    factor = listed(f"{one:g}" for one in times)
    return (
        f"Every learning rate, under both methods, is {factor} times the paper's; how much of the difference is owed "
        "to that, these runs do not say."
    )


def sampling(study: Study) -> Claim:
    """Check that the architectures are those that everyone draws, no one twice, the same for both methods."""
    expected = _drawn(study.results.experiment)
    found = [
        (run.variant.partition("-")[0], architecture_of(study.configs[run.key]))
        for run in study.results.runs
        if run.key in study.configs
    ]
    same = all(expected.get(name) == one for name, one in found)
    distinct = len({repr(one) for one in expected.values()}) == len(expected)
    names = {name for name, _ in found}
    return Claim(
        "sampling_reproducible",
        "The architectures are those that the seed of the experiment has always drawn from the paper's table 1, by the "
        "digest of the first draw: none twice, and the same ones under both methods.",
        paper=f"200 of {SPACE:,}",
        measured=f"{len(names)} of {len(expected)}, digest {digest_of(expected)}"
        if found and expected
        else None,
        holds=same and distinct and digest_of(expected) == DIGEST if found and expected else None,
        note="The paper does not publish its draws; these are others.",
    )


def more_at_some(study: Study, score: Score | None, pairs: Sequence[Pair]) -> Claim:
    """Check that at some threshold more architectures succeed under the penalty."""
    margins = _margins(pairs)
    more, fewer = (sum(sign * margin > 0 for margin in margins.values()) for sign in (1, -1))
    told = f"more at {more} of {len(PAPER)} thresholds, fewer at {fewer}; {_largest(margins, len(pairs))}"
    return Claim(
        "more_successes_with_the_penalty",
        "At some threshold more architectures succeed under the gradient penalty than as a standard GAN.",
        paper="Inception score: at 16 of 17 thresholds, fewer at none",
        measured=_by(score, pairs, told),
        holds=more > 0 if pairs else None,
        note=_told(study),
    )


def never_fewer(study: Study, score: Score | None, pairs: Sequence[Pair]) -> Claim:
    """Check that at no threshold fewer architectures succeed under the penalty."""
    fewer = [f"{threshold:.1f}" for threshold, margin in _margins(pairs).items() if margin < 0]
    return Claim(
        "never_fewer_with_the_penalty",
        "At no threshold do fewer architectures succeed under the penalty.",
        paper="at none",
        measured=_by(score, pairs, f"fewer at {listed(fewer)}" if fewer else "fewer at none"),
        **weighed(study, not fewer if pairs else None),
        note=_told(study),
    )


def rarely_only_gan(study: Study, score: Score | None, pairs: Sequence[Pair]) -> Claim:
    """Check that hardly any architecture trains as a standard GAN only."""
    found = {threshold: counts(pairs, threshold).only_gan for threshold in PAPER}
    worst = max(found, key=lambda threshold: found[threshold])
    return Claim(
        "rarely_the_standard_gan_only",
        f"At every threshold, only the standard GAN succeeds on at most {RARE:.0%} of the architectures.",
        paper=f"on at most {max(row.only_gan for row in PAPER.values())} of 200, at threshold 7.5",
        measured=_by(score, pairs, f"on at most {found[worst]} of {len(pairs)}, at threshold {worst:.1f}"),
        **weighed(study, found[worst] <= RARE * len(pairs) if pairs else None),
        note=_told(study),
    )


def row_of_table_2(study: Study, score: Score | None, pairs: Sequence[Pair], threshold: float) -> Claim:
    """Put the counts at a threshold beside the paper's."""
    found = counts(pairs, threshold)
    reached = found.neither < len(pairs)
    notes = [] if reached or not pairs else ["No architecture comes so far, under either method."]
    differs = found.only_penalty != found.only_gan
    if reached and not differs:
        notes.append("As many under both methods.")
    if score is None or not score.as_in_papers:
        notes.append(
            "Not the same score: rows with the same threshold must not be compared with one another."
        )
    return Claim(
        f"threshold_{threshold:.1f}",
        f"At threshold {threshold:.1f} more architectures succeed under the penalty than as a standard GAN (table 2).",
        paper=f"Inception score, 200 architectures: {_row(PAPER[threshold])}",
        measured=_by(score, pairs, _row(found)),
        **weighed(study, found.only_penalty > found.only_gan if reached and differs else None),
        note=" ".join(notes) or None,
    )


def architecture_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was drawn of a run's configuration, given as plain values.

    Example:
        >>> network = {"activation": "relu", "depth": 4, "normalized": False, "width": 32}
        >>> architecture_of({"generator": {"network": network}, "critic": {"network": network}})["critic.depth"]
        4
    """
    drawn = {
        f"{player}.{key}": config[player]["network"][key]
        for player in ("generator", "critic")
        for key in ("activation", "depth", "normalized", "width")
    }
    return drawn | {"critic.weight_decay": config["critic"].get("optimizer", {}).get("weight_decay", 0.0)}


def digest_of(architectures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what tells sets of architectures apart, whatever their order.

    Example:
        >>> digest_of({"a": {"depth": 4}}) == digest_of({"a": {"depth": 4}}), len(digest_of({}))
        (True, 16)
    """
    return hashlib.sha256(json.dumps(architectures, sort_keys=True).encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _drawn(experiment: str) -> Mapping[str, dict[str, Any]]:
    """Return the architectures of the packaged experiment by name; none of another one."""
    if experiment != NAME:
        return {}
    layers = load_experiment(NAME).variants.items()
    return {variant.partition("-")[0]: architecture_of(axes[0].data) for variant, axes in layers}


def _margins(pairs: Sequence[Pair]) -> dict[float, int]:
    """Return by threshold how many more succeed under the penalty."""
    found = {threshold: counts(pairs, threshold) for threshold in PAPER}
    return {threshold: row.only_penalty - row.only_gan for threshold, row in found.items()}


def _largest(margins: Mapping[float, int], total: int) -> str:
    best = max(margins, key=lambda threshold: margins[threshold])
    return f"the largest difference, {margins[best]:+d} of {total}, at threshold {best:.1f}".replace("-", "−")


def _row(found: Counts) -> str:
    return f"only GAN {found.only_gan}, only WGAN-GP {found.only_penalty}, both {found.both}, neither {found.neither}"


def _by(score: Score | None, pairs: Sequence[Pair], told: str) -> str | None:
    """Return a count with what it was made by; None without pairs."""
    return f"{score.told}, {plural(len(pairs), 'architecture')}: {told}" if score and pairs else None


def _told(study: Study) -> str:
    steps = "As many generator iterations for both methods, each with five critic steps under the penalty, else one."
    return " ".join(filter(None, (steps, rates_told(study), steps_told(study))))
