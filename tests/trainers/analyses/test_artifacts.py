"""Configurations and saved arrays of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lipschitz.errors import DataError
from lipschitz_trainers.analyses.artifacts import (
    first_artifact,
    read_config,
    read_profile,
    read_samples,
    read_surface,
)

X, Y = np.linspace(-1, 1, 4), np.linspace(0, 1, 3)
VALUES = X[None, :] + 10 * Y[:, None]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "artifacts").mkdir()
    return tmp_path


def test_nothing_saved_is_nothing_read(tmp_path: Path) -> None:
    assert read_config(tmp_path) == {}
    assert read_samples(tmp_path) is None
    assert read_surface(tmp_path) is None
    assert read_profile(tmp_path) is None


def test_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("dataset:\n  name: swiss_roll\n")
    assert read_config(tmp_path) == {"dataset": {"name": "swiss_roll"}}


@pytest.mark.parametrize("text", ["a: [", "- list"])
def test_a_damaged_configuration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(DataError, match=r"config\.yaml"):
        read_config(tmp_path)


def test_points_and_images(run: Path) -> None:
    np.savez(run / "artifacts" / "samples.npz", real=np.zeros((5, 2)), fake=np.ones((3, 2)))
    points = read_samples(run)
    assert points is not None
    assert not points.are_images
    assert points.fake.shape == (3, 2)
    np.savez(run / "artifacts" / "samples.npz", real=np.zeros((5, 1, 8, 8)), fake=np.ones((5, 1, 8, 8)))
    images = read_samples(run)
    assert images is not None
    assert images.are_images
    assert points.are_points
    assert not images.are_points
    assert not points.are_text
    assert not images.are_text


def test_text_is_read_as_strings(run: Path) -> None:
    vocabulary = np.array(["?", "a", " ", "é", "\0"])
    np.savez(
        run / "artifacts" / "samples.npz",
        real=np.array([[1, 2, 3]], np.uint16),
        fake=np.array([[0, 0, 4], [3, 3, 3]], np.uint16),
        vocabulary=vocabulary,
    )
    text = read_samples(run)
    assert text is not None
    assert text.are_text
    assert not text.are_points
    assert not text.are_images
    assert text.strings(text.real) == ["a é"]
    assert text.strings(text.fake) == ["??\0", "ééé"]


def test_text_beyond_its_vocabulary_is_refused(run: Path) -> None:
    lines = np.array([[0, 2]], np.uint16)
    np.savez(run / "artifacts" / "samples.npz", real=lines, fake=lines, vocabulary=np.array(["a", "b"]))
    with pytest.raises(
        DataError, match=r"samples\.npz: text should be lines of indices below 2, .* up to 2\."
    ):
        read_samples(run)


def test_the_first_run_that_saved_something_is_read(tmp_path: Path) -> None:
    found = {"b": 1, "c": 2}
    folders = [tmp_path / name for name in "abc"]
    assert first_artifact(folders, lambda folder: found.get(folder.name)) == 1
    assert first_artifact(folders[:1], lambda folder: found.get(folder.name)) is None


@pytest.mark.parametrize("fake", [np.zeros((5, 3)), np.zeros(5)])
def test_samples_of_different_shapes_are_refused(run: Path, fake: np.ndarray) -> None:
    np.savez(run / "artifacts" / "samples.npz", real=np.zeros((5, 2)), fake=fake)
    with pytest.raises(DataError, match="real and fake should have shapes"):
        read_samples(run)


@pytest.mark.parametrize("indexing", ["axes", "xy", "ij"])
def test_a_surface_reads_the_same_in_every_convention(run: Path, indexing: str) -> None:
    x, y, values = X, Y, VALUES
    if indexing != "axes":
        x, y = np.meshgrid(X, Y, indexing=indexing)  # type: ignore[call-overload]
        values = x + 10 * y
    np.savez(run / "artifacts" / "surface.npz", x=x, y=y, values=values)
    surface = read_surface(run)
    assert surface is not None
    np.testing.assert_allclose(surface.x, X, rtol=1e-6)
    np.testing.assert_allclose(surface.y, Y, rtol=1e-6)
    np.testing.assert_allclose(surface.values, VALUES, rtol=1e-6)


def test_a_surface_that_does_not_match_its_grid_is_refused(run: Path) -> None:
    np.savez(run / "artifacts" / "surface.npz", x=X, y=Y, values=VALUES[:2])
    with pytest.raises(DataError, match=r"values should have shape \(3, 4\)"):
        read_surface(run)


def test_damaged_archives_are_named(run: Path) -> None:
    (run / "artifacts" / "samples.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(DataError, match=r"samples\.npz cannot be read"):
        read_samples(run)
    np.savez(run / "artifacts" / "surface.npz", x=X, y=Y)
    with pytest.raises(DataError, match="Expected arrays x, y, values"):
        read_surface(run)


def test_a_profile_has_a_value_for_each_place(run: Path) -> None:
    np.savez(run / "artifacts" / "profile.npz", x=X, values=2 * X)
    found = read_profile(run)
    assert found is not None
    np.testing.assert_allclose(found.values, 2 * found.x)
    np.savez(run / "artifacts" / "profile.npz", x=X, values=Y)
    with pytest.raises(DataError, match=r"profile\.npz.*\(4,\), \(3,\)"):
        read_profile(run)
