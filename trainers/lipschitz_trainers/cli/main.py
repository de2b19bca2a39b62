"""The application: commands, and what happens when one fails."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

import lipschitz
from lipschitz import LipschitzError
from lipschitz_trainers.cli import (
    bounds,
    compare,
    data,
    describe,
    doctor,
    listing,
    new_plugin,
    plugins,
    report,
    reproduce,
    run,
    train,
    validate,
)
from lipschitz_trainers.cli.console import show, show_plugin_warnings
from lipschitz_trainers.config.wording import wording


class Commands(TyperGroup):
    """The commands, with mistakes in their arguments in this framework's words."""

    def invoke(self, ctx: typer.Context) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run a command; newer versions of typer check arguments by pydantic, whose words are for programmers."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if isinstance(error.__cause__, ValidationError):
                error.message = "; ".join(
                    wording(entry, quotes=False) for entry in error.__cause__.errors(include_url=False)
                )
            raise


app = typer.Typer(
    name="lipschitz",
    cls=Commands,
    help="Train critics under Lipschitz constraints, compare constraints, reproduce the papers' figures.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
app.command("compare")(compare.compare)
app.command("run")(run.run)
app.command("reproduce")(reproduce.reproduce)
app.command("train")(train.train)
app.command("list")(listing.list_)
app.command("describe")(describe.describe)
app.command("validate")(validate.validate)
app.command("doctor")(doctor.doctor)
app.command("report")(report.report)
app.command("bounds")(bounds.bounds)
app.add_typer(data.app, name="data")
app.command("plugins")(plugins.plugins)
app.command("new-plugin")(new_plugin.new_plugin)


def _version(asked: bool) -> None:
    if asked:
        print(f"torch-lipschitz {lipschitz.__version__}")  # noqa: T201
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before any command."""


def main() -> None:
    """Run the command line; a user's mistake ends in one message, never in a traceback."""
    show_plugin_warnings()
    warnings.filterwarnings("ignore", category=UserWarning, module="lightning_fabric")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        app(standalone_mode=True)
    except (
        LipschitzError,
        OSError,
    ) as error:  # OSError: a full disk, a folder that may not be written to, ...
        sys.exit(show(error))
