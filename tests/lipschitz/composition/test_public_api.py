"""What the package offers, here and from the top of `lipschitz`."""

import lipschitz
from lipschitz import composition


def test_functions_are_those_of_the_top_and_classes_are_here():
    for name in ("compose", "every", "scheduled"):
        assert getattr(composition, name) is getattr(lipschitz, name)
    for name in ("Composition", "Every", "Scheduled"):
        assert issubclass(getattr(composition, name), lipschitz.Constraint)
