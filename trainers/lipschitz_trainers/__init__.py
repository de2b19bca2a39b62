"""One trainer for every experiment, with its command line, configurations, data, networks and reports."""

from lipschitz_trainers.hookspecs import hookimpl as hookimpl

__all__ = ["hookimpl"]
