"""Kept leaderboards as Markdown, from made-up results."""

import dataclasses

import pytest

from lipschitz import DataError
from lipschitz_trainers.analyses.results import Claim
from lipschitz_trainers.reports.leaderboard_markdown import CONFIGS, DISTANCES, WIDE, markdown


@pytest.fixture
def text(known_pairs):
    """Return a function from cosines to the page."""

    def write(cosines, claims=(), steps=4000, failed=(), **metrics):
        results = known_pairs(cosines).results
        configs = {}
        for (variant, _), config in known_pairs(cosines).configs.items():
            configs[variant] = {**config, "steps": steps, "batch_size": 256}
        for run in results.runs:
            run.metrics.update(metrics)
        runs = [
            dataclasses.replace(run, status="failed") if run.variant in failed else run
            for run in results.runs
        ]
        return markdown(
            dataclasses.replace(
                results,
                runs=tuple(runs),
                claims=claims,
                command="lipschitz run it",
                others={CONFIGS: configs},
            )
        )

    return write


def test_a_row_a_variant_a_column_a_pair(text):
    cosines = {
        "d16_n64": {"silu_mlp": [0.8, 0.9], "max_of_cones": [0.85, 0.95]},
        "d2_n4": {"silu_mlp": [0.7], "max_of_cones": [0.9]},
    }
    measured = {"cosine_fake": 0.5, "l2": 0.2, "true_w1": 2.0, "true_w1_error": -0.5, "lipschitz_lower": 1.25}
    measured |= {"cosine_ceiling": 0.98, "cosine_linear_floor": 0.4}
    claims = (
        Claim("a", "Is |x| so?", paper="d2 n4 .1", measured=0.5, holds=False, note="Yes."),
        Claim("b", "And there?"),
    )
    lines = text(cosines, claims, failed=["d2_n4-max_of_cones"], **measured).splitlines()
    assert lines == [
        "Made with `lipschitz run it`: 6 runs of 4,000 critic steps with 256 samples, 1 of which did not finish.",
        "",
        "| cosine | d2 n4 | d16 n64 | CPU s |",
        "| :-- | --: | --: | --: |",
        "| `silu_mlp` | **.700** | **.850 ± .071** | 60 |",
        "| `max_of_cones` (prior) | – | **.900 ± .071** | 60 |",
        "| *best published* | .859 wgan_qp | .785 two_sided_gradient_penalty |  |",
        "| *published: two_sided_gradient_penalty* | .845 | .785 |  |",
        "| *published: one_sided_gradient_penalty* | .818 | .783 |  |",
        "| *published: spectral_norm* | .213 | .163 |  |",
        "| *published: weight_clipping* | .072 | .154 |  |",
        "| *published: sorting_out* | .773 | .569 |  |",
        "| *floor: -\\|x\\|* | .250 | .250 |  |",
        "| *floor: best linear critic* | .400 | .400 |  |",
        "| *ceiling: float32* | .980 | .980 |  |",
        "",
        DISTANCES,
        "",
        "| W1: raw (calibrated) | d2 n4 | d16 n64 |",
        "| :-- | --: | --: |",
        "| *true* | 2.00 | 2.00 |",
        "| `silu_mlp` | 1.50 (1.20) | 1.50 (1.20) |",
        "| `max_of_cones` (prior) | – | 1.50 (1.20) |",
        "| *published: two_sided_gradient_penalty* | 0.857 | 1.36 |",
        "| *published: one_sided_gradient_penalty* | 0.885 | 1.35 |",
        "| *published: spectral_norm* | 0.152 | 0.195 |",
        "| *published: weight_clipping* | 0.0310 | 0.520 |",
        "| *published: sorting_out* | 0.760 | 0.849 |",
        "",
        "Beside the cosine, means over these pairs, of what ran on all of them:",
        "",
        lines[31],
        lines[32],
        "| `silu_mlp` | .500 | 0.20 | 0.25 | 0.600 | 1.25 to – |",
        "",
        "| claim | published | measured | holds |",
        "| :-- | :-- | :-- | :-- |",
        "| Is \\|x\\| so?<br>*Yes.* | d2 n4 .1 | 0.500 | **no** |",
    ]
    assert lines[31].count("|") == lines[33].count("|")


def test_many_pairs_go_into_several_tables(text):
    pairs = [f"d{d}_n{n}" for n in (4, 16) for d in (2, 4, 8, 16, 32, 64, 128)]
    shown = text({pair: {"silu_mlp": [0.5]} for pair in pairs})
    headings = [line.count("|") - 3 for line in shown.splitlines() if line.startswith("| cosine |")]
    assert headings == [WIDE, len(pairs) - WIDE]


def test_the_steps_are_those_that_were_run(text):
    assert "1 run of 20 critic steps" in text({"d2_n4": {"silu_mlp": [0.5]}}, steps=20)


def test_results_without_configurations_are_refused(known_pairs):
    with pytest.raises(
        DataError, match=r"expected results with the key 'configs'; write them with benchmarks/keep"
    ):
        markdown(known_pairs({"d2_n4": {"a": [0.5]}}).results)
