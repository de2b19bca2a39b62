"""The extension surface: one hook, typed and documented."""

import inspect

import lipschitz
from lipschitz import hookspecs


def test_there_is_one_hook_with_one_argument():
    specs = [name for name, value in vars(hookspecs).items() if hasattr(value, "lipschitz_spec")]
    assert specs == ["register_constraints"]
    assert list(inspect.signature(hookspecs.register_constraints).parameters) == ["register"]
    assert hookspecs.register_constraints.__doc__


def test_marker_and_entry_points_share_the_project_name():
    @lipschitz.hookimpl
    def register_constraints(register):
        pass

    assert hookspecs.PROJECT == "lipschitz"
    assert hasattr(register_constraints, "lipschitz_impl")
