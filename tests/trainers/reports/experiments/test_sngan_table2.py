"""The figure of SN-GAN's table, from made-up runs."""

import json

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.sngan_table2 import table
from lipschitz_trainers.reports.scene import Overview


def drawn(folder, found):
    runs = []
    for variant, value in found.items():
        (folder / variant).mkdir()
        record = {"step": 1, "evaluation": {"classifier_score": value}}
        (folder / variant / "metrics.jsonl").write_text(json.dumps(record) + "\n")
        metrics = {
            "classifier_score": value,
            "classifier_score_floor": 9.0,
            "classifier_score_samples": 500.0,
        }
        runs.append(RunResult(variant, 0, variant, "done", metrics))
    return table(Overview(Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ()), {}))


def test_the_bar_ends_at_the_best_setting_and_letters_show_all(tmp_path):
    left, right = drawn(
        tmp_path, {"spectral_norm-A": 5.0, "spectral_norm-D": 6.0, "weight_clipping-D": 3.0}
    ).figure.axes
    assert [bar.get_width() for bar in left.patches] == [3, 6]
    assert {(text.get_text(), text.get_position()) for text in left.texts} == {
        ("D", (3.0, 0)),
        ("A", (5.0, 1)),
        ("D", (6.0, 1)),
    }
    assert [bar.get_width() for bar in right.patches] == [6.41, 7.42]
    assert left.get_xlabel().replace("\n", " ") == (
        "classifier score (small classifier of these data, 500 images; not the Inception score)"
    )
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["500 real images: 9.00"]


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert drawn(tmp_path, {}) is None
    assert drawn(tmp_path, {"another-A": 2.0}) is None
