"""Extractors are an axis like every other."""

import pytest

from lipschitz import FieldError
from lipschitz.errors import UnknownNameError
from lipschitz_trainers import extractors
from lipschitz_trainers.cli.listing import Kind, entries
from lipschitz_trainers.registry import build, registered

NAMES = ["classifier", "efficientnet_lite0", "inception"]


def test_the_hook_registers_every_extractor():
    classes = []
    extractors.register_extractors(classes.append)
    assert [cls.name for cls in classes] == NAMES
    assert all(cls.title for cls in classes)


def test_they_are_found_by_name_and_listed():
    assert set(NAMES) <= set(registered("extractor"))
    assert build("extractor", "efficientnet_lite0", side=64) == extractors.EfficientNetLite0(side=64)
    assert set(NAMES) <= {name for name, *_ in entries(Kind.extractors)}


def test_wrong_names_and_fields_are_refused():
    with pytest.raises(UnknownNameError, match=r"unknown extractor 'inceptoin'. Did you mean 'inception'\?"):
        build("extractor", "inceptoin")
    with pytest.raises(FieldError, match="side must be >= 32"):
        build("extractor", "efficientnet_lite0", side=31)
    with pytest.raises(FieldError, match="seen must be >= 1"):
        build("extractor", "classifier", seen=0)
