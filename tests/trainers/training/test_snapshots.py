"""Samples kept through training: what is saved, which evaluations stay, and exact resume."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lipschitz_trainers.data import TextSource, from_tensor
from lipschitz_trainers.registry import build
from lipschitz_trainers.training.snapshots import KEPT, MOST, SnapshotFolder, arrays_of

POINTS = from_tensor(torch.zeros(4, 1), kind="points", held_out=0.5)


def evaluated(folder, steps):
    for step in steps:
        folder.save(torch.full((2, 1), float(step)), POINTS, step)


def evaluations(every, end):
    """Return when a run of so many steps is evaluated."""
    return sorted({*range(every, end + 1, every), end})


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 5), st.integers(1, 200))
def test_of_long_runs_the_first_the_last_and_evenly_spread_ones_stay(tmp_path_factory, every, end):
    folder = SnapshotFolder(tmp_path_factory.mktemp("run"), every)
    evaluated(folder, evaluations(every, end))
    steps = list(folder.files())
    assert steps == sorted(steps)
    assert steps[0] == min(every, end)
    assert steps[-1] == end
    assert min(len(evaluations(every, end)), MOST // 2 - 1) <= len(steps) <= MOST
    gaps = {b - a for a, b in itertools.pairwise(steps[1:-1])}
    assert len(gaps) <= 1
    for step, path in folder.files().items():
        with np.load(path) as kept:
            assert (kept["samples"] == step).all()


@settings(deadline=None, max_examples=20)
@given(st.data(), st.integers(1, 4), st.integers(1, 100))
def test_a_run_that_died_and_was_resumed_ends_with_the_same_files(tmp_path_factory, data, every, end):
    whole = SnapshotFolder(tmp_path_factory.mktemp("whole"), every)
    evaluated(whole, evaluations(every, end))
    parts = SnapshotFolder(tmp_path_factory.mktemp("parts"), every)
    died = data.draw(st.integers(0, end))
    checkpoint = data.draw(st.integers(0, died))
    evaluated(parts, range(every, died + 1, every))
    parts.cut(checkpoint)
    assert all(step <= checkpoint for step in parts.files())
    evaluated(parts, [step for step in evaluations(every, end) if step > checkpoint])
    if checkpoint == end:
        evaluated(parts, [end])  # a finished run that is resumed is judged again
    assert list(parts.files()) == list(whole.files())


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "step-notes.npz").write_bytes(b"mine")
    folder = SnapshotFolder(tmp_path, 1)
    evaluated(folder, range(1, 60))
    folder.cut(-1)
    assert [path.name for path in tmp_path.iterdir()] == ["step-notes.npz"]


def test_images_are_bytes():
    images = torch.tensor([-1.0, 0.0, 1.0, torch.nan, -7.0, 7.0]).reshape(1, 1, 2, 3)
    source = from_tensor(torch.zeros(4, 1, 2, 3), kind="images", held_out=0.5)
    samples = arrays_of(images, source)["samples"]
    assert samples.dtype == np.uint8
    assert samples.flatten().tolist() == [0, 128, 255, 0, 0, 255]


def test_text_is_indices_beside_their_characters():
    lines = torch.tensor([[2, 0, 1], [1, 1, 2]])
    source = TextSource(lines, lines, ("?", "a", "é"))
    arrays = arrays_of(0.3 * source.one_hot(lines) + 0.2, source)
    assert arrays["samples"].tolist() == lines.tolist()
    assert arrays["vocabulary"].tolist() == ["?", "a", "é"]


@pytest.mark.parametrize("dataset", ["swiss_roll", "digits"])
def test_a_run_keeps_the_fixed_samples_of_each_evaluation(make_trainer, tmp_path, dataset):
    trainer = make_trainer(folder=tmp_path, dataset=dataset, metrics=["sliced_w1"], every=2)
    trainer.fit(3)
    with np.load(tmp_path / "artifacts" / "progress" / "step-00000003.npz") as kept:
        end = kept["samples"]
    seen = []
    trainer.evaluator.measure(trainer.game, trainer.source, seen.append)
    want = seen[0].fake[: KEPT[trainer.source.kind]]
    assert len(end) == min(32, KEPT[trainer.source.kind])
    np.testing.assert_array_equal(end, arrays_of(want, trainer.source)["samples"])
    assert list(trainer.snapshots.files()) == [2, 3]


def test_fixed_generators_unjudged_runs_and_runs_without_a_folder_keep_nothing(make_trainer, noise, tmp_path):
    for trainer in (
        make_trainer(folder=tmp_path / "fixed", fixed=noise, metrics=["w1"], every=1),
        make_trainer(folder=tmp_path / "unjudged"),
        make_trainer(metrics=["w1"], every=1),
    ):
        trainer.fit(1)
        assert trainer.snapshots is None
    assert not list(tmp_path.rglob("*.npz"))


def test_a_run_that_starts_over_keeps_nothing_of_before(make_trainer, tmp_path):
    first = make_trainer(folder=tmp_path, metrics=["w1"], every=1)
    first.evaluate()
    first.snapshots.save(torch.zeros(1, 2), first.source, 99)
    first.close()
    second = make_trainer(folder=tmp_path, metrics=["w1"], every=1)
    assert not second.resume()
    assert not second.snapshots.files()


def test_keeping_samples_changes_no_number(make_trainer, tmp_path):
    kept = make_trainer(folder=tmp_path, metrics=["w1"], every=1)
    not_kept = make_trainer(metrics=["w1"], every=1)
    kept.fit(2)
    not_kept.fit(2)
    assert kept.metrics == not_kept.metrics
    assert build("metric", "w1").name in kept.metrics
