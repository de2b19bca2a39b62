"""Where files are looked for, and what the known files are."""

import re
from pathlib import Path

import pytest

from lipschitz import MissingExtraError
from lipschitz_trainers.data import Cifar10, FileDataset, Mnist
from lipschitz_trainers.data.places import FOLDER_VARIABLE, data_folder
from lipschitz_trainers.registry import registered

FILE_DATASETS = {name: cls for name, cls in registered("dataset").items() if issubclass(cls, FileDataset)}


def test_the_folder_follows_the_field_then_the_variable_then_the_platform(monkeypatch, tmp_path):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    assert data_folder().name == "lipschitz"
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert Mnist().place() == tmp_path / "mnist"
    assert Mnist(folder="~/elsewhere").place() == Path.home() / "elsewhere"


def test_without_pooch_the_extra_is_named(monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)
    with pytest.raises(MissingExtraError, match="needs pooch"):
        data_folder()


@pytest.mark.parametrize("name", FILE_DATASETS)
def test_each_says_how_to_get_its_files(name, tmp_path):
    cls = FILE_DATASETS[name]
    assert cls(folder=str(tmp_path)).missing()
    assert bool(cls.downloads) != bool(cls.instruction)
    assert re.search(r"https?://", cls.instruction) or "lipschitz data get" in cls.how_to_get()
    for download in cls.downloads:
        assert re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", download.checksum)
        assert download.url.endswith(download.name)


def test_checksums_of_different_files_differ():
    downloads = [download for cls in FILE_DATASETS.values() for download in cls.downloads]
    assert len(downloads) == 9
    assert len({download.checksum for download in downloads}) == len(downloads)
    assert Cifar10.downloads[0].checksum == "md5:c32a1d4ab5d03f1284b67883e8d87530"  # as published on its page
