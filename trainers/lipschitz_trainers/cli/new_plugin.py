"""`lipschitz new-plugin`: a complete package for a constraint of one's own."""

from __future__ import annotations

import importlib.util
import re
import shlex
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Annotated

import jinja2
import typer
from rich.markup import escape

from lipschitz import ConfigError
from lipschitz.registry import plugin_manager
from lipschitz_trainers import registry
from lipschitz_trainers.cli.console import out

PREFIX = "lipschitz_"
"""Of module names, and with a hyphen of distributions: so that plugins are found and clash with nothing."""

OWN_NAMES = frozenset({"composition", "every", "scheduled", "nothing"})
"""Names of constraints made of others, which are in no registry."""

NO_STRINGS = frozenset({"null", "true", "false"})
"""What YAML reads as something else than a name."""

IMPORTED = frozenset({"None", "True", "False", "Annotated", "Ge", "Gt"})
"""Names that the class of a generated module cannot take."""


class Kind(str, Enum):
    """Which of the three moments the generated constraint overrides, with a working example of each."""

    penalty = "penalty"
    projection = "projection"
    reparametrization = "reparametrization"


@dataclass(frozen=True)
class Package:
    """The names of a new package, all made from the constraint's.

    Attributes:
        name: of the constraint, snake_case.
        kind: which example it starts from.

    Example:
        >>> package = Package("score_drift", Kind.penalty)
        >>> package.distribution, package.module, package.cls
        ('lipschitz-score-drift', 'lipschitz_score_drift', 'ScoreDrift')
    """

    name: str
    kind: Kind

    @property
    def module(self) -> str:
        """What is imported."""
        return PREFIX + self.name

    @property
    def distribution(self) -> str:
        """What is installed, and the folder's name."""
        return self.module.replace("_", "-")

    @property
    def cls(self) -> str:
        """Name of the class."""
        name = "".join(word.capitalize() for word in self.name.split("_"))
        return f"{name}Constraint" if name in IMPORTED else name

    def files(self) -> dict[str, str]:
        """Return the text of every file by its path in the package's folder."""
        paths = {
            "pyproject.toml": "pyproject.toml",
            f"{self.module}.py": f"{self.kind.value}.py",
            f"tests/test_{self.name}.py": "test.py",
            "README.md": "README.md",
            "LICENSE": "LICENSE",
            ".gitignore": "gitignore",
            ".github/workflows/test.yml": "workflow.yml",
        }
        return {path: self._render(template) for path, template in paths.items()}

    def _render(self, template: str) -> str:
        folder = resources.files("lipschitz_trainers").joinpath("templates", "plugin")
        environment = jinja2.Environment(
            undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True
        )
        source = folder.joinpath(f"{template}.j2").read_text(encoding="utf-8")
        field, default = ("coefficient", 10) if self.kind is Kind.penalty else ("radius", 1)
        return environment.from_string(source).render(
            name=self.name,
            module=self.module,
            distribution=self.distribution,
            cls=self.cls,
            title=self.name.replace("_", " ").capitalize(),
            kind=self.kind.value,
            field=field,
            default=default,
        )


def new_plugin(
    name: Annotated[str, typer.Argument(help="Name of the constraint, such as score_drift.")],
    kind: Annotated[
        Kind, typer.Option(help="The working example to start from, by what it acts on.")
    ] = Kind.penalty,
    folder: Annotated[
        Path, typer.Option("--out", help="Where the package's folder is created.", metavar="DIR")
    ] = Path(),
) -> None:
    """Write a complete package for a constraint of your own: it installs, passes its test and is listed."""
    package = Package(constraint_name(name), kind)
    target = folder / package.distribution
    if target.exists():
        raise ConfigError(f"{target} exists already and is left as it is; choose another name or --out DIR.")
    for path, text in package.files().items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        out.print(f"[green]wrote[/] {escape(str(file))}", soft_wrap=True)
    out.print()
    out.print("next:", style="bold")
    there = shlex.quote(str(target))
    for line in (
        f"pip install --no-deps --editable {there}",
        f"pytest {there}",
        f"lipschitz describe {package.name}",
        f"lipschitz compare {package.name} one_sided_gradient_penalty --on eight_gaussians",
    ):
        out.print(f"  {escape(line)}", soft_wrap=True)
    out.print(
        f"then change {escape(str(target / package.module))}.py; its comments say where.", soft_wrap=True
    )


def constraint_name(given: str) -> str:
    """Return the name of a new constraint in snake_case, without the prefix of packages.

    Raises:
        ConfigError: it is no such name, or taken.

    Example:
        >>> constraint_name("lipschitz-score-drift")
        'score_drift'
    """
    name = given.replace("-", "_").removeprefix(PREFIX)
    if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) is None:
        raise ConfigError(
            f"a constraint's name is lower-case words joined by _ or -, such as score_drift; got {given!r}."
        )
    if name in NO_STRINGS:
        raise ConfigError(f"YAML reads {name} as a value, not as a name; choose another one.")
    if name in OWN_NAMES:
        raise ConfigError(f"the name {name!r} is taken by what combines constraints; choose another one.")
    host = plugin_manager()
    if name in registry.registered("constraint") or name in host.refused:
        raise ConfigError(
            f"the name {name!r} is taken by a registered constraint; choose another one, see `lipschitz list "
            f"constraints`."
        )
    if importlib.util.find_spec(PREFIX + name) is not None:
        raise ConfigError(f"the module {PREFIX + name} is installed already; choose another name.")
    return name
