"""How errors and warnings look."""

import warnings

import pytest

import lipschitz
from lipschitz.host import PluginWarning
from lipschitz_trainers.cli.console import FAILED, USAGE, show, show_plugin_warnings


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (lipschitz.ConfigError, USAGE),
        (lipschitz.DataError, USAGE),
        (lipschitz.FieldError, USAGE),
        (lipschitz.PluginError, USAGE),
        (lipschitz.UnknownNameError, USAGE),
        (lipschitz.MissingExtraError, USAGE),
        (lipschitz.CriticError, FAILED),
        (lipschitz.TrainingError, FAILED),
        (OSError, FAILED),
    ],
)
def test_an_error_is_one_message_and_a_status(capsys, error, code):
    assert show(error("a [long] message " * 20)) == code
    assert capsys.readouterr().err.strip() == "error: " + ("a [long] message " * 20).strip()


def test_a_refused_plugin_is_one_line(capsys, monkeypatch):
    others = []
    monkeypatch.setattr(warnings, "showwarning", lambda message, *rest, **more: others.append(str(message)))
    show_plugin_warnings()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("plugin 'x' [of y] was refused: z", PluginWarning, stacklevel=1)
        warnings.warn("something else", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "warning: plugin 'x' [of y] was refused: z\n"
    assert others == ["something else"]
