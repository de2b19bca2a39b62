"""Kept leaderboards as Markdown, from made-up results of the packaged experiment."""

import pytest

from lipschitz import ConfigError
from lipschitz_trainers.analyses.results import Claim, Results, RunResult
from lipschitz_trainers.reports.leaderboard_markdown import WIDE, markdown


def run(variant, seed, cosine, status="done"):
    metrics = {"cosine": cosine, "cosine_floor": 0.25, "cpu_seconds": 60.0 + seed}
    return RunResult(variant, seed, f"runs/{variant}-seed{seed}", status, metrics)


def text(runs, **changes):
    values = {"experiment": "w1_networks", "profile": "ten_pairs", "command": "lipschitz run it"} | changes
    return markdown(Results(runs=tuple(runs), **values))


def test_a_row_a_variant_a_column_a_pair():
    runs = [
        run(f"d16_n64-{label}", seed, value + 0.1 * seed)
        for label, value in (("silu_mlp", 0.8), ("max_of_cones", 0.85))
        for seed in (0, 1)
    ]
    runs += [run("d2_n4-silu_mlp", 0, 0.7), run("d2_n4-max_of_cones", 0, 0.9, "failed")]
    lines = text(
        runs, claims=(Claim("a", "Is |x| so?", measured=0.5, holds=False, note="Yes."),)
    ).splitlines()
    assert lines == [
        "Made with `lipschitz run it`: 6 runs of 4,000 critic steps, 1 of which did not finish.",
        "",
        "| cosine | d2 n4 | d16 n64 | CPU s |",
        "| :-- | --: | --: | --: |",
        "| `silu_mlp` | **.700** | .850 ± .071 | 60 |",
        "| `max_of_cones` | – | **.900 ± .071** | 60 |",
        "| *best published* | .860 wgan_qp | .780 two_sided_gradient_penalty |  |",
        "| *floor: -\\|x\\|* | .250 | .250 |  |",
        "",
        "| claim | measured | holds |",
        "| :-- | :-- | :-- |",
        "| Is \\|x\\| so?<br>*Yes.* | 0.500 | **no** |",
    ]


def test_many_pairs_go_into_several_tables():
    pairs = [f"d{d}_n{n}" for n in (4, 16) for d in (2, 4, 8, 16, 32, 64, 128)]
    shown = text([run(f"{pair}-silu_mlp", 0, 0.5) for pair in pairs], profile="all_pairs")
    headings = [line.count("|") - 3 for line in shown.splitlines() if line.startswith("| cosine")]
    assert headings == [WIDE, len(pairs) - WIDE]


def test_a_variant_that_is_no_longer_there_is_named():
    with pytest.raises(ConfigError, match="no variant of the experiment 'w1_networks' fits 'd2_n4-old'"):
        text([run("d2_n4-old", 0, 0.5)])
