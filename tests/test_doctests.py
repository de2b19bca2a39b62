"""Every example in a docstring of the core, the plugins and the trainer runs and prints what it says."""

import doctest
import importlib
import pkgutil

import pytest

import lipschitz
import lipschitz_plugins
import lipschitz_trainers


def modules(package):
    yield package.__name__
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not info.name.endswith("__main__"):  # importing it starts the command line
            yield info.name


MODULES = [
    name for package in (lipschitz, lipschitz_plugins, lipschitz_trainers) for name in modules(package)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = importlib.import_module(name)
    # Without the module's own `from __future__ import annotations`: examples are what a user types.
    names = {key: value for key, value in vars(module).items() if key != "annotations"}
    results = doctest.testmod(module, globs=names, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.failed == 0, f"{results.failed} of {results.attempted} examples of {name} fail, see above"


def test_public_functions_have_examples():
    """What users call first shows how; classes of errors and names that only re-export others need none."""
    finder = doctest.DocTestFinder(recurse=False)
    names = ["build", "constraints", "compose", "every", "scheduled", "gradient_norms", "input_gradients"]
    names += ["interpolate", "one_sided", "two_sided", "Batch", "Constraint"]
    without = [n for n in names if not any(test.examples for test in finder.find(getattr(lipschitz, n), n))]
    assert without == []
