"""The sheet of samples of the deep residual generator."""

import numpy as np

from lipschitz_trainers.analyses.experiments.fig4_lsun_resnet import VARIANT
from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.fig4_lsun_resnet import sheet
from lipschitz_trainers.reports.scene import Overview


def overview(folder):
    runs = (RunResult(VARIANT, 0, "run", "done"),)
    return Overview(Study(folder, Results("e", "quick", runs=runs), {}, ()), {})


def test_generated_images_beside_real_ones(tmp_path):
    (tmp_path / "run" / "artifacts").mkdir(parents=True)
    images = np.ones((9, 3, 8, 8), np.float32)
    np.savez(tmp_path / "run" / "artifacts" / "samples.npz", real=-images, fake=images)
    drawing = sheet(overview(tmp_path))
    left, right = drawing.figure.axes
    assert (left.get_title(), right.get_title()) == ("Generated", "Real")
    assert left.images[0].get_array().min() == 1
    assert right.images[0].get_array()[0, 0, 0] == 0
    assert drawing.photographs


def test_without_samples_there_is_nothing_to_draw(tmp_path):
    assert sheet(overview(tmp_path)) is None
