"""Samples kept through training, read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.progress import read_progress


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "artifacts" / "progress").mkdir(parents=True)
    return tmp_path


def keep(folder: Path, step: int, samples: Any, **more: Any) -> Path:
    path = folder / "artifacts" / "progress" / f"step-{step:08d}.npz"
    np.savez(path, allow_pickle=False, samples=np.asarray(samples), **more)
    return path


def test_nothing_kept_is_nothing_read(tmp_path: Path, folder: Path) -> None:
    assert read_progress(tmp_path / "elsewhere") is None
    (folder / "artifacts" / "progress" / "step-00000001.partial").write_bytes(b"half")
    assert read_progress(folder) is None


def test_steps_ascend_and_samples_go_with_them(folder: Path) -> None:
    for step in (100, 20, 3):
        keep(folder, step, np.full((4, 2), step))
    found = read_progress(folder)
    assert found is not None
    assert found.steps == (3, 20, 100)
    assert found.samples.shape == (3, 4, 2)
    assert not found.are_images
    assert not found.are_text
    at = found.at(20)
    assert at is not None
    assert (at == 20).all()
    assert found.at(21) is None


def test_bytes_become_images_in_the_range_of_the_data(folder: Path) -> None:
    keep(folder, 1, np.array([0, 255], np.uint8).reshape(2, 1, 1, 1))
    found = read_progress(folder)
    assert found is not None
    assert found.are_images
    assert found.samples.flatten().tolist() == [-1.0, 1.0]
    assert found.samples.dtype == np.float32


def test_text_comes_with_its_characters(folder: Path) -> None:
    keep(folder, 1, np.array([[0, 1]], np.uint16), vocabulary=np.array(["a", "b"]))
    found = read_progress(folder)
    assert found is not None
    assert found.are_text
    assert found.vocabulary == ("a", "b")


def test_evaluations_of_different_sizes_share_the_smallest(folder: Path) -> None:
    keep(folder, 1, np.zeros((4, 2)))
    keep(folder, 2, np.zeros((3, 2)))
    found = read_progress(folder)
    assert found is not None
    assert found.samples.shape == (2, 3, 2)


def test_damage_is_named(folder: Path) -> None:
    keep(folder, 1, np.zeros((4, 2)))
    keep(folder, 2, np.zeros((4, 3)))
    with pytest.raises(
        DataError, match=r"progress: samples of all steps should have one shape.*\(4, 2\), \(4, 3\)"
    ):
        read_progress(folder)
    path = keep(folder, 2, np.zeros((4, 2)))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError, match=r"step-00000002\.npz cannot be read"):
        read_progress(folder)
    keep(folder, 2, np.array([[0, 7]], np.uint16), vocabulary=np.array(["a"]))
    keep(folder, 1, np.array([[0, 0]], np.uint16), vocabulary=np.array(["a"]))
    with pytest.raises(
        DataError, match=r"step-00000002\.npz: text should be lines of indices below 1, .* up to 7"
    ):
        read_progress(folder)
