"""What the page is told."""

from __future__ import annotations

import base64
from pathlib import Path

from lipschitz_trainers.analyses import load_study, rank
from lipschitz_trainers.reports.figures import Figures, Illustration
from lipschitz_trainers.reports.page import page
from lipschitz_trainers.reports.style import looks


def test_everything_the_template_needs(points: Path) -> None:
    study = load_study(points)
    rankings = [rank(group) for group in study.groups]
    appearance = looks(row.variant.label for row in rankings[0].rows)
    cost = points / "figures" / "cost.png"
    drawn = Figures((Illustration(cost, "swiss_roll", "Cost", "Look."),), ("one was damaged",))
    told = page(study, rankings, drawn, appearance)
    (dataset,) = told["datasets"]
    assert [row["color"] for row in dataset["rows"]] == [look.color for look in appearance.values()]
    (figure,) = dataset["figures"]
    assert base64.b64decode(figure["data"]) == cost.read_bytes()
    assert figure["width"] < 900
    assert told["problems"] == ("one was damaged",)
    assert told["command"] == "lipschitz compare a b"
    assert [len(variant["runs"]) for variant in told["variants"]] == [2] * 4
    assert told["variants"][0]["time"] == "2 min 3 s"
    assert told["variants"][0]["runs"][0][1] == "runs/one_sided_gradient_penalty-seed0/"
