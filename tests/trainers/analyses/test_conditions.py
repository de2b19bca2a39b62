"""Whether a comparison was on equal terms."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from lipschitz_trainers.analyses.conditions import conditions, constraint_settings, in_words, seed_list
from lipschitz_trainers.analyses.study import load_study


def test_equal_terms(points: Path) -> None:
    study = load_study(points)
    found = {condition.name: condition for condition in conditions(study, study.groups[0])}
    assert all(condition.equal for condition in found.values())
    assert list(found["critic optimizer"].values) == ["adam (lr 0.0001, betas [0.0, 0.9])"]
    assert list(found["generator steps"].values) == ["3000"]
    assert list(found["critic steps a generator step"].values) == ["5"]
    assert list(found["seeds"].values) == ["0 to 4"]
    assert "precision" not in found


def test_an_optimizer_of_its_own_is_named(synthetic: ModuleType, tmp_path: Path) -> None:
    optimizers = {synthetic.CLIPPING: {"name": "rmsprop", "lr": 5e-5}}
    study = load_study(synthetic.build(tmp_path, optimizers=optimizers, seeds=1, lines=2))
    optimizer = conditions(study, study.groups[0])[0]
    assert not optimizer.equal
    assert optimizer.values["rmsprop (lr 5e-05)"] == (synthetic.CLIPPING,)
    assert len(optimizer.values["adam (lr 0.0001, betas [0.0, 0.9])"]) == 3


def test_constraints_with_their_fields(points: Path, synthetic: ModuleType) -> None:
    study = load_study(points)
    settings = constraint_settings(study, study.groups[0])
    assert settings[synthetic.ONE] == f"{synthetic.ONE} (coefficient 10.0)"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"name": "adam"}, "adam"),
        ({"width": 5}, "width 5"),
        ([{"name": "a"}, {"name": "b"}], "[a, b]"),
        ({"name": "a", "inner": {"name": "b", "c": None}}, "a (inner b)"),
        ("adam", "adam"),
        ([], "none"),
    ],
)
def test_settings_in_words(value: object, text: str) -> None:
    assert in_words(value) == text


def test_seeds_in_words() -> None:
    assert [seed_list(seeds) for seeds in ([2, 0, 1], [4], [0, 1], [1, 5, 6])] == [
        "0 to 2",
        "4",
        "0, 1",
        "1, 5, 6",
    ]
