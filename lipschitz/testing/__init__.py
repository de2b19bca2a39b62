"""For authors of constraints: the conformance kit, example critics, functions of known slope, strategies.

`check_constraint` asserts the laws of `lipschitz.Constraint`. The submodule ``strategies`` holds strategies for
hypothesis and needs the extra ``testing``; everything else needs nothing more than the core.

Example:
    >>> import lipschitz
    >>> from lipschitz.testing.critics import PERCEPTRON
    >>> print(check_constraint(lipschitz.build("weight_clipping"), critics=[PERCEPTRON]))
    WeightClipping(bound=0.01) passes 32 checks on perceptron.
"""

import importlib
from typing import Any

from lipschitz.testing.conformance import Report as Report
from lipschitz.testing.conformance import check_constraint as check_constraint
from lipschitz.testing.critics import ExampleCritic as ExampleCritic
from lipschitz.testing.identify import Verdict as Verdict
from lipschitz.testing.identify import identify_penalty as identify_penalty
from lipschitz.testing.zero_paths import zero_paths as zero_paths


def __getattr__(name: str) -> Any:
    """Import ``strategies`` when it is asked for: hypothesis need not be installed."""
    if name == "strategies":
        return importlib.import_module("lipschitz.testing.strategies")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
