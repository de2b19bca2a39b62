"""Pages: each one file with everything in it, readable without a network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2

TEMPLATE = "template.html.j2"
"""The report of an experiment."""

CLAIMS = "claims.html.j2"
"""The claims of many experiments."""


def render(values: Mapping[str, Any], template: str = TEMPLATE) -> str:
    """Fill a page's template; every value is escaped, so a variant may be called anything."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)


def _source(name: str) -> str:
    return resources.files("lipschitz_trainers.reports").joinpath(name).read_text(encoding="utf-8")
