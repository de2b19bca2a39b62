"""The norms of the input space for which there are bounds."""

from __future__ import annotations

import math

from lipschitz.errors import FieldError

NORMS = (2, 1, math.inf)


def require_norm(norm: float) -> None:
    """Refuse other norms.

    Raises:
        FieldError: the norm is none of `NORMS`.
    """
    if norm not in NORMS:
        raise FieldError(f"norm must be 2, 1 or inf (the norm of the input space), got {norm!r}.")


def require_tolerance(tolerance: float) -> None:
    """Refuse tolerances that no bound can reach.

    Raises:
        FieldError: it is not above 0 and finite.
    """
    if not (isinstance(tolerance, int | float) and 0 < tolerance < math.inf):  # pyright: ignore
        raise FieldError(f"tolerance must be a number above 0, such as 1e-2, got {tolerance!r}.")
