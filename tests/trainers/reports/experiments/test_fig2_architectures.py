"""The sheet of architectures and methods, from made-up samples."""

import numpy as np
import pytest

from lipschitz_trainers.analyses.experiments.fig2_architectures import ARCHITECTURES, GP, METHODS
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.fig2_architectures import outcomes, sheet, strip
from lipschitz_trainers.reports.scene import Overview

FLOORS = {"classifier_score_floor": 9.0, "density_floor": 1.0, "density_coverage_floor": 1.0}


def overview(folder, cells):
    runs = []
    for cell, (shade, share) in cells.items():
        (folder / cell / "artifacts").mkdir(parents=True)
        images = np.full((6, 3, 8, 8), shade, np.float32)
        np.savez(folder / cell / "artifacts" / "samples.npz", real=np.ones_like(images), fake=images)
        measured = {"classifier_score": 1 + 8 * share, "density": share, "density_coverage": share}
        runs.append(RunResult(cell, 0, cell, "done", measured | FLOORS))
    return Overview(Study(folder, Results("e", "quick", runs=tuple(runs)), {}, ()), {})


def test_each_cell_stands_in_its_row_and_column(tmp_path):
    cells = {"baseline-dcgan": (-1.0, 1.0), f"tanh-{GP}": (0.0, 0.0)}
    drawing = sheet(overview(tmp_path, cells))
    axes = np.array(drawing.figure.axes).reshape(3, 4)
    shown = {(i, j): a.images[0].get_array() for (i, j), a in np.ndenumerate(axes) if a.images}
    assert set(shown) == {(0, 0), (1, 3), (2, 0), (2, 1)}  # 6 real images fill no more
    assert shown[0, 0].shape == (8, 4 * 9 - 1, 3)
    assert (shown[0, 0][:, 0].max(), shown[1, 3][0, 0, 0], shown[2, 0].min()) == (0.0, 0.5, 1.0)
    assert [axis.get_title() for axis in axes[1]] == [ARCHITECTURES["tanh"], "", "", ""]
    assert [axis.get_xlabel() for axis in axes[:2, [0, 3]].flat] == ["trained", "", "", "untrained"]
    assert [axis.texts[0].get_text() for axis in axes[0]] == list(METHODS.values())


def test_the_second_figure_has_a_line_of_numbers_for_every_cell(tmp_path):
    drawing = outcomes(overview(tmp_path, {"baseline-dcgan": (0.0, 0.5)}))
    (axis,) = drawing.figure.axes
    texts = [text.get_text() for text in axis.texts]
    assert texts[:2] == ["score 0.50, coverage 0.50", "paper: good"]
    assert texts.count("not run") == 27
    assert [label.get_text() for label in axis.get_yticklabels()] == list(ARCHITECTURES)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_strip_has_its_images_from_left_to_right(channels):
    images = np.stack([np.full((channels, 2, 2), value, np.float32) for value in (-1, 0, np.nan, 9)])
    found = strip(images)
    assert found.shape == (2, 11) + ((3,) if channels == 3 else ())
    first = found if channels == 1 else found[..., 0]
    np.testing.assert_array_equal(first[0], [0, 0, 1, 0.5, 0.5, 1, 0, 0, 1, 1, 1])


def test_without_runs_there_is_nothing_to_draw(tmp_path):
    assert sheet(overview(tmp_path, {})) is None
    assert outcomes(overview(tmp_path, {})) is None
