"""The page with every claim of many experiments."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lipschitz_trainers.analyses.outcomes import outcomes_in
from lipschitz_trainers.reports import write_claims_page
from lipschitz_trainers.reports.claims_page import made

EVIL = "<script>alert('x')</script>"
VOID = {"meta", "img", "br", "link"}


class Page(HTMLParser):
    """Gathers tags and text; complains about tags that do not close."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []
        self.said = " ".join(self.said.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said += data + " "

    def links(self) -> list[str]:
        return [attrs["href"] or "" for tag, attrs in self.tags if tag == "a"]


def claim(name: str, holds: bool | None, **more: Any) -> dict[str, Any]:
    shown = {"paper": 6.5, "measured": 1 / 3, "note": None}
    return {"id": name, "statement": f"Claim {name}.", "holds": holds, **shown, **more}


@pytest.fixture
def out(synthetic: ModuleType, points: Path, tmp_path: Path) -> Path:
    """Two experiments: one of this distribution, without runs, and one with runs, figures and a failure."""
    synthetic.build(
        tmp_path / "dirac_gan",
        constraints=(),
        seeds=0,
        experiment="dirac_gan",
        environment={"torch-lipschitz": "1.2.3"},
        claims=[
            claim("a", True),
            claim("b", None, note="Needs more steps."),
            claim("m", None, criterion=False),
        ],
    )
    shutil.copytree(points, tmp_path / "own one")
    claims = [claim("c", False, measured="far off")]
    broken = {(synthetic.ONE, 1): "TrainingError"}
    synthetic.build(tmp_path / "own one", seeds=2, lines=2, experiment="own", claims=claims, broken=broken)
    return tmp_path


def page_of(folder: Path, *arguments: Any) -> Page:
    outcomes, problems = outcomes_in(folder)
    assert problems == {}
    write_claims_page(folder / "claims.html", outcomes, *arguments)
    return Page(folder / "claims.html")


def test_the_summary_comes_first_and_every_claim_after(out: Path) -> None:
    page = page_of(out)
    order = [
        "1 of 3 claims hold, 1 does not, 1 cannot be decided; 1 number is only measured.",
        "Scaled down.",
        "dirac_gan Which constraints make the simplest GAN converge",
        "own 0 1 0 8 8 min 12 s",
        "all 1 1 1 8 8 min 12 s",
        "Paper: Mescheder",
        "Profile quick",
        "Claim a. 6.50 0.333 yes",
        "Claim b. Needs more steps. 6.50 0.333 undecided",
        "Claim m. 6.50 0.333 measured",
        "8 runs, 8 min 12 s, 1 did not finish",
        "Claim c. 6.50 far off no",
        "Not finished",
        "1 of 8 runs did not finish",
        "torch-lipschitz 1.2.3",
    ]
    places = [page.said.index(part) for part in order]
    assert places == sorted(places)


def test_links_lead_to_the_folders(out: Path) -> None:
    links = page_of(out).links()
    assert {link for link in links if link.startswith("#")} == {"#dirac_gan", "#own", "#unfinished"}
    assert "own%20one/report.html" in links
    assert (out / "own one" / "report.html").exists()
    assert "dirac_gan/results.json" in links


def test_anchors_exist_and_images_are_inside(out: Path) -> None:
    page = page_of(out)
    anchors = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert {link[1:] for link in page.links() if link.startswith("#")} <= {str(one) for one in anchors}
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 1  # the surfaces
    assert all((attrs["src"] or "").startswith("data:image/png;base64,") and attrs["alt"] for attrs in images)


def test_what_is_missing_is_told(out: Path) -> None:
    said = page_of(out, {"toy_gan": "DataError: damaged"}, ["fig1a_value_surfaces"]).said
    assert "toy_gan : DataError: damaged" in said
    assert "Not run: fig1a_value_surfaces." in said


def test_everything_finished_says_nothing_of_it(out: Path) -> None:
    shutil.rmtree(out / "own one")
    said = page_of(out).said
    assert "Not finished" not in said
    assert "Not everything" not in said


def test_texts_are_escaped(synthetic: ModuleType, tmp_path: Path) -> None:
    claims = [{"id": EVIL, "statement": EVIL, "paper": EVIL, "measured": EVIL, "holds": None, "note": EVIL}]
    environment = {"processor": EVIL}
    synthetic.build(
        tmp_path / "x", constraints=(), seeds=0, experiment=EVIL, claims=claims, environment=environment
    )
    page = page_of(tmp_path, {EVIL: EVIL}, [EVIL])
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.said.count(EVIL) >= 8


def test_a_page_without_experiments(tmp_path: Path) -> None:
    assert "No claims." in page_of(tmp_path, {"toy_gan": "failed"}).said


def test_where_runs_were_made_is_said_once(out: Path) -> None:
    first, second = outcomes_in(out)[0].values()
    assert made([first, first]) == made([first])
    dated = [type(first)(**{**vars(first), "date": date}) for date in ("2026-02-03", "2026-01-02")]
    assert made(dated)["date"] == "2026-01-02 to 2026-02-03"
    assert made([second])["torch"] == "2.13.0+cpu"
