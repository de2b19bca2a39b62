"""What an experiment came to: summed up from its folder, kept, read again."""

import json
import math
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipschitz.errors import DataError
from lipschitz_trainers.analyses import Claim
from lipschitz_trainers.analyses.outcomes import Outcome, Tally, outcomes_in

CLAIMS = [
    {"id": "a", "statement": "A.", "paper": 6.5, "measured": 1 / 3, "holds": True, "note": None},
    {"id": "b", "statement": "B.", "paper": None, "measured": "one", "holds": False, "note": "why"},
    {"id": "c", "statement": "C.", "paper": None, "measured": None, "holds": None, "note": None},
]
DAY = 86400


@pytest.fixture
def folder(synthetic, tmp_path):
    environment = {"torch-lipschitz": "1.2.3", "processor": "abacus", "cuda_devices": [], "POT": "9"}
    where = synthetic.build(
        tmp_path / "out" / "dirac_gan",
        seeds=2,
        lines=2,
        broken={(synthetic.ONE, 1): "so"},
        experiment="dirac_gan",
        environment=environment,
        claims=CLAIMS,
    )
    for i, path in enumerate(sorted(where.glob("runs/*"))):
        (path / "result.json").write_text("{}")
        os.utime(path / "result.json", (i * DAY, i * DAY))
    return where


def test_everything_comes_from_the_folder(folder):
    found = Outcome.of(folder)
    assert (found.experiment, found.profile) == ("dirac_gan", "quick")
    assert found.description.startswith("Which constraints make the simplest GAN converge")
    assert found.paper is not None
    assert "Mescheder" in found.paper
    assert (found.runs, found.unfinished) == (8, 1)
    assert found.seconds == 8 * 61.5
    assert found.date == "1970-01-08"
    assert found.version == "1.2.3"
    assert found.machine == {"processor": "abacus"}
    assert found.claims == tuple(Claim(**claim) for claim in CLAIMS)
    assert str(found.tally) == "1 of 3 claims hold, 1 does not, 1 cannot be decided"


def test_drawing_and_checking_later_leave_the_date(folder):
    os.utime(folder / "results.json", (1000 * DAY, 1000 * DAY))
    assert Outcome.of(folder).date == "1970-01-08"


def test_of_an_own_experiment_less_is_known(synthetic, tmp_path):
    found = Outcome.of(synthetic.build(tmp_path, seeds=1, lines=2))
    assert (found.experiment, found.description, found.paper, found.reduced) == ("compare", "", None, None)
    assert found.scale == "Profile quick."


@pytest.mark.parametrize(
    ("reduced", "scale"),
    [
        ((), "Profile p, with the settings of the paper profile: nothing is reduced."),
        (
            ("a 1 instead of 2", "1 of 2 variants"),
            "Profile p, unlike the paper profile: a 1 instead of 2, 1 of 2 variants.",
        ),
    ],
)
def test_the_scale_is_told(reduced, scale):
    assert Outcome("x", "p", reduced=reduced).scale == scale


def test_what_is_kept_can_be_read_again(folder, tmp_path):
    found = Outcome.of(folder)
    found.save(tmp_path / "deep" / "kept.json")
    assert Outcome.load(tmp_path / "deep" / "kept.json") == found


def test_no_number_is_kept_as_null(tmp_path):
    claim = Claim("a", "s", measured=math.nan, holds=None)
    Outcome("x", "quick", claims=(claim,)).save(tmp_path / "kept.json")
    again = Outcome.load(tmp_path / "kept.json")
    assert math.isnan(again.seconds)
    assert again.claims[0].measured is None
    assert "NaN" not in (tmp_path / "kept.json").read_text()


def test_damage_is_named(tmp_path):
    path = tmp_path / "kept.json"
    Outcome("x", "quick").save(path)
    content = json.loads(path.read_text())
    del content["version"]
    content["claims"] = [{"id": "a", "statement": "s", "holds": "maybe"}]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"lacks 'version'[\s\S]*'holds' should be bool or null, got 'maybe'"):
        Outcome.load(path)


def test_folders_in_order_and_damage_apart(synthetic, tmp_path):
    for name in ("b", "a"):
        synthetic.build(tmp_path / name, constraints=(), seeds=0, experiment=name)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "results.json").write_text("{")
    (tmp_path / "notes").mkdir()
    found, problems = outcomes_in(tmp_path)
    assert [(folder.name, outcome.experiment) for folder, outcome in found.items()] == [
        ("a", "a"),
        ("b", "b"),
    ]
    assert list(problems) == ["c"]
    assert "cannot be read as JSON" in problems["c"]


@given(st.lists(st.sampled_from([True, False, None])), st.integers(0, 3))
def test_every_claim_is_counted_once_and_measurements_apart(verdicts, numbers):
    claims = [Claim("a", "s", holds=holds) for holds in verdicts]
    tally = Tally.of([*claims, *[Claim("a", "s", measured=1.0, criterion=False)] * numbers])
    assert (tally.holds, tally.fails) == (verdicts.count(True), verdicts.count(False))
    assert (tally.total, tally.measured) == (len(verdicts), numbers)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((1, 0, 0), "1 of 1 claim holds"),
        ((0, 2, 0), "0 of 2 claims hold, 2 do not"),
        ((0, 0, 1), "0 of 1 claim holds, 1 cannot be decided"),
        ((0, 0, 0, 1), "no claims; 1 number is only measured"),
        ((1, 0, 0, 2), "1 of 1 claim holds; 2 numbers are only measured"),
    ],
)
def test_counts_in_words(counts, words):
    assert str(Tally(*counts)) == words
