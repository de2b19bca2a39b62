"""The claims as Markdown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz_trainers.analyses import Claim
from lipschitz_trainers.analyses.outcomes import Outcome
from lipschitz_trainers.reports.claims_markdown import escaped, markdown

CLAIMS = (
    Claim("a", "One |x|.", paper=6.5, measured=1 / 3, holds=True),
    Claim("b", "Two.", measured="so\nso", holds=False, note="A *note*."),
    Claim("c", "Three.", holds=None, note="Needs more."),
    Claim("d", "Four.", measured=2.0, criterion=False),
)
ONE = Outcome(
    "one", "quick", "What one shows.", "A paper.", ("steps 5 instead of 10",), 4, 1, 75.0, claims=CLAIMS
)
TWO = Outcome("two", "quick", runs=2, seconds=5.0, date="2026-01-02", version="1.2.3")


def test_everything_is_said_in_order() -> None:
    text = markdown([ONE, TWO], ["three"], "files")
    lines = [
        "**1 of 3 claims hold, 1 does not, 1 cannot be decided; 1 number is only measured.**",
        "Made with: date 2026-01-02; torch-lipschitz 1.2.3.",
        "Not run for this page: `three`.",
        "| [one](#one) | What one shows. | 1 | 1 | 1 | 4 | 1 min 15 s |",
        "| all |  | 1 | 1 | 1 | 6 | 1 min 20 s |",
        "## one",
        "Paper: A paper.",
        "Profile quick, unlike the paper profile: steps 5 instead of 10. Runs: 4, of which 1 did not finish.",
        "| One \\|x\\|. | 6.50 | 0.333 | yes |",
        "| Two.<br>*A \\*note\\*.* | – | so so | **no** |",
        "| Three.<br>*Needs more.* | – | – | *undecided* |",
        "| Four. | – | 2.00 | measured |",
        "## two",
        "Run it: `lipschitz run two --profile quick` ([two.yaml](files/two.yaml)).",
        "It claims nothing that is checked.",
    ]
    places = [text.splitlines().index(line) for line in lines]
    assert places == sorted(places)


def test_nothing_kept_yet() -> None:
    assert markdown([], ["a", "b"]) == "**No claims.**\n\nNot run for this page: `a`, `b`.\n"


@given(st.text())
def test_a_cell_stays_one_cell(text: str) -> None:
    shown = escaped(text)
    assert len(shown.splitlines()) <= 1
    assert not re.search(r"(?<!\\)(?:\\\\)*[|<>*`]", re.sub(r"\\.", "", shown))
    assert re.sub(r"\\(.)", r"\1", shown) == " ".join(text.split())


@pytest.mark.parametrize("name", ["wgan_gp_5_critic_steps", "2.13.0+cpu", "f(x) = 1", "a-b"])
def test_names_stay_as_they_are(name: str) -> None:
    assert escaped(name) == name
