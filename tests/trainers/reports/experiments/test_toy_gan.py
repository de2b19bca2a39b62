"""The figure of the toy GANs, from made-up samples."""

import numpy as np

from lipschitz_trainers.analyses.results import Results, RunResult
from lipschitz_trainers.analyses.study import Study
from lipschitz_trainers.reports.experiments.toy_gan import toy_samples
from lipschitz_trainers.reports.scene import Overview


def overview(folder, *variants):
    for variant in variants:
        (folder / variant / "artifacts").mkdir(parents=True)
        random = np.random.default_rng(0)
        np.savez(
            folder / variant / "artifacts" / "samples.npz",
            real=random.normal(size=(20, 2)),
            fake=random.normal(size=(11, 2)) / 10,
        )
    runs = tuple(RunResult(variant, 0, variant, "done") for variant in variants)
    return Overview(Study(folder, Results("e", "quick", runs=runs), {}, ()), {})


def test_the_critics_of_the_paper_come_first_and_others_are_left_out(tmp_path):
    variants = (
        "swiss_roll-spectral_norm",
        "swiss_roll-two_sided_0.1",
        "swiss_roll-two_sided_gradient_penalty",
        "eight_gaussians-weight_clipping",
    )
    axes = np.reshape(toy_samples(overview(tmp_path, *variants)).figure.axes, (3, 3))
    assert [axis.get_ylabel().replace("\n", "") for axis in axes[:, 0]] == [
        "weight_clipping",
        "two_sided_gradient_penalty",
        "two_sided_0.1",
    ]
    points = [[len(kind.get_offsets()) for kind in axis.collections] for axis in axes.flat]
    assert points == [[20, 11], [], [], [], [], [20, 11], [], [], [20, 11]]


def test_without_samples_there_is_nothing_to_draw(tmp_path):
    assert toy_samples(overview(tmp_path)) is None
