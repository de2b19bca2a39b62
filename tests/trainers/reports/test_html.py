"""The template is filled safely and completely."""

from __future__ import annotations

import jinja2
import pytest

from lipschitz_trainers.reports.html import render


def test_a_forgotten_value_is_an_error_not_a_blank() -> None:
    with pytest.raises(jinja2.UndefinedError, match="experiment"):
        render({})
