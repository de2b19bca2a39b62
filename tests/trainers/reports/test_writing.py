"""The page itself, made from the folder alone."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from lipschitz.errors import DataError
from lipschitz_trainers.reports import figures, write_report

EVIL = "<script>alert('x')</script>"


class Page(HTMLParser):
    """Gathers a page's text, tags and attributes; complains about tags that do not close."""

    VOID = frozenset({"meta", "img", "br", "link"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def read(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_the_page_answers_first_and_says_everything(points: Path, synthetic: ModuleType) -> None:
    page = read(points)
    text = " ".join(page.text.split())
    order = [
        "compare · profile quick",
        "On swiss_roll",
        "Scaled down.",
        "swiss_roll, ranked by W1",
        "One-sided against two-sided",
        "Figures",
        "How W1 develops",
        "Conditions",
        "On equal terms",
        "adam (lr 0.0001, betas [0.0, 0.9])",
        "To do it again",
        "lipschitz compare a b",
        "Environment",
        "2.13.0+cpu",
        "Runs",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    for name in synthetic.W1:
        assert name in text
    assert "did not finish" not in text


def test_the_page_needs_nothing_else(points: Path) -> None:
    page = read(points)
    sources = [attrs[name] or "" for _, attrs in page.tags for name in ("src", "href") if name in attrs]
    assert sum(source.startswith("data:image/png;base64,") for source in sources) == 6
    assert all(source.startswith(("data:", "runs/", "#")) for source in sources)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in page.tags}
    style = re.search("<style>(.*?)</style>", (points / "report.html").read_text(encoding="utf-8"), re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "prefers-color-scheme: dark" in style[1]
    assert "@media print" in style[1]


def test_every_figure_is_described(points: Path) -> None:
    page = read(points)
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    assert sum(tag == "figcaption" for tag, _ in page.tags) == 6


def test_links_lead_to_the_runs(points: Path) -> None:
    links = [attrs["href"] or "" for tag, attrs in read(points).tags if tag == "a"]
    assert len(links) == 8
    assert all((points / link).is_dir() for link in links)


def test_failures_are_told_with_their_reason(images: Path) -> None:
    text = read(images).text
    assert "Some runs did not finish" in text
    assert "Runs that did not finish" in text
    assert text.count("TrainingError: loss is <NaN>") == 2


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw one figure only, where the test is about the words."""
    monkeypatch.setattr(figures, "DRAWERS", (figures.cost,))


@pytest.fixture
def only_surfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the figure that the test damages."""
    monkeypatch.setattr(figures, "DRAWERS", (figures.surfaces,))


@pytest.mark.usefixtures("plain")
def test_names_and_messages_are_escaped(synthetic: ModuleType, tmp_path: Path) -> None:
    claims = [{"id": EVIL, "statement": EVIL, "paper": EVIL, "measured": EVIL, "holds": None, "note": EVIL}]
    synthetic.build(
        tmp_path, constraints=("a<b>&c", synthetic.ONE), seeds=1, lines=2, claims=claims, command=EVIL
    )
    content = json.loads((tmp_path / "results.json").read_text())
    content["environment"] = {EVIL: EVIL}
    content["runs"].append(
        content["runs"][0] | {"seed": 9, "status": "failed", "error": EVIL, "directory": "javascript:x"}
    )
    synthetic.write_results(tmp_path, content)
    write_report(tmp_path)
    page = read(tmp_path)
    assert "script" not in {tag for tag, _ in page.tags}
    assert "a<b>&c" in page.text
    assert page.text.count(EVIL) >= 7
    assert all(not (attrs.get("href") or "").startswith("javascript:") for _, attrs in page.tags)


@pytest.mark.usefixtures("plain")
def test_claims_show_whether_they_hold(synthetic: ModuleType, tmp_path: Path) -> None:
    claims = [
        {
            "id": f"c{i}",
            "statement": f"Claim {i}.",
            "paper": 6.5,
            "measured": 1 / 3,
            "holds": holds,
            "note": None,
            "criterion": i < 3,
        }
        for i, holds in enumerate((True, False, None, None))
    ]
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2, claims=claims)
    write_report(tmp_path)
    text = " ".join(read(tmp_path).text.split())
    for part in ("Claim 0.c0", "6.50", "0.333", "yes", "no", "undecided", "0.333measured"):
        assert part in text


@pytest.mark.usefixtures("plain")
def test_unequal_terms_are_said_to_be_unequal(synthetic: ModuleType, tmp_path: Path) -> None:
    optimizers = {synthetic.CLIPPING: {"name": "rmsprop", "lr": 5e-5}}
    write_report(synthetic.build(tmp_path, optimizers=optimizers, seeds=1, lines=2))
    text = " ".join(read(tmp_path).text.split())
    assert "Not on equal terms: critic optimizer differs between constraints." in text
    assert f"rmsprop (lr 5e-05): {synthetic.CLIPPING}" in text


@pytest.mark.usefixtures("plain")
def test_the_paper_profile_is_not_called_scaled_down(synthetic: ModuleType, tmp_path: Path) -> None:
    write_report(synthetic.build(tmp_path, constraints=(synthetic.ONE,), profile="paper", seeds=1, lines=2))
    assert "Scaled down" not in read(tmp_path).text


@pytest.mark.usefixtures("plain")
def test_null_metrics_and_missing_folders_are_survived(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, seeds=1, lines=2)
    content = json.loads((tmp_path / "results.json").read_text())
    content["runs"][0]["metrics"] = dict.fromkeys(content["runs"][0]["metrics"])
    content["runs"][0]["wall_seconds"] = None
    synthetic.write_results(tmp_path, content)
    shutil.rmtree(tmp_path / content["runs"][1]["directory"])
    write_report(tmp_path)
    assert "no finite W1 in 1 finished run" in read(tmp_path).text


@pytest.mark.usefixtures("only_surfaces")
def test_damage_is_told_on_the_page(synthetic: ModuleType, tmp_path: Path) -> None:
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    (tmp_path / "runs" / f"{synthetic.ONE}-seed0" / "artifacts" / "surface.npz").write_bytes(b"damaged")
    write_report(tmp_path)
    assert "surface.npz cannot be read" in read(tmp_path).text


def test_an_experiment_without_runs_has_a_page(synthetic: ModuleType, tmp_path: Path) -> None:
    write_report(synthetic.build(tmp_path, constraints=(), seeds=0))
    assert "compare" in read(tmp_path).text


def test_writing_twice_changes_nothing(
    synthetic: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "DRAWERS", (figures.estimates, figures.scatters))
    synthetic.build(tmp_path, constraints=(synthetic.ONE,), seeds=1, lines=2)
    first = write_report(tmp_path).read_bytes()
    assert write_report(str(tmp_path)).read_bytes() == first


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected the output folder"):
        write_report(tmp_path)
