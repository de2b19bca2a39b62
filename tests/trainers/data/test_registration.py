"""The built-in datasets are ordinary plugins of the trainer."""

import sys

import pytest

from lipschitz import MissingExtraError
from lipschitz_trainers import data
from lipschitz_trainers.data.extras import absent_extra, import_extra
from lipschitz_trainers.registry import build, registered

NAMES = [
    "billion_word",
    "cifar10",
    "digits",
    "eight_gaussians",
    "fashion_mnist",
    "gaussian",
    "idx",
    "image_folder",
    "imagenet32",
    "lsun",
    "min_funnels",
    "mnist",
    "parallel_line",
    "pydoc_topics",
    "scaled_gaussians",
    "shifted_gaussians",
    "swiss_roll",
    "text",
    "twenty_five_gaussians",
    "wavy_surface",
]


def test_the_hook_registers_every_dataset():
    classes = []
    data.register_datasets(classes.append)
    assert sorted(cls.name for cls in classes) == NAMES


def test_they_are_found_by_name():
    assert set(NAMES) <= set(registered("dataset"))
    assert build("dataset", "digits", conditional=True) == data.Digits(conditional=True)


def test_a_missing_package_names_the_extra():
    with pytest.raises(MissingExtraError, match=r"needs Nothing.*pip install 'torch-lipschitz\[train\]'"):
        import_extra("no_such_module_at_all", package="Nothing", needed_for="this test")


def test_a_missing_package_is_found_without_an_import(monkeypatch):
    asked = {"package": "Nothing", "needed_for": "this test"}
    (message,) = absent_extra("no_such_module_at_all.part", **asked)
    with pytest.raises(MissingExtraError) as caught:
        import_extra("no_such_module_at_all", **asked)
    assert message == str(caught.value)
    assert absent_extra("this", package="Python", needed_for="this test") == []
    assert "this" not in sys.modules
    monkeypatch.setitem(sys.modules, "torch", None)
    assert len(absent_extra("torch", **asked)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_dataset_says_of_which_kind_it_is(name):
    cls = registered("dataset")[name]
    assert cls.kind in ("points", "images", "text")
    if not issubclass(cls, data.FileDataset) and name not in ("idx", "image_folder", "text"):
        assert build("dataset", name).absent() == []
        assert build("dataset", name).open().kind == cls.kind
