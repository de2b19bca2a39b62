"""The report page: one file with everything in it, readable without a network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2

TEMPLATE = "template.html.j2"


def render(values: Mapping[str, Any]) -> str:
    """Fill the page's template; every value is escaped, so a variant may be called anything."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = resources.files("lipschitz_trainers.reports").joinpath(TEMPLATE).read_text(encoding="utf-8")
    return environment.from_string(source).render(values)
