"""The taxonomy: one base, useful built-in bases, suggestions."""

import inspect
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipschitz
from lipschitz import errors
from lipschitz.errors import did_you_mean, unknown_name

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, Exception)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_is_public_documented_and_derives_from_the_base(cls):
    assert issubclass(cls, lipschitz.LipschitzError)
    assert getattr(lipschitz, cls.__name__) is cls
    assert cls.__doc__


@pytest.mark.parametrize(
    ("cls", "base"),
    [
        (errors.FieldError, ValueError),
        (errors.BatchError, ValueError),
        (errors.CriticError, ValueError),
        (errors.CoupledSamplesError, errors.CriticError),
        (errors.CompositionError, ValueError),
        (errors.UnknownNameError, LookupError),
        (errors.LawError, AssertionError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_errors_can_be_caught_as_what_python_would_raise(cls, base):
    assert issubclass(cls, base)


def misspellings(name):
    """Draw a word at edit distance 1 from `name`."""
    place = st.integers(0, len(name) - 1)
    letter = st.sampled_from(string.ascii_lowercase + string.digits + "_-")
    return st.one_of(
        st.builds(lambda i: name[:i] + name[i + 1 :], place),
        st.builds(lambda i, c: name[:i] + c + name[i + 1 :], place, letter),
        st.builds(lambda i, c: name[:i] + c + name[i:], st.integers(0, len(name)), letter),
    ).filter(lambda word: word != name)


KNOWN = [
    "weight_clipping",
    "two_sided_gradient_penalty",
    "one_sided_gradient_penalty",
    "spectral_norm",
    "dragan",
]


@given(st.data())
def test_a_misspelling_suggests_the_right_name(data):
    name = data.draw(st.sampled_from(KNOWN))
    word = data.draw(misspellings(name))
    assert did_you_mean(word, KNOWN) == f" Did you mean {name!r}?"
    message = str(unknown_name("constraint", word, KNOWN))
    assert f"unknown constraint {word!r}. Did you mean {name!r}? Registered constraints: dragan, " in message


@pytest.mark.parametrize("word", ["SPECTRAL_NORM", "Spectral-Norm", "spectral norm", "spectralnorm"])
def test_another_spelling_of_the_same_words_suggests_the_name(word):
    assert did_you_mean(word, KNOWN) == " Did you mean 'spectral_norm'?"


def test_nothing_is_suggested_where_nothing_is_close():
    assert did_you_mean("entropy", KNOWN) == ""
    assert did_you_mean("spectral_norm", []) == ""


def test_an_empty_registry_points_to_the_list_of_plugins():
    assert "none at all (is a plugin missing? see `lipschitz plugins`)" in str(
        unknown_name("constraint", "x", [])
    )
